// SPDX-License-Identifier: MIT
//
// Allocator: the small concept that every container, the handle table and the owning pointers are
// written against, and the allocators that come with the library.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <utility>

#include "heaplet/heap.hpp"
#include "heaplet/panic.hpp"

namespace heaplet {

/// Something that hands out memory. Allocators are small values; copies draw on the same memory.
///
/// - `allocate(bytes, alignment)` returns memory at a multiple of `alignment` (a power of two), or
///   null when there is none. `bytes` may be 0.
/// - `deallocate(pointer, bytes, alignment)` takes back what allocate() returned for the same two
///   numbers. Null does nothing.
template <class A>
concept Allocator = std::copy_constructible<A> &&
    requires(A allocator, void* pointer, std::size_t bytes, std::size_t alignment) {
  { allocator.allocate(bytes, alignment) } -> std::same_as<void*>;
  { allocator.deallocate(pointer, bytes, alignment) } -> std::same_as<void>;
};

/// Draws on a Heap, which must outlive it.
class HeapAllocator {
 public:
  explicit HeapAllocator(Heap& heap) noexcept : heap_(&heap) {}

  [[nodiscard]] void* allocate(std::size_t bytes, std::size_t alignment) const noexcept {
    return alignment <= kNaturalAlignment ? heap_->allocate(bytes)
                                          : heap_->allocate_aligned(bytes, alignment);
  }
  void deallocate(void* pointer, std::size_t, std::size_t) const noexcept {
    heap_->deallocate(pointer);
  }

  friend bool operator==(HeapAllocator, HeapAllocator) noexcept = default;

 private:
  static constexpr std::size_t kNaturalAlignment = 2 * sizeof(void*);
  Heap* heap_;
};

/// Draws on the program's `malloc`, whichever that is. Stateless.
class MallocAllocator {
 public:
  [[nodiscard]] void* allocate(std::size_t bytes, std::size_t alignment) const noexcept {
    if (alignment <= alignof(std::max_align_t)) return ::operator new(bytes, std::nothrow);
    return ::operator new (bytes, std::align_val_t{alignment}, std::nothrow);
  }
  void deallocate(void* pointer, std::size_t, std::size_t alignment) const noexcept {
    if (alignment <= alignof(std::max_align_t)) {
      ::operator delete(pointer);
    } else {
      ::operator delete (pointer, std::align_val_t{alignment});
    }
  }

  friend bool operator==(MallocAllocator, MallocAllocator) noexcept = default;
};

/// Any allocator, without its type: for code that is compiled once and calls it rarely. The
/// allocator it was made from must outlive it.
class AllocatorRef {
 public:
  template <Allocator A>
  [[nodiscard]] static AllocatorRef of(A& allocator) noexcept {
    AllocatorRef ref;
    ref.context_ = &allocator;
    // The context is the A it was made from: these two casts undo that one.
    ref.allocate_ = [](void* context, std::size_t bytes, std::size_t alignment) {
      return static_cast<A*>(context)->allocate(bytes, alignment);
    };
    ref.deallocate_ = [](void* context, void* pointer, std::size_t bytes, std::size_t alignment) {
      static_cast<A*>(context)->deallocate(pointer, bytes, alignment);
    };
    return ref;
  }

  [[nodiscard]] void* allocate(std::size_t bytes, std::size_t alignment) const noexcept {
    return allocate_(context_, bytes, alignment);
  }
  void deallocate(void* pointer, std::size_t bytes, std::size_t alignment) const noexcept {
    deallocate_(context_, pointer, bytes, alignment);
  }

  friend bool operator==(const AllocatorRef&, const AllocatorRef&) noexcept = default;

 private:
  AllocatorRef() = default;

  void* context_ = nullptr;
  void* (*allocate_)(void*, std::size_t, std::size_t) = nullptr;
  void (*deallocate_)(void*, void*, std::size_t, std::size_t) = nullptr;
};

/// A standard allocator over any Allocator, for containers:
/// `std::vector<int, heaplet::allocator<int>> v(heaplet::HeapAllocator(heap));`
///
/// Exhaustion throws std::bad_alloc where exceptions are on, and panics where they are off, because
/// containers cannot hear of it in another way. Moves and swaps of a container take it along.
template <class T, Allocator A = HeapAllocator>
class allocator {
 public:
  using value_type = T;
  using propagate_on_container_move_assignment = std::true_type;
  using propagate_on_container_swap = std::true_type;

  // Implicit, so that a container's constructor takes the Allocator itself, and as containers
  // convert between the allocators of their types. NOLINTNEXTLINE(google-explicit-constructor)
  allocator(A source) noexcept : source_(std::move(source)) {}
  template <class U>
  // NOLINTNEXTLINE(google-explicit-constructor)
  allocator(const allocator<U, A>& other) noexcept : source_(other.source()) {}

  template <class U>
  struct rebind {
    using other = allocator<U, A>;
  };

  [[nodiscard]] T* allocate(std::size_t count) {
    if (count <= std::numeric_limits<std::size_t>::max() / sizeof(T)) {
      if (void* memory = source_.allocate(count * sizeof(T), alignof(T))) {
        return static_cast<T*>(memory);
      }
    }
#ifdef __cpp_exceptions
    throw std::bad_alloc();
#else
    panic("a container ran out of memory");
#endif
  }
  void deallocate(T* pointer, std::size_t count) noexcept {
    source_.deallocate(pointer, count * sizeof(T), alignof(T));
  }

  [[nodiscard]] const A& source() const noexcept { return source_; }

  template <class U>
  friend bool operator==(const allocator& left, const allocator<U, A>& right) noexcept {
    return left.source() == right.source();
  }

 private:
  [[no_unique_address]] A source_;
};

}  // namespace heaplet
