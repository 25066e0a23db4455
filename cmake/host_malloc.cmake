# SPDX-License-Identifier: MIT
#
# heaplet_host_malloc: malloc.cpp for the host, with host_ before the names of malloc's family, which
# are the host's own. tests/support/host_malloc.hpp declares them. With
# -DHEAPLET_THREADS=1 it is the malloc that a program built for threads gets.

set(names malloc free calloc realloc reallocarray memalign aligned_alloc aligned_realloc
  posix_memalign valloc pvalloc malloc_usable_size malloc_trim mallinfo sbrk _sbrk64 brk
  __libc_malloc __libc_free __libc_calloc __libc_realloc __libc_memalign)

set(redefine "")
foreach(name IN LISTS names)
  list(APPEND redefine --redefine-sym=${name}=host_${name})
endforeach()

# heaplet_add_host_malloc(name [compile option...])
function(heaplet_add_host_malloc name)
  set(object ${name}_object)
  add_library(${object} OBJECT ${PROJECT_SOURCE_DIR}/tests/support/host_malloc.cpp)
  target_compile_features(${object} PRIVATE cxx_std_20)
  # The host's declarations of these names carry attributes that ours lack.
  target_compile_options(${object} PRIVATE -w -fno-builtin -fno-rtti
    -include ${PROJECT_SOURCE_DIR}/tests/support/host_memory.hpp ${ARGN})
  target_include_directories(${object} PRIVATE
    ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
  set(renamed ${CMAKE_CURRENT_BINARY_DIR}/${name}.o)
  add_custom_command(OUTPUT ${renamed}
    COMMAND ${CMAKE_OBJCOPY} ${redefine} $<TARGET_OBJECTS:${object}> ${renamed}
    DEPENDS ${object} $<TARGET_OBJECTS:${object}>
    VERBATIM)
  add_library(${name} STATIC ${renamed})
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX)
  set_source_files_properties(${renamed} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
  target_include_directories(${name} INTERFACE ${PROJECT_SOURCE_DIR}/tests)
  
endfunction()

heaplet_add_host_malloc(heaplet_host_malloc)
