# SPDX-License-Identifier: MIT
#
# heaplet_host_malloc: malloc.cpp for the host, with host_ before the names of malloc's family, which
# are the host's own. tests/support/host_malloc.hpp declares them.

set(names malloc free calloc realloc reallocarray memalign aligned_alloc aligned_realloc
  posix_memalign malloc_usable_size malloc_trim mallinfo sbrk _sbrk64 brk
  __libc_malloc __libc_free __libc_calloc __libc_realloc __libc_memalign)

add_library(heaplet_host_malloc_object OBJECT ${PROJECT_SOURCE_DIR}/tests/support/host_malloc.cpp)
target_compile_features(heaplet_host_malloc_object PRIVATE cxx_std_20)
# The host's declarations of these names carry attributes that ours lack.
target_compile_options(heaplet_host_malloc_object PRIVATE
  -w -fno-builtin -fno-rtti -include ${PROJECT_SOURCE_DIR}/tests/support/host_memory.hpp)
target_compile_definitions(heaplet_host_malloc_object PRIVATE __heap_base=heaplet_host_heap_base)
target_include_directories(heaplet_host_malloc_object PRIVATE
  ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)

set(renamed ${CMAKE_CURRENT_BINARY_DIR}/host_malloc.o)
set(redefine "")
foreach(name IN LISTS names)
  list(APPEND redefine --redefine-sym=${name}=host_${name})
endforeach()
add_custom_command(OUTPUT ${renamed}
  COMMAND ${CMAKE_OBJCOPY} ${redefine} $<TARGET_OBJECTS:heaplet_host_malloc_object> ${renamed}
  DEPENDS heaplet_host_malloc_object $<TARGET_OBJECTS:heaplet_host_malloc_object>
  VERBATIM)
add_library(heaplet_host_malloc STATIC ${renamed})
set_target_properties(heaplet_host_malloc PROPERTIES LINKER_LANGUAGE CXX)
set_source_files_properties(${renamed} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
target_include_directories(heaplet_host_malloc INTERFACE ${PROJECT_SOURCE_DIR}/tests)
