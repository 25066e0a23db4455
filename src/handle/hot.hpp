// SPDX-License-Identifier: MIT
//
// HotPath: the life of a small object without a destructor, in straight lines. Most objects that
// JavaScript makes are of this kind, so the module's exports contain these functions and call only
// what is cold: with a call in between, and the cold parts inlined there, a create and a release
// take 7 ns of 29 longer.
#pragma once

#include <cstdint>
#include <cstring>

#include "handle/block.hpp"
#include "heaplet/handle_table.hpp"

namespace heaplet {

// What is known of a type, and what follows from it for the flags of its objects.
struct HandleTable::Type {
  TypeInfo info;
  std::uint32_t flags = kPlain;
  std::uint32_t inline_bytes = kInlineBytes;  // objects up to this size are in their slots
};

inline const HandleTable::Type& HandleTable::known_type(TypeId type) const noexcept {
  static constexpr Type kBytes;
  return type == 0 ? kBytes : types_[type - 1];
}

struct HotPath {
  using Slot = HandleTable::Slot;
  using Type = HandleTable::Type;
  static constexpr std::uint32_t kInlineBytes = HandleTable::kInlineBytes;

  static SlotAddress create(HandleTable& table, TypeId type, std::size_t bytes) noexcept {
    const std::uint32_t word = small_word(table, type, bytes);
    const SlotAddress slot = word == 0 ? 0 : create_small(table, word, bytes);
    return slot != 0 ? slot : table.create_cold(type, bytes);
  }

  // The type and flags of an object of `bytes` that is kept in its slot; 0 when it is not.
  static std::uint32_t small_word(const HandleTable& table, TypeId type,
                                  std::size_t bytes) noexcept {
    if (type > table.type_count_) return 0;
    const Type& known = table.known_type(type);
    return bytes <= known.inline_bytes ? type | known.flags | kInline : 0;
  }

  // 0 when there is no free slot; also in a table of zero bytes that no constructor has seen yet.
  static SlotAddress create_small(HandleTable& table, std::uint32_t word,
                                  std::size_t bytes) noexcept {
    if (table.first_free_ == 0) return 0;
    const Slot slot = take(table);
    static_assert(kInlineBytes == sizeof(std::uint64_t));
    constexpr std::uint64_t kZero = 0;
    void* const payload = slot.payload();
    std::memcpy(payload, &kZero, sizeof kZero);
    occupy(slot, word, payload, bytes);
    return slot.address;
  }

  static Status release(HandleTable& table, SlotAddress address,
                        std::uint32_t generation) noexcept {
    return release_small(table, address, generation) ? Status::Ok
                                                     : table.release_cold(address, generation);
  }

  // False, and nothing is done, when there is more to it than to free the slot.
  static bool release_small(HandleTable& table, SlotAddress address,
                            std::uint32_t generation) noexcept {
    const Slot slot(address);
    if (slot.generation() != generation || !is_live_generation(generation) || slot.strong() != 1 ||
        slot.borrow() != 0 || (slot.type() & (kPlain | kWatched | kOwnsMemory)) != kPlain) {
      return false;
    }
    slot.generation() = generation + 1;
    give(table, slot);
    return true;
  }

  // There is one (I2).
  static Slot take(HandleTable& table) noexcept {
    const Slot slot(table.first_free_);
    table.first_free_ = slot.link();
    return slot;
  }

  static void give(HandleTable& table, Slot slot) noexcept {
    if (slot.generation() > table.last_generation_) return;  // retired
    slot.link() = 0;
    if (table.first_free_ != 0) {
      Slot(table.last_free_).link() = slot.address;
    } else {
      table.first_free_ = slot.address;
    }
    table.last_free_ = slot.address;
  }

  static void occupy(Slot slot, std::uint32_t type_and_flags, void* object,
                     std::size_t bytes) noexcept {
    slot.strong() = 1;
    slot.weak() = 0;
    slot.borrow() = 0;
    slot.type() = type_and_flags;
    slot.bytes() = static_cast<std::uint32_t>(bytes);
    slot.object() = object;
    slot.link() = 0;
    ++slot.generation();
  }
};

}  // namespace heaplet
