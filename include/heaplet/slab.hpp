// SPDX-License-Identifier: MIT
//
// Slab: values in numbered slots that never move, reached by handles that notice a dead value.
//
// Purpose. Entities and records that others refer to for a long time: a stale handle finds nothing,
// instead of another's value. Not for values that several owners keep alive (HandleTable, Rc).
//
// Layout. A directory of blocks; a block holds kBlockSlots slots, each a generation, the index of
// the next free slot, and room for the value. Slot 0 of the first block is never used: index 0 is
// the null handle.
//
// Invariants.
//   I1  a slot holds a value exactly if its generation is odd.
//   I2  every slot with an even generation up to the last is on the free queue once, or at or past
//       fresh_; slots past the last generation are on neither.
//   I3  blocks never move, so addresses of values hold until their erase().
//
// Cost. insert, at, erase: constant. Overhead: 8 bytes a slot, rounded up to T's alignment, and a
// pointer a block. Free slots are reused in the order in which they became free.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <utility>

#include "heaplet/allocator.hpp"
#include "heaplet/handle.hpp"

namespace heaplet {

/// Values of type T, named by handles. Not safe for use from several threads at once.
template <class T, Allocator A = HeapAllocator>
class Slab {
 public:
  explicit Slab(A source) noexcept : source_(std::move(source)) {}

  ~Slab() {
    clear();
    for (std::uint32_t i = 0; i < block_count_; ++i) {
      source_.deallocate(blocks_[i], sizeof(Block), alignof(Block));
    }
    source_.deallocate(blocks_, block_capacity_ * sizeof(Block*), alignof(Block*));
  }

  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;

  /// Puts a new T into a slot. The null handle when memory is out.
  template <class... Arguments>
  [[nodiscard]] Handle insert(Arguments&&... arguments) {
    const std::uint32_t index = take_slot();
    if (index == 0) return {};
    Slot& slot = slot_at(index);
    ::new (static_cast<void*>(slot.value)) T(std::forward<Arguments>(arguments)...);
    ++size_;
    return {index, ++slot.generation};
  }

  /// The value `handle` names, or null when it is gone or never was here. Valid until its erase().
  [[nodiscard]] T* try_at(Handle handle) noexcept {
    return contains(handle) ? value_of(slot_at(handle.index)) : nullptr;
  }
  [[nodiscard]] const T* try_at(Handle handle) const noexcept {
    return const_cast<Slab*>(this)->try_at(handle);
  }

  [[nodiscard]] bool contains(Handle handle) const noexcept {
    return handle.index != 0 && handle.index < fresh_ && is_live_generation(handle.generation) &&
           slot_at(handle.index).generation == handle.generation;
  }

  /// Destroys the value. False when the handle is stale. The destructor may use the slab.
  bool erase(Handle handle) noexcept {
    if (!contains(handle)) return false;
    Slot& slot = slot_at(handle.index);
    ++slot.generation;  // before the destructor, so that it meets a dead handle, not a dying value
    --size_;
    value_of(slot)->~T();
    if (slot.generation <= kLastGeneration) give_slot(handle.index);
    return true;
  }

  /// Destroys every value. Their handles are stale from then on.
  void clear() noexcept {
    for (std::uint32_t index = 1; index < fresh_; ++index) {
      const std::uint32_t generation = slot_at(index).generation;
      if (is_live_generation(generation)) erase({index, generation});
    }
  }

  /// Calls `visit(handle, value)` for every value in order of index. `visit` may erase values.
  template <class Visitor>
  void for_each(Visitor&& visit) {
    for (std::uint32_t index = 1; index < fresh_; ++index) {
      Slot& slot = slot_at(index);
      if (is_live_generation(slot.generation)) {
        visit(Handle{index, slot.generation}, *value_of(slot));
      }
    }
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// Slots there is memory for.
  [[nodiscard]] std::size_t capacity() const noexcept {
    return block_count_ == 0 ? 0 : std::size_t{block_count_} * kBlockSlots - 1;
  }

 private:
  static constexpr unsigned kBlockBits = 6;
  static constexpr std::uint32_t kBlockSlots = 1U << kBlockBits;

  struct Slot {
    std::uint32_t generation;
    std::uint32_t next_free;
    alignas(T) unsigned char value[sizeof(T)];
  };
  struct Block {
    Slot slots[kBlockSlots];
  };

  Slot& slot_at(std::uint32_t index) const noexcept {
    return blocks_[index >> kBlockBits]->slots[index & (kBlockSlots - 1)];
  }
  // The slot is live (I1): a T was constructed in these bytes.
  static T* value_of(Slot& slot) noexcept { return std::launder(reinterpret_cast<T*>(slot.value)); }

  std::uint32_t take_slot() noexcept {
    if (first_free_ != 0) {
      const std::uint32_t index = first_free_;
      first_free_ = slot_at(index).next_free;
      if (first_free_ == 0) last_free_ = 0;
      return index;
    }
    if (fresh_ >= block_count_ * kBlockSlots && !add_block()) return 0;
    Slot& slot = slot_at(fresh_);
    slot.generation = 0;
    return fresh_++;
  }

  void give_slot(std::uint32_t index) noexcept {
    slot_at(index).next_free = 0;
    if (last_free_ != 0) {
      slot_at(last_free_).next_free = index;
    } else {
      first_free_ = index;
    }
    last_free_ = index;
  }

  bool add_block() noexcept {
    if (block_count_ * kBlockSlots >= kIndexLimit) return false;
    if (block_count_ == block_capacity_ && !grow_directory()) return false;
    // Only the bytes: a slot is set up when it is taken.
    void* const memory = source_.allocate(sizeof(Block), alignof(Block));
    if (memory == nullptr) return false;
    blocks_[block_count_++] = static_cast<Block*>(memory);
    return true;
  }

  bool grow_directory() noexcept {
    const std::uint32_t capacity = block_capacity_ == 0 ? 4 : block_capacity_ * 2;
    void* const memory = source_.allocate(capacity * sizeof(Block*), alignof(Block*));
    if (memory == nullptr) return false;
    if (block_count_ != 0) std::memcpy(memory, blocks_, block_count_ * sizeof(Block*));
    source_.deallocate(blocks_, block_capacity_ * sizeof(Block*), alignof(Block*));
    blocks_ = static_cast<Block**>(memory);
    block_capacity_ = capacity;
    return true;
  }

  [[no_unique_address]] A source_;
  Block** blocks_ = nullptr;
  std::uint32_t block_count_ = 0;
  std::uint32_t block_capacity_ = 0;
  std::uint32_t fresh_ = 1;  // the lowest index never used
  std::uint32_t first_free_ = 0;
  std::uint32_t last_free_ = 0;
  std::size_t size_ = 0;
};

}  // namespace heaplet
