// SPDX-License-Identifier: MIT
//
// A heap that is about to be misused: malloc's calls, and a block of each sort.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "hardened/expect.hpp"

#ifdef __EMSCRIPTEN__
#include <malloc.h>
#include <unistd.h>
#else
#include "support/host_malloc.hpp"
#endif

namespace heaplet_test {

#ifdef __EMSCRIPTEN__
// Not inlined: clang holds that malloc and free never leave by longjmp.
[[gnu::noinline]] inline void* allocate(std::size_t bytes) {
  return hidden(std::malloc(hidden(bytes)));
}
[[gnu::noinline]] inline void release(void* address) { std::free(hidden(address)); }
[[gnu::noinline]] inline void* reallocate(void* address, std::size_t bytes) {
  return std::realloc(hidden(address), bytes);
}
[[gnu::noinline]] inline std::size_t usable(void* address) {
  return malloc_usable_size(hidden(address));
}
[[gnu::noinline]] inline void* take_break(std::size_t bytes) {
  return sbrk(static_cast<std::intptr_t>(bytes));
}
#else
inline void* allocate(std::size_t bytes) { return host_malloc(bytes); }
inline void release(void* address) { host_free(address); }
inline void* reallocate(void* address, std::size_t bytes) { return host_realloc(address, bytes); }
inline std::size_t usable(void* address) { return host_malloc_usable_size(address); }
inline void* take_break(std::size_t bytes) { return host_sbrk(static_cast<std::intptr_t>(bytes)); }
#endif

inline unsigned char* bytes_at(void* address) { return static_cast<unsigned char*>(address); }
inline std::size_t* words_at(void* address) { return static_cast<std::size_t*>(address); }

// One of each sort: where it lies is said by its size once the heap is large enough for slabs.
inline constexpr std::size_t kSmall = 48;
inline constexpr std::size_t kListed = 60 * sizeof(void*);
inline constexpr std::size_t kLarge = 5000;

class MallocHardened : public testing::Test {
 protected:
  MallocHardened() {
#ifndef __EMSCRIPTEN__
    heaplet_host::reset(heaplet_host::kMostPages);
#endif
    release(allocate(400000));
    // The first few of a size are blocks; the rest share a slab.
    for (void*& object : objects_) object = allocate(kSmall);
    small_ = bytes_at(objects_[kCount - 1]);
    listed_ = bytes_at(allocate(kListed));
    large_ = bytes_at(allocate(kLarge));
    above_ = bytes_at(allocate(kLarge));
    top_ = bytes_at(allocate(kLarge));
  }

  static constexpr std::size_t kCount = 20;
  void* objects_[kCount];
  unsigned char* small_;
  unsigned char* listed_;
  unsigned char* large_;
  unsigned char* above_;
  unsigned char* top_;
};

}  // namespace heaplet_test
