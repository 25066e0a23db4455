// SPDX-License-Identifier: MIT
//
// Cell and RefCell: values that can change although they are shared, within one thread.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include "heaplet/panic.hpp"

namespace heaplet {

/// A value that is only ever copied, moved in or moved out as a whole, so no reference to it can
/// be left behind.
template <class T>
class Cell {
 public:
  explicit Cell(T value) noexcept : value_(std::move(value)) {}

  /// A copy of the value.
  [[nodiscard]] T get() const noexcept requires std::is_copy_constructible_v<T> { return value_; }
  void set(T value) const noexcept { value_ = std::move(value); }
  /// Puts `value` in and returns what was there.
  [[nodiscard]] T replace(T value) const noexcept {
    return std::exchange(value_, std::move(value));
  }
  /// Leaves a default value and returns what was there.
  [[nodiscard]] T take() const noexcept requires std::is_default_constructible_v<T> {
    return replace(T());
  }
  void swap(const Cell& other) const noexcept { std::swap(value_, other.value_); }

 private:
  // That it can change through a shared owner is what a Cell is for.
  mutable T value_;
};

/// A value with its borrows counted: many shared ones or one exclusive one.
///
/// Guards return their borrow when they end, and must not outlive the RefCell, which panics if one
/// does.
template <class T>
class RefCell {
  static constexpr std::int32_t kExclusive = -1;

 public:
  explicit RefCell(T value) noexcept : value_(std::move(value)) {}
  RefCell(const RefCell&) = delete;
  RefCell& operator=(const RefCell&) = delete;
  ~RefCell() {
    if (state_ != 0) panic("RefCell: ended while borrowed", this);
  }

  /// A borrow. Empty when try_borrow() or try_borrow_mut() was refused or it was dropped.
  template <class Value>
  class Guard {
   public:
    Guard() noexcept = default;
    Guard(Guard&& other) noexcept : cell_(std::exchange(other.cell_, nullptr)) {}
    Guard& operator=(Guard&& other) noexcept {
      std::swap(cell_, other.cell_);
      if (this != &other) other.drop();
      return *this;
    }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard() { drop(); }

    [[nodiscard]] explicit operator bool() const noexcept { return cell_ != nullptr; }
    [[nodiscard]] Value& operator*() const noexcept { return checked()->value_; }
    [[nodiscard]] Value* operator->() const noexcept { return &checked()->value_; }

    /// Returns the borrow now.
    void drop() noexcept {
      if (const RefCell* const cell = std::exchange(cell_, nullptr)) {
        cell->state_ = std::is_const_v<Value> ? cell->state_ - 1 : 0;
      }
    }

   private:
    friend RefCell;
    explicit Guard(const RefCell* cell) noexcept : cell_(cell) {}
    const RefCell* checked() const noexcept {
      if (cell_ == nullptr) panic("RefCell: used a borrow that was refused, moved or returned");
      return cell_;
    }
    const RefCell* cell_ = nullptr;
  };

  using Ref = Guard<const T>;
  using RefMut = Guard<T>;

  /// A shared borrow; empty while there is an exclusive one.
  [[nodiscard]] Ref try_borrow() const noexcept {
    if (state_ == kExclusive || state_ == std::numeric_limits<std::int32_t>::max()) return {};
    ++state_;
    return Ref(this);
  }
  /// An exclusive borrow; empty while there is any other.
  [[nodiscard]] RefMut try_borrow_mut() const noexcept {
    if (state_ != 0) return {};
    state_ = kExclusive;
    return RefMut(this);
  }
  /// As try_borrow(); panics where that is empty.
  [[nodiscard]] Ref borrow() const noexcept {
    Ref guard = try_borrow();
    if (!guard) panic("RefCell: already mutably borrowed", this);
    return guard;
  }
  /// As try_borrow_mut(); panics where that is empty.
  [[nodiscard]] RefMut borrow_mut() const noexcept {
    const bool exclusive = state_ == kExclusive;
    RefMut guard = try_borrow_mut();
    if (!guard) {
      panic(exclusive ? "RefCell: already mutably borrowed" : "RefCell: already borrowed", this);
    }
    return guard;
  }

  /// -1 while exclusively borrowed, else the number of shared borrows.
  [[nodiscard]] std::int32_t borrow_state() const noexcept { return state_; }

 private:
  // Both change through shared owners: the borrow rules, not const, guard the value.
  mutable T value_;
  mutable std::int32_t state_ = 0;
};

}  // namespace heaplet
