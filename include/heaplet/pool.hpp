// SPDX-License-Identifier: MIT
//
// Pool: objects of one type, created and destroyed one by one in constant time.
//
// Purpose. Nodes, particles, messages: many of one type with lives of their own. Whoever keeps
// references past an object's life wants a Slab, which notices.
//
// Layout. Cells come from an Arena, one after the other. A cell without an object holds the link to
// the next free cell; so a cell has at least a pointer's size and alignment, and no header.
//
// Invariants.
//   I1  a cell is either live or on the free list, once.
//   I2  live_count_ + length of the free list == cells ever taken from the arena.
//
// Cost. create: a load and a store, or an arena bump. destroy: two stores. Overhead: none an
// object, as long as it is no smaller than a pointer.
#pragma once

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

#include "heaplet/arena.hpp"

namespace heaplet {

/// Creates and destroys objects of type T. Not safe for use from several threads at once.
///
/// Objects that are alive when the pool ends lose their memory without their destructor being run:
/// the pool keeps no record of them.
template <class T, Allocator A = HeapAllocator>
class Pool {
 public:
  /// The first chunk holds about `chunk_objects` objects; later ones more.
  explicit Pool(A source, std::size_t chunk_objects = 64) noexcept
      : cells_(std::move(source), chunk_objects * sizeof(Cell)) {}

  /// A new T, or null when memory is out.
  template <class... Arguments>
  [[nodiscard]] T* create(Arguments&&... arguments) {
    Cell* cell = free_;
    if (cell != nullptr) {
      free_ = cell->next;
    } else {
      // The storage of a Cell: the T constructed below is what makes it one.
      cell = static_cast<Cell*>(cells_.allocate(sizeof(Cell), alignof(Cell)));
      if (cell == nullptr) return nullptr;
    }
    ++live_count_;
    return ::new (static_cast<void*>(cell)) T(std::forward<Arguments>(arguments)...);
  }

  /// Destroys what create() returned here. Null does nothing.
  void destroy(T* object) noexcept {
    if (object == nullptr) return;
    object->~T();
    free_ = ::new (static_cast<void*>(object)) Cell{free_};
    --live_count_;
  }

  /// Forgets every object, without running destructors; keeps the memory.
  void reset() noexcept {
    static_assert(std::is_trivially_destructible_v<T>, "reset() runs no destructors");
    cells_.reset();
    free_ = nullptr;
    live_count_ = 0;
  }

  [[nodiscard]] std::size_t live_count() const noexcept { return live_count_; }

  /// Bytes held, whether in use or not.
  [[nodiscard]] std::size_t capacity_bytes() const noexcept { return cells_.capacity_bytes(); }

 private:
  union Cell {
    explicit Cell(Cell* link) noexcept : next(link) {}
    Cell* next;
    alignas(T) unsigned char object[sizeof(T)];
  };

  Arena<A> cells_;
  Cell* free_ = nullptr;
  std::size_t live_count_ = 0;
};

}  // namespace heaplet
