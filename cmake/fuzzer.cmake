# SPDX-License-Identifier: MIT

set(HEAPLET_FUZZ_SECONDS 20 CACHE STRING "how long ctest runs each fuzzer")

# heaplet_add_fuzzer(name SOURCES file... [LIBRARIES target...] [CORPUS other])
#
# A libFuzzer program, and a test of ctest's that runs it for a while from the seeds in
# corpus/<name>/ beside the caller's CMakeLists.txt, or in corpus/<other>/. What it finds goes into
# the build folder: new inputs to corpus-<name>/, crashes to <name>-crash-*; a crash belongs into
# the seeds afterwards.
function(heaplet_add_fuzzer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "CORPUS" "SOURCES;LIBRARIES")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  heaplet_warnings(${name})

  set(found ${CMAKE_CURRENT_BINARY_DIR}/corpus-${name})
  file(MAKE_DIRECTORY ${found})
  if(NOT arg_CORPUS)
    set(arg_CORPUS ${name})
  endif()
  set(seeds ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${arg_CORPUS})
  if(NOT IS_DIRECTORY ${seeds})
    set(seeds "")
  endif()
  math(EXPR timeout "${HEAPLET_FUZZ_SECONDS} + 120")
  add_test(NAME fuzz/${name} COMMAND ${name}
    -max_total_time=${HEAPLET_FUZZ_SECONDS} -timeout=20 -print_final_stats=1
    -artifact_prefix=${CMAKE_CURRENT_BINARY_DIR}/${name}- ${found} ${seeds})
  set_tests_properties(fuzz/${name} PROPERTIES TIMEOUT ${timeout})
endfunction()
