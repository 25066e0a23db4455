# SPDX-License-Identifier: MIT
#
# heaplet_gtest: GoogleTest with a main(). The installed library where there is one for the target
# machine, else built from sources that the machine has. Nothing is downloaded here;
# scripts/native-tools.mjs finds or fetches the sources and names them in the environment.

set(HEAPLET_GOOGLETEST "$ENV{HEAPLET_GOOGLETEST}" CACHE PATH "folder of GoogleTest's sources")

if(NOT EMSCRIPTEN)
  find_package(GTest QUIET)
endif()

if(GTest_FOUND)
  add_library(heaplet_gtest INTERFACE)
  target_link_libraries(heaplet_gtest INTERFACE GTest::gtest_main)
else()
  find_path(heaplet_googletest_folder googletest/src/gtest-all.cc
    PATHS "${HEAPLET_GOOGLETEST}" /usr/src/googletest
    NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
  if(NOT heaplet_googletest_folder)
    message(FATAL_ERROR "GoogleTest is neither installed nor are its sources: set "
      "HEAPLET_GOOGLETEST to their folder, install the package googletest, or run npm run setup")
  endif()
  # GoogleTest's own CMake files would turn exceptions on, which the wasm runtime is linked without.
  set(googletest ${heaplet_googletest_folder}/googletest)
  add_library(heaplet_gtest STATIC ${googletest}/src/gtest-all.cc ${googletest}/src/gtest_main.cc)
  target_include_directories(heaplet_gtest SYSTEM PUBLIC ${googletest}/include)
  target_include_directories(heaplet_gtest PRIVATE ${googletest})
  target_compile_features(heaplet_gtest PUBLIC cxx_std_20)
  target_compile_options(heaplet_gtest PRIVATE -w)
  if(EMSCRIPTEN)
    target_compile_definitions(heaplet_gtest PUBLIC GTEST_HAS_PTHREAD=0 GTEST_HAS_EXCEPTIONS=0)
  else()
    find_package(Threads REQUIRED)
    target_link_libraries(heaplet_gtest PUBLIC Threads::Threads)
  endif()
endif()

include(GoogleTest)

# heaplet_add_test(name SOURCES file... [LIBRARIES target...])
#
# One program; each TEST in it is a test of ctest's, in a process of its own.
function(heaplet_add_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} heaplet_gtest)
  heaplet_warnings(${name})
  if(EMSCRIPTEN)
    heaplet_wasm_program(${name})
  endif()
  # The timeout covers listing the tests of a wasm program on a busy machine.
  gtest_discover_tests(${name} TEST_PREFIX "${name}/" DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT 120)
endfunction()
