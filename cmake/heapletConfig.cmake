# SPDX-License-Identifier: MIT
#
# find_package(heaplet CONFIG) in the npm package, which has libraries for several kinds of build:
#
#   find_package(heaplet CONFIG REQUIRED PATHS node_modules/heaplet NO_CMAKE_FIND_ROOT_PATH)
#
# An installed heaplet has a package of its own, for the one kind of build that was installed.
set(heaplet_FLAGS "${CMAKE_C_FLAGS} ${CMAKE_CXX_FLAGS} ${CMAKE_EXE_LINKER_FLAGS}")
# Emscripten's toolchain file asks the flags of C alone.
if(CMAKE_SIZEOF_VOID_P EQUAL 8 OR heaplet_FLAGS MATCHES "-m64|-sMEMORY64")
  set(heaplet_BUILD wasm64)
else()
  set(heaplet_BUILD wasm32)
endif()
if(heaplet_FLAGS MATCHES "-pthread|-sUSE_PTHREADS")
  string(APPEND heaplet_BUILD -threads)
elseif(heaplet_FLAGS MATCHES "-sSHARED_MEMORY|-sWASM_WORKERS")
  string(APPEND heaplet_BUILD -workers)
endif()

get_filename_component(heaplet_FOLDER "${CMAKE_CURRENT_LIST_DIR}" DIRECTORY)
set(heaplet_PACKAGE "${heaplet_FOLDER}/dist/lib/${heaplet_BUILD}/cmake/heaplet/heapletConfig.cmake")
if(NOT EMSCRIPTEN)
  set(heaplet_FOUND FALSE)
  set(heaplet_NOT_FOUND_MESSAGE
    "heaplet's npm package has libraries for Emscripten only; configure with emcmake, or build for this host with add_subdirectory(${heaplet_FOLDER} heaplet)")
elseif(EXISTS "${heaplet_PACKAGE}")
  include("${heaplet_PACKAGE}")
else()
  set(heaplet_FOUND FALSE)
  set(heaplet_NOT_FOUND_MESSAGE
    "there are no libraries for ${heaplet_BUILD} in ${heaplet_FOLDER}/dist/lib; build them with add_subdirectory(${heaplet_FOLDER} heaplet)")
endif()
