// SPDX-License-Identifier: MIT
//
// Calling malloc's family so that the compiler does not know what it calls.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace heaplet_test {

// clang takes malloc to leave all of the program's memory alone, errno too: without a barrier a
// check of errno is folded away. And it drops a malloc whose result nobody looks at.
inline void barrier() { __asm__ volatile("" ::: "memory"); }

/// A value that the compiler cannot see.
template <class T>
T hidden(T value) {
  T volatile copy = value;
  return copy;
}

/// What `call` leaves in errno when it fails, or 0 when it does not return null.
template <class Call>
int errno_of(Call call) {
  errno = 0;
  barrier();
  void* const result = hidden<void*>(call());
  barrier();
  return result == nullptr ? errno : 0;
}

inline bool is_aligned(const void* address, std::size_t alignment) {
  return reinterpret_cast<std::uintptr_t>(address) % alignment == 0;
}

inline bool is_all(const void* address, unsigned char value, std::size_t bytes) {
  const auto* const begin = static_cast<const unsigned char*>(address);
  for (std::size_t i = 0; i < bytes; ++i) {
    if (begin[i] != value) return false;
  }
  return true;
}

}  // namespace heaplet_test
