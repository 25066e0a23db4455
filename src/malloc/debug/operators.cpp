// SPDX-License-Identifier: MIT
//
// operator new and delete of malloc_debug, which must know one from the other and both from malloc.
// Compiled with the program's own choice of exceptions, unlike malloc.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#define HEAPLET_WEAK __attribute__((weak))

extern "C" {
void* heaplet_debug_new(std::size_t bytes, std::size_t alignment, int is_array);
void heaplet_debug_delete(void* address, std::size_t bytes, std::size_t alignment, int is_array);
}

namespace {

constexpr std::size_t kAnySize = SIZE_MAX;

// Null only when there is no handler that could find memory. (Inlined, so that the stack of a block
// begins at operator new.)
[[gnu::always_inline]] inline void* allocate(std::size_t bytes, std::size_t alignment,
                                             int is_array) {
  for (;;) {
    void* const address = heaplet_debug_new(bytes, alignment, is_array);
    if (address != nullptr) return address;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) return nullptr;
    handler();
  }
}

[[gnu::always_inline]] inline void* allocate_or_throw(std::size_t bytes, std::size_t alignment,
                                                      int is_array) {
  void* const address = allocate(bytes, alignment, is_array);
  if (address != nullptr) return address;
#ifdef __cpp_exceptions
  throw std::bad_alloc();
#else
  std::abort();
#endif
}

std::size_t bytes_of(std::align_val_t alignment) { return static_cast<std::size_t>(alignment); }

}  // namespace

HEAPLET_WEAK void* operator new(std::size_t n) { return allocate_or_throw(n, 0, 0); }
HEAPLET_WEAK void* operator new[](std::size_t n) { return allocate_or_throw(n, 0, 1); }
HEAPLET_WEAK void* operator new(std::size_t n, const std::nothrow_t&) noexcept {
  return allocate(n, 0, 0);
}
HEAPLET_WEAK void* operator new[](std::size_t n, const std::nothrow_t&) noexcept {
  return allocate(n, 0, 1);
}
HEAPLET_WEAK void* operator new(std::size_t n, std::align_val_t alignment) {
  return allocate_or_throw(n, bytes_of(alignment), 0);
}
HEAPLET_WEAK void* operator new[](std::size_t n, std::align_val_t alignment) {
  return allocate_or_throw(n, bytes_of(alignment), 1);
}
HEAPLET_WEAK void* operator new(std::size_t n, std::align_val_t alignment,
                                const std::nothrow_t&) noexcept {
  return allocate(n, bytes_of(alignment), 0);
}
HEAPLET_WEAK void* operator new[](std::size_t n, std::align_val_t alignment,
                                  const std::nothrow_t&) noexcept {
  return allocate(n, bytes_of(alignment), 1);
}

HEAPLET_WEAK void operator delete(void* p) noexcept { heaplet_debug_delete(p, kAnySize, 0, 0); }
HEAPLET_WEAK void operator delete[](void* p) noexcept { heaplet_debug_delete(p, kAnySize, 0, 1); }
HEAPLET_WEAK void operator delete(void* p, std::size_t n) noexcept {
  heaplet_debug_delete(p, n, 0, 0);
}
HEAPLET_WEAK void operator delete[](void* p, std::size_t n) noexcept {
  heaplet_debug_delete(p, n, 0, 1);
}
HEAPLET_WEAK void operator delete(void* p, const std::nothrow_t&) noexcept {
  heaplet_debug_delete(p, kAnySize, 0, 0);
}
HEAPLET_WEAK void operator delete[](void* p, const std::nothrow_t&) noexcept {
  heaplet_debug_delete(p, kAnySize, 0, 1);
}
HEAPLET_WEAK void operator delete(void* p, std::align_val_t alignment) noexcept {
  heaplet_debug_delete(p, kAnySize, bytes_of(alignment), 0);
}
HEAPLET_WEAK void operator delete[](void* p, std::align_val_t alignment) noexcept {
  heaplet_debug_delete(p, kAnySize, bytes_of(alignment), 1);
}
HEAPLET_WEAK void operator delete(void* p, std::size_t n, std::align_val_t alignment) noexcept {
  heaplet_debug_delete(p, n, bytes_of(alignment), 0);
}
HEAPLET_WEAK void operator delete[](void* p, std::size_t n, std::align_val_t alignment) noexcept {
  heaplet_debug_delete(p, n, bytes_of(alignment), 1);
}
HEAPLET_WEAK void operator delete(void* p, std::align_val_t alignment,
                                  const std::nothrow_t&) noexcept {
  heaplet_debug_delete(p, kAnySize, bytes_of(alignment), 0);
}
HEAPLET_WEAK void operator delete[](void* p, std::align_val_t alignment,
                                    const std::nothrow_t&) noexcept {
  heaplet_debug_delete(p, kAnySize, bytes_of(alignment), 1);
}
