# SPDX-License-Identifier: MIT

# What heaplet's own sources are kept to; never passed on to those who link it.
function(heaplet_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-align -Wcast-qual
    -Wold-style-cast -Wundef -Wunused -Wnull-dereference -Wdouble-promotion -Wformat=2
    -Wnon-virtual-dtor -Woverloaded-virtual -Wextra-semi -Wimplicit-fallthrough)
  if(HEAPLET_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # gcc sees null dereferences on paths that only its inlining makes up, and takes a pointer to an
    # array that is yet to be filled for a use of it.
    target_compile_options(${target} PRIVATE -Wno-null-dereference -Wno-maybe-uninitialized
      -Wduplicated-cond -Wlogical-op)
  endif()
endfunction()
