// SPDX-License-Identifier: MIT
//
// Arc and ArcWeak: shared ownership between threads.
#pragma once

#include <atomic>
#include <cstdint>

#include "heaplet/allocator.hpp"
#include "heaplet/detail/counted.hpp"

namespace heaplet {
namespace detail {

/// A count that several threads keep.
class AtomicCounter {
 public:
  [[nodiscard]] bool try_increment(std::uint32_t limit) noexcept {
    // Relaxed: whoever counts up already has a share, and nothing is published by it. Every thread
    // may overshoot by one before it takes its own back, and limit is far from the type's.
    if (count_.fetch_add(1, std::memory_order_relaxed) < limit) return true;
    count_.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  [[nodiscard]] bool try_increment_unless_zero(std::uint32_t limit) noexcept {
    std::uint32_t seen = count_.load(std::memory_order_relaxed);
    while (seen != 0 && seen < limit) {
      // Acquire: the new owner must see the value as its earlier owners left it.
      if (count_.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire,
                                       std::memory_order_relaxed)) {
        return true;
      }
    }
    return false;
  }
  /// True when it reached 0. Acquire and release: the one that ends the value must see what all
  /// others did with it. (Not a fence in the last one alone: ThreadSanitizer knows no fences.)
  [[nodiscard]] bool decrement() noexcept {
    return count_.fetch_sub(1, std::memory_order_acq_rel) == 1;
  }
  /// Acquire: whoever is alone may write, after all that the others did.
  [[nodiscard]] bool is_one() const noexcept { return count_.load(std::memory_order_acquire) == 1; }
  [[nodiscard]] std::uint32_t read() const noexcept {
    return count_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint32_t> count_{1};
};

}  // namespace detail

/// One of several owners of a T, in any threads. The value is read-only while it is shared: put a
/// Mutex or a RwLock in it. The Allocator must bear use from the threads that make and drop Arcs.
template <class T, Allocator A = MallocAllocator>
using Arc = detail::CountedStrong<T, A, detail::AtomicCounter>;

/// An observer of what an Arc owns. upgrade() is empty once the last owner has gone.
template <class T, Allocator A = MallocAllocator>
using ArcWeak = detail::CountedWeak<T, A, detail::AtomicCounter>;

}  // namespace heaplet
