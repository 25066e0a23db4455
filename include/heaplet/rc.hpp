// SPDX-License-Identifier: MIT
//
// Rc and Weak: shared ownership within one thread.
#pragma once

#include <cstdint>

#include "heaplet/allocator.hpp"
#include "heaplet/detail/counted.hpp"

namespace heaplet {
namespace detail {

/// A count that one thread keeps.
class PlainCounter {
 public:
  [[nodiscard]] bool try_increment(std::uint32_t limit) noexcept {
    if (count_ >= limit) return false;
    ++count_;
    return true;
  }
  [[nodiscard]] bool try_increment_unless_zero(std::uint32_t limit) noexcept {
    return count_ != 0 && try_increment(limit);
  }
  /// True when it reached 0.
  [[nodiscard]] bool decrement() noexcept { return --count_ == 0; }
  [[nodiscard]] bool is_one() const noexcept { return count_ == 1; }
  [[nodiscard]] std::uint32_t read() const noexcept { return count_; }

 private:
  std::uint32_t count_ = 1;
};

}  // namespace detail

/// One of several owners of a T, in one thread. The value is read-only while it is shared: put a
/// Cell or a RefCell in it, or ask try_mut(). clone() makes another owner, downgrade() an observer.
template <class T, Allocator A = MallocAllocator>
using Rc = detail::CountedStrong<T, A, detail::PlainCounter>;

/// An observer of what an Rc owns: keeps the memory, not the value. upgrade() is empty once the
/// last owner has gone.
template <class T, Allocator A = MallocAllocator>
using Weak = detail::CountedWeak<T, A, detail::PlainCounter>;

}  // namespace heaplet
