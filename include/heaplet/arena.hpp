// SPDX-License-Identifier: MIT
//
// Arena: allocation by moving a pointer, and release of everything since a checkpoint at once.
//
// Purpose. Many objects of mixed sizes that die together: a frame, a request, a parse. Not for
// objects that die one by one (Pool) or need a destructor.
//
// Layout. Chunks from the Allocator, linked in the order in which they are filled. Offsets for
// 4-byte pointers:
//
//   chunk  0      4       8                                   bytes
//          +------+-------+-----------------------------------+
//          | next | bytes | objects …            | free        |
//          +------+-------+-----------------------------------+
//                                                ^ cursor_ (in the current chunk only)
//
// Invariants.
//   I1  current_ is null or a chunk of the list; chunks after it are empty and wait for reuse.
//   I2  first object byte of current_ <= cursor_ <= end_ == end of current_.
//   I3  used_before_ is the sum of object bytes, padding included, of the chunks before current_;
//       what a chunk had left at its end when it was full counts as used.
//
// Cost. allocate: an add and a compare; a new chunk doubles the last one's size up to the limit.
// rewind and reset: O(1) and free nothing: the chunks are kept. Overhead: 8 bytes a chunk.
//
// Decisions. A checkpoint is two words and no destructor list is kept: with one, every allocation
// would pay for objects that need none. create() refuses types with destructors when compiling.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <type_traits>
#include <utility>

#include "heaplet/allocator.hpp"

namespace heaplet {

/// Memory that is given back all at once. Satisfies Allocator by reference (see ArenaAllocator).
/// Not safe for use from several threads at once.
template <Allocator A = HeapAllocator>
class Arena {
  struct Chunk {
    Chunk* next;
    std::size_t bytes;
  };

 public:
  /// A moment to rewind to. Valid until the arena is rewound to an earlier one.
  class Checkpoint {
    friend class Arena;
    Chunk* chunk_ = nullptr;
    std::uintptr_t cursor_ = 0;
    std::size_t used_before_ = 0;
  };

  /// `chunk_bytes` is the first chunk's size, header included; nothing is taken before the first
  /// allocation.
  explicit Arena(A source, std::size_t chunk_bytes = 4096) noexcept
      : source_(std::move(source)),
        next_chunk_bytes_(chunk_bytes < kLeastChunkBytes ? kLeastChunkBytes : chunk_bytes) {}

  ~Arena() {
    for (Chunk* chunk = first_; chunk != nullptr;) {
      Chunk* const next = chunk->next;
      source_.deallocate(chunk, chunk->bytes, alignof(Chunk));
      chunk = next;
    }
  }

  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// `bytes` at a multiple of `alignment` (a power of two); null when memory is out.
  [[nodiscard]] void* allocate(std::size_t bytes, std::size_t alignment) noexcept {
    if (void* const memory = bump(bytes, alignment)) return memory;
    return enter_chunk_for(bytes, alignment) ? bump(bytes, alignment) : nullptr;
  }

  /// A T that lives until the arena is rewound before it; null when memory is out. No destructor
  /// will run, so T must not need one.
  template <class T, class... Arguments>
  [[nodiscard]] T* create(Arguments&&... arguments) {
    static_assert(std::is_trivially_destructible_v<T>, "an Arena runs no destructors");
    void* const memory = allocate(sizeof(T), alignof(T));
    if (memory == nullptr) return nullptr;
    return ::new (memory) T(std::forward<Arguments>(arguments)...);
  }

  [[nodiscard]] Checkpoint checkpoint() const noexcept {
    Checkpoint mark;
    mark.chunk_ = current_;
    mark.cursor_ = cursor_;
    mark.used_before_ = used_before_;
    return mark;
  }

  /// Forgets everything allocated since `mark` was taken here; keeps the memory.
  void rewind(const Checkpoint& mark) noexcept {
    if (mark.chunk_ == nullptr) return reset();
    enter(mark.chunk_);
    cursor_ = mark.cursor_;
    used_before_ = mark.used_before_;
  }

