// SPDX-License-Identifier: MIT
//
// Counted: the one implementation behind Rc and Arc, which differ in their counters alone.
//
// Layout. One allocation, offsets for 4-byte pointers and a stateless Allocator:
//
//      0        4      8
//      +--------+------+---------+
//      | strong | weak | T value |
//      +--------+------+---------+
//
// Invariants.
//   I1  strong is the number of owners; the value is alive while it is above 0, and it never rises
//       from 0 again.
//   I2  weak is the number of observers, plus one for all owners together; the block is given back
//       when it reaches 0.
//   I3  no count passes kLimit, so none can wrap: the clone that would is refused.
//
// Cost. Clone and drop: one counter each. Overhead: 8 bytes an object, and no second allocation.
#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "heaplet/allocator.hpp"
#include "heaplet/panic.hpp"

namespace heaplet::detail {

inline constexpr std::uint32_t kCountedLimit = (1U << 30) - 1;

template <class T, Allocator A, class Counter>
struct CountedBlock {
  template <class... Arguments>
  explicit CountedBlock(A allocator, Arguments&&... arguments)
      : source(std::move(allocator)), value(std::forward<Arguments>(arguments)...) {}
  ~CountedBlock() {}  // the value ends with the last owner, before the block (I1)

  void release_owner() noexcept {
    if (!strong.decrement()) return;
    value.~T();
    release_observer();
  }
  void release_observer() noexcept {
    if (!weak.decrement()) return;
    A allocator = source;
    this->~CountedBlock();
    allocator.deallocate(this, sizeof(CountedBlock), alignof(CountedBlock));
  }

  Counter strong;
  Counter weak;
  [[no_unique_address]] A source;
  union {
    T value;
  };
};

template <class T, Allocator A, class Counter>
class CountedWeak;

/// A shared owner. See Rc and Arc.
template <class T, Allocator A, class Counter>
class CountedStrong {
  using Block = CountedBlock<T, A, Counter>;

 public:
  using Weak = CountedWeak<T, A, Counter>;

  /// Empty: owns nothing.
  CountedStrong() noexcept = default;

  /// The first owner of a new T made from `arguments`; empty when memory is out.
  template <class... Arguments>
  [[nodiscard]] static CountedStrong try_make_in(A source, Arguments&&... arguments) {
    void* const memory = source.allocate(sizeof(Block), alignof(Block));
    if (memory == nullptr) return {};
    return CountedStrong(::new (memory)
                             Block(std::move(source), std::forward<Arguments>(arguments)...));
  }
  /// As try_make_in(); panics when memory is out.
  template <class... Arguments>
  [[nodiscard]] static CountedStrong make_in(A source, Arguments&&... arguments) {
    auto made = try_make_in(std::move(source), std::forward<Arguments>(arguments)...);
    if (!made) panic("Rc: out of memory");
    return made;
  }
  template <class... Arguments>
  [[nodiscard]] static CountedStrong try_make(
      Arguments&&... arguments) requires std::default_initializable<A> {
    return try_make_in(A(), std::forward<Arguments>(arguments)...);
  }
  template <class... Arguments>
  [[nodiscard]] static CountedStrong make(
      Arguments&&... arguments) requires std::default_initializable<A> {
    return make_in(A(), std::forward<Arguments>(arguments)...);
  }

  CountedStrong(CountedStrong&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  CountedStrong& operator=(CountedStrong&& other) noexcept {
    std::swap(block_, other.block_);
    if (this != &other) other.drop();
    return *this;
  }
  // Another owner is asked for by name, so that counting is visible where it happens.
  CountedStrong(const CountedStrong&) = delete;
  CountedStrong& operator=(const CountedStrong&) = delete;
  ~CountedStrong() { drop(); }

  /// One more owner; empty when the count is at its limit.
  [[nodiscard]] CountedStrong try_clone() const noexcept {
    return checked()->strong.try_increment(kCountedLimit) ? CountedStrong(block_) : CountedStrong();
  }
  /// One more owner; panics when the count is at its limit.
  [[nodiscard]] CountedStrong clone() const noexcept {
    CountedStrong other = try_clone();
    if (!other) panic("Rc: the strong count is at its limit", block_);
    return other;
  }
  /// An observer. Panics when the count is at its limit.
  [[nodiscard]] Weak downgrade() const noexcept {
    if (!checked()->weak.try_increment(kCountedLimit)) {
      panic("Rc: the weak count is at its limit", block_);
    }
    return Weak(block_);
  }

  [[nodiscard]] explicit operator bool() const noexcept { return block_ != nullptr; }
  [[nodiscard]] const T& operator*() const noexcept { return checked()->value; }
  [[nodiscard]] const T* operator->() const noexcept { return &checked()->value; }

  /// The value to write to, if this is its only owner and nobody observes it; else null.
  [[nodiscard]] T* try_mut() const noexcept {
    Block* const block = checked();
    return block->weak.is_one() && block->strong.is_one() ? &block->value : nullptr;
  }

  /// Gives up this share now; the last one ends the value.
  void drop() noexcept {
    if (Block* const block = std::exchange(block_, nullptr)) block->release_owner();
  }

  [[nodiscard]] std::uint32_t strong_count() const noexcept { return checked()->strong.read(); }
  [[nodiscard]] std::uint32_t weak_count() const noexcept { return checked()->weak.read() - 1; }

  /// Whether both own the same object.
  friend bool operator==(const CountedStrong& left, const CountedStrong& right) noexcept {
    return left.block_ == right.block_;
  }

 private:
  friend Weak;
  explicit CountedStrong(Block* block) noexcept : block_(block) {}

  Block* checked() const noexcept {
    if (block_ == nullptr) panic("Rc: used after it was moved, dropped or could not be made");
    return block_;
  }

  Block* block_ = nullptr;
};

/// An observer of a shared object. See Rc and Arc.
template <class T, Allocator A, class Counter>
class CountedWeak {
  using Block = CountedBlock<T, A, Counter>;

 public:
  using Strong = CountedStrong<T, A, Counter>;

  /// Observes nothing: upgrade() is empty.
  CountedWeak() noexcept = default;
  CountedWeak(CountedWeak&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  CountedWeak& operator=(CountedWeak&& other) noexcept {
    std::swap(block_, other.block_);
    if (this != &other) other.drop();
    return *this;
  }
  CountedWeak(const CountedWeak&) = delete;
  CountedWeak& operator=(const CountedWeak&) = delete;
  ~CountedWeak() { drop(); }

  /// An owner; empty once the value has ended, or when the count is at its limit.
  [[nodiscard]] Strong upgrade() const noexcept {
    if (block_ == nullptr || !block_->strong.try_increment_unless_zero(kCountedLimit)) return {};
    return Strong(block_);
  }

  /// One more observer. Panics when the count is at its limit.
  [[nodiscard]] CountedWeak clone() const noexcept {
    if (block_ == nullptr) return {};
    if (!block_->weak.try_increment(kCountedLimit)) {
      panic("Rc: the weak count is at its limit", block_);
    }
    return CountedWeak(block_);
  }

  /// Stops observing.
  void drop() noexcept {
    if (Block* const block = std::exchange(block_, nullptr)) block->release_observer();
  }

 private:
  friend Strong;
  explicit CountedWeak(Block* block) noexcept : block_(block) {}

  Block* block_ = nullptr;
};

}  // namespace heaplet::detail
