# SPDX-License-Identifier: MIT
#
#   cmake -DNM=… -DARCHIVE=… -DMAP=… -P symbols.cmake
#
# The archive must define all of malloc's family, in one object, or a program that uses a part of it
# gets the rest from elsewhere and has two heaps. And the linker's map of a program that uses all
# of it must name no other allocator's object.

set(names
  malloc free calloc realloc memalign aligned_alloc posix_memalign aligned_realloc
  malloc_usable_size mallinfo malloc_trim
  emscripten_builtin_malloc emscripten_builtin_free emscripten_builtin_calloc
  emscripten_builtin_realloc emscripten_builtin_memalign
  __libc_malloc __libc_free __libc_calloc __libc_realloc
  sbrk brk emscripten_get_sbrk_ptr)

execute_process(COMMAND ${NM} --defined-only --print-file-name ${ARCHIVE}
  OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "\n" ";" lines "${output}")
set(objects "")
foreach(name IN LISTS names)
  set(found ${lines})
  list(FILTER found INCLUDE REGEX " [TW] ${name}$")
  list(LENGTH found count)
  if(NOT count EQUAL 1)
    message(SEND_ERROR "${name} is defined ${count} times in ${ARCHIVE}")
  else()
    string(REGEX REPLACE ": .*" "" object "${found}")
    list(APPEND objects "${object}")
  endif()
endforeach()
list(REMOVE_DUPLICATES objects)
list(LENGTH objects count)
if(count GREATER 1)
  message(SEND_ERROR "malloc's family is spread over ${objects}")
endif()

file(STRINGS ${MAP} map REGEX "libc|malloc")
set(ours ${map})
list(FILTER ours INCLUDE REGEX "malloc\\.cpp\\.o.*malloc$|malloc\\.cpp\\.o")
if(NOT ours)
  message(SEND_ERROR "${MAP} does not name heaplet's object")
endif()
list(FILTER map INCLUDE REGEX "(libemmalloc|libdlmalloc|libmimalloc|emmalloc|dlmalloc|mimalloc|sbrk)[^ ]*\\.o")
if(map)
  message(SEND_ERROR "another allocator is linked: ${map}")
endif()