  /// Forgets everything; keeps the memory.
  void reset() noexcept {
    used_before_ = 0;
    if (first_ != nullptr) enter(first_);
  }

  /// Bytes handed out, padding included.
  [[nodiscard]] std::size_t used_bytes() const noexcept {
    return current_ == nullptr ? 0 : used_before_ + (cursor_ - objects_of(current_));
  }

  /// Bytes held, chunk headers included.
  [[nodiscard]] std::size_t capacity_bytes() const noexcept {
    std::size_t sum = 0;
    for (const Chunk* chunk = first_; chunk != nullptr; chunk = chunk->next) sum += chunk->bytes;
    return sum;
  }

 private:
  static constexpr std::size_t kLeastChunkBytes = 64;
  static constexpr std::size_t kMostChunkBytes = 1 << 20;

  // Addresses are kept as integers because a bump past the end would not be a valid pointer.
  static std::uintptr_t objects_of(const Chunk* chunk) noexcept {
    return reinterpret_cast<std::uintptr_t>(chunk + 1);
  }

  void* bump(std::size_t bytes, std::size_t alignment) noexcept {
    const std::uintptr_t start = (cursor_ + (alignment - 1)) & ~std::uintptr_t{alignment - 1};
    // I2; the first test catches the wrap of cursor_ + alignment and the arena without a chunk.
    if (start < cursor_ || start > end_ || bytes > end_ - start || current_ == nullptr) {
      return nullptr;
    }
    cursor_ = start + bytes;
    return reinterpret_cast<void*>(start);
  }

  void enter(Chunk* chunk) noexcept {
    current_ = chunk;
    cursor_ = objects_of(chunk);
    end_ = reinterpret_cast<std::uintptr_t>(chunk) + chunk->bytes;
  }

  void enter_next(Chunk* chunk) noexcept {
    if (current_ != nullptr) used_before_ += end_ - objects_of(current_);
    enter(chunk);
  }

  bool enter_chunk_for(std::size_t bytes, std::size_t alignment) noexcept {
    constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max() / 2;
    if (bytes > kMost || alignment > kMost / 2) return false;
    const std::size_t needed = sizeof(Chunk) + bytes + (alignment - 1);
    Chunk* const waiting = current_ != nullptr ? current_->next : nullptr;
    if (waiting != nullptr && waiting->bytes >= needed) {
      enter_next(waiting);
      return true;
    }
    const std::size_t chunk_bytes = needed < next_chunk_bytes_ ? next_chunk_bytes_ : needed;
    void* const memory = source_.allocate(chunk_bytes, alignof(Chunk));
    if (memory == nullptr) return false;
    auto* const chunk = ::new (memory) Chunk{waiting, chunk_bytes};
    (current_ != nullptr ? current_->next : first_) = chunk;
    enter_next(chunk);
    if (next_chunk_bytes_ < kMostChunkBytes) next_chunk_bytes_ *= 2;
    return true;
  }

  [[no_unique_address]] A source_;
  Chunk* first_ = nullptr;
  Chunk* current_ = nullptr;
  std::uintptr_t cursor_ = 0;
  std::uintptr_t end_ = 0;
  std::size_t used_before_ = 0;
  std::size_t next_chunk_bytes_;
};

/// An Allocator that draws on an Arena and gives nothing back. The arena must outlive it.
template <Allocator A = HeapAllocator>
class ArenaAllocator {
 public:
  explicit ArenaAllocator(Arena<A>& arena) noexcept : arena_(&arena) {}

  [[nodiscard]] void* allocate(std::size_t bytes, std::size_t alignment) const noexcept {
    return arena_->allocate(bytes, alignment);
  }
  void deallocate(void*, std::size_t, std::size_t) const noexcept {}

  friend bool operator==(ArenaAllocator, ArenaAllocator) noexcept = default;

 private:
  Arena<A>* arena_;
};

}  // namespace heaplet
