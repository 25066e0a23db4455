// SPDX-License-Identifier: MIT
//
// Box: one owner of one object in an Allocator's memory.
#pragma once

#include <concepts>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "heaplet/allocator.hpp"
#include "heaplet/panic.hpp"

namespace heaplet {

/// Owns a T, or nothing when it was moved from, released or could not be made. Moving hands the
/// object over; reaching for the object of an empty Box panics instead of dereferencing null.
/// One pointer in size with a stateless Allocator, two with HeapAllocator.
template <class T, Allocator A = MallocAllocator>
class Box {
  static_assert(std::is_object_v<T> && !std::is_array_v<T>, "a Box owns one object");

 public:
  /// Empty.
  Box() noexcept requires std::default_initializable<A>
  = default;

  /// A Box of a new T made from `arguments`; empty when memory is out.
  template <class... Arguments>
  [[nodiscard]] static Box try_make_in(A source, Arguments&&... arguments) {
    void* const memory = source.allocate(sizeof(T), alignof(T));
    T* object = nullptr;
    if (memory != nullptr) object = ::new (memory) T(std::forward<Arguments>(arguments)...);
    return Box(std::move(source), object);
  }
  /// As try_make_in(); panics when memory is out.
  template <class... Arguments>
  [[nodiscard]] static Box make_in(A source, Arguments&&... arguments) {
    Box box = try_make_in(std::move(source), std::forward<Arguments>(arguments)...);
    if (!box) panic("Box: out of memory");
    return box;
  }
  template <class... Arguments>
  [[nodiscard]] static Box try_make(
      Arguments&&... arguments) requires std::default_initializable<A> {
    return try_make_in(A(), std::forward<Arguments>(arguments)...);
  }
  template <class... Arguments>
  [[nodiscard]] static Box make(Arguments&&... arguments) requires std::default_initializable<A> {
    return make_in(A(), std::forward<Arguments>(arguments)...);
  }

  /// Takes what into_raw() of a Box with an equal Allocator gave.
  [[nodiscard]] static Box from_raw(A source, T* object) noexcept {
    return Box(std::move(source), object);
  }

  Box(Box&& other) noexcept
      : source_(other.source_), object_(std::exchange(other.object_, nullptr)) {}
  Box& operator=(Box&& other) noexcept {
    if (this != &other) {
      drop();
      // Rebuilt, because an Allocator need only be copy constructible.
      std::destroy_at(&source_);
      std::construct_at(&source_, other.source_);
      object_ = std::exchange(other.object_, nullptr);
    }
    return *this;
  }
  Box(const Box&) = delete;
  Box& operator=(const Box&) = delete;
  ~Box() { drop(); }

  /// Whether there is an object.
  [[nodiscard]] explicit operator bool() const noexcept { return object_ != nullptr; }

  [[nodiscard]] T& operator*() const noexcept { return *checked(); }
  [[nodiscard]] T* operator->() const noexcept { return checked(); }

  /// Ends the object now. Nothing happens when there is none.
  void drop() noexcept {
    T* const object = std::exchange(object_, nullptr);
    if (object == nullptr) return;
    object->~T();
    source_.deallocate(object, sizeof(T), alignof(T));
  }

  /// Gives the object up: the caller owns it now, and from_raw() takes it back.
  [[nodiscard]] T* into_raw() noexcept { return std::exchange(object_, nullptr); }

  /// Moves the object out and frees its memory.
  [[nodiscard]] T into_inner() {
    T value = std::move(*checked());
    drop();
    return value;
  }

  [[nodiscard]] const A& source() const noexcept { return source_; }

 private:
  Box(A source, T* object) noexcept : source_(std::move(source)), object_(object) {}

  T* checked() const noexcept {
    if (object_ == nullptr) panic("Box: used after it was moved, dropped or could not be made");
    return object_;
  }

  [[no_unique_address]] A source_;
  T* object_ = nullptr;
};

}  // namespace heaplet
