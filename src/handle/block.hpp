// SPDX-License-Identifier: MIT
//
// Blocks: where a HandleTable's slots are, byte by byte. JavaScript reads and counts in them
// directly, so js/ knows these offsets too (bindings export them; nobody writes them down again).
//
// Layout. A block is 4,096 bytes at a multiple of 4,096: as many slots as fit, as a structure of
// arrays. Byte offsets on wasm32, where they are 102:
//
//      0        408      816     1224     1632    2040    2448     2856     3264       4080
//      +--------+--------+-------+--------+-------+-------+--------+--------+----------+--+
//      | gener- | strong | weak  | borrow | type, | bytes | object | link   | inline   |  |
//      | ation  | count  | count | state  | flags |       |        |        | payloads |  |
//      +--------+--------+-------+--------+-------+-------+--------+--------+----------+--+
//       u32[102] u32      u32     i32      u32     u32     pointer  pointer  8 bytes
//
// With the word address `a` of a slot's generation, its other words are at a + 102, a + 204, ...:
// one number names the slot, and there is no base to look up that could have moved.
//
// Slot 0 of a block is never handed out; its strong count holds the block's number. So index 0 is
// null, and a slot's index follows from its address: the block's number times 128 plus its place.
//
// With pointers of 64 bits, object and link are 8 bytes each, and 85 slots fit on a host. On wasm64
// the first arrays begin where they do on wasm32, with 73 slots and 116 bytes unused behind each:
// one set of distances in JavaScript, for 8 bytes a slot. `object` begins at byte 2336 there.
//
//   borrow   -1 exclusively borrowed, else the number of shared borrows
//   type     bits 0-15 type id, bits 16-31 flags
//   object   where the object is: in memory of its own, elsewhere, or in the slot's own payload
//   link     dead: the next free slot, or the next one to be finished; live: the name or 0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "heaplet/handle_table.hpp"

namespace heaplet {

inline constexpr unsigned kBlockBits = 7;  // of an index; a block has fewer slots
inline constexpr std::uint32_t kBlockSlots = HandleTable::kBlockSlots;
inline constexpr std::uint32_t kStrideWords = HandleTable::kSlotStrideWords;
static_assert(kBlockSlots <= 1U << kBlockBits);

struct HandleTable::Block {
  std::uint32_t generation[kStrideWords];
  std::uint32_t strong[kStrideWords];
  std::uint32_t weak[kStrideWords];
  std::int32_t borrow[kStrideWords];
  std::uint32_t type[kStrideWords];
  std::uint32_t bytes[kBlockSlots];
  void* object[kBlockSlots];
  std::uintptr_t link[kBlockSlots];
  alignas(kInlineBytes) unsigned char payload[kBlockSlots][kInlineBytes];
};

/// What every reader of a block relies on.
struct BlockLayout {
  using Block = HandleTable::Block;
  static constexpr std::size_t kBytes = sizeof(Block);
  static constexpr std::size_t kAlignment = std::bit_ceil(kBytes);
  static constexpr std::size_t kArrayBytes = kStrideWords * sizeof(std::uint32_t);
  static_assert(offsetof(Block, generation) == 0);
  static_assert(offsetof(Block, strong) == kArrayBytes);
  static_assert(offsetof(Block, weak) == 2 * kArrayBytes);
  static_assert(offsetof(Block, borrow) == 3 * kArrayBytes);
  static_assert(offsetof(Block, type) == 4 * kArrayBytes);
  static_assert(offsetof(Block, bytes) == 5 * kArrayBytes);
  static_assert(offsetof(Block, object) ==
                (kBlockSlots == kStrideWords ? 6 * kArrayBytes : 584 * sizeof(std::uint32_t)));
  static_assert(sizeof(void*) != 4 || (offsetof(Block, link) == 7 * kArrayBytes &&
                                       offsetof(Block, payload) == 8 * kArrayBytes));
  static_assert(kBytes <= 4096 && kAlignment == 4096);
};

/// One slot of a block, by its address alone: an aggregate of two words would travel through memory
/// on wasm32, where a load of both after a store of each stalls (30 ns of 80 per create and
/// release).
struct HandleTable::Slot {
  SlotAddress address = 0;

  Slot() = default;
  explicit Slot(SlotAddress from) noexcept : address(from) {}
  Slot(Block* block, std::uint32_t at) noexcept
      : address(reinterpret_cast<SlotAddress>(&block->generation[at])) {}

  explicit operator bool() const noexcept { return address != 0; }

  // The words of the first six arrays lie at constant distances. These casts lead back to the
  // elements of a Block, which are of the types named here.
  std::uint32_t& generation() const noexcept { return word(0); }
  std::uint32_t& strong() const noexcept { return word(1); }
  std::uint32_t& weak() const noexcept { return word(2); }
  std::int32_t& borrow() const noexcept {
    return *reinterpret_cast<std::int32_t*>(address + 3 * BlockLayout::kArrayBytes);
  }
  std::uint32_t& type() const noexcept { return word(4); }
  std::uint32_t& bytes() const noexcept { return word(5); }
  void*& object() const noexcept { return block()->object[at()]; }
  std::uintptr_t& link() const noexcept { return block()->link[at()]; }
  void* payload() const noexcept { return block()->payload[at()]; }

  // Blocks are aligned to a power of two no smaller than themselves, and generations come first.
  Block* block() const noexcept {
    return reinterpret_cast<Block*>(address & ~(BlockLayout::kAlignment - 1));
  }
  std::uint32_t at() const noexcept {
    return static_cast<std::uint32_t>((address & (BlockLayout::kAlignment - 1)) /
                                      sizeof(std::uint32_t));
  }
  std::uint32_t index() const noexcept { return (block()->strong[0] << kBlockBits) | at(); }

 private:
  std::uint32_t& word(std::size_t array) const noexcept {
    // The null slot has no words; said so that analysers need not look for one.
    if (address == 0) __builtin_unreachable();
    return *reinterpret_cast<std::uint32_t*>(address + array * BlockLayout::kArrayBytes);
  }
};

inline constexpr std::uint32_t kTypeMask = 0xffff;
inline constexpr std::uint32_t kOwnsMemory = 1U << 16;  // the object's memory is the allocator's
inline constexpr std::uint32_t kInline = 1U << 17;      // the object is in the slot
inline constexpr std::uint32_t kPlain = 1U << 18;       // nothing to do when the object ends
inline constexpr std::uint32_t kWatched = 1U << 19;     // call the drop hook
}  // namespace heaplet
