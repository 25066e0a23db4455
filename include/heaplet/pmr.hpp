// SPDX-License-Identifier: MIT
//
// A std::pmr::memory_resource over any Allocator. Needs RTTI only if its user does.
#pragma once

#include <cstddef>
#include <memory_resource>
#include <new>
#include <utility>

#include "heaplet/allocator.hpp"
#include "heaplet/panic.hpp"

namespace heaplet {

/// Lends an Allocator to std::pmr containers. Owns nothing but its copy of the Allocator.
///
/// Exhaustion throws std::bad_alloc where exceptions are on, and panics where they are off. Two
/// resources are equal only if they are the same object.
template <Allocator A = HeapAllocator>
class MemoryResource final : public std::pmr::memory_resource {
 public:
  explicit MemoryResource(A source) noexcept : source_(std::move(source)) {}

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    if (void* memory = source_.allocate(bytes, alignment)) return memory;
#ifdef __cpp_exceptions
    throw std::bad_alloc();
#else
    panic("a container ran out of memory");
#endif
  }
  void do_deallocate(void* pointer, std::size_t bytes, std::size_t alignment) override {
    source_.deallocate(pointer, bytes, alignment);
  }
  [[nodiscard]] bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  [[no_unique_address]] A source_;
};

}  // namespace heaplet
