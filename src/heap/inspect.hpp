// SPDX-License-Identifier: MIT
//
// Inspect: what a heap holds, read off its tags and slabs. The fast paths count nothing, so every
// figure here is the sum of a walk.
#pragma once

#include "core.hpp"
#include "heaplet/heap.hpp"

namespace heaplet::detail {
namespace {

inline bool is_slab(const Slabs& slabs, Address block) {
  const Address payload = payload_of(block);
  return payload % kSlabBytes == 0 && in_use(block) && slabs.class_at(payload) != 0;
}

inline bool is_listed(const QuickLists& quick, Address block) {
  const std::size_t list = size_of(block) / kGranuleBytes;
  return list < QuickLists::kCount && quick.any_in(list, [&](Address address, std::size_t) {
    return address == payload_of(block);
  });
}

// Which objects of a slab are free, by index. No slab has more than 256 objects.
struct FreeObjects {
  static constexpr std::size_t kBits = 64;
  std::uint64_t words[256 / kBits] = {};

  FreeObjects(const Slab* slab, std::size_t size_class) {
    const Address begin = Slabs::objects_begin(reinterpret_cast<Address>(slab), size_class);
    for (const FreeObject* object = slab->free; object != nullptr; object = object->next) {
      const std::size_t offset = reinterpret_cast<Address>(object) - begin;
      // NOLINTNEXTLINE(clang-analyzer-core.DivideZero): the caller has found a class, not 0.
      const std::size_t index = offset / Slabs::object_bytes(size_class);
      words[index / kBits] |= std::uint64_t{1} << index % kBits;
    }
  }

  bool contains(std::size_t index) const {
    return (words[index / kBits] >> index % kBits & 1) != 0;
  }
};
static_assert(kSlabBytes / kGranuleBytes <= 256);

// Calls visit(Block) for every block in order of address.
template <class Heap, class Visit>
void walk(const Heap& heap, Visit visit) {
  const Blocks& blocks = heap.blocks();
  const Slabs& slabs = heap.slabs();
  const auto report = [&](Address address, std::size_t bytes, Block::State state, bool in_slab) {
    visit(Block{reinterpret_cast<const void*>(address), bytes, state, in_slab});
  };
  const auto walk_slab = [&](const Slab* slab) {
    const std::size_t size_class = slabs.class_at(reinterpret_cast<Address>(slab));
    const std::size_t bytes = Slabs::object_bytes(size_class);
    const FreeObjects free(slab, size_class);
    Address object = Slabs::objects_begin(reinterpret_cast<Address>(slab), size_class);
    report(reinterpret_cast<Address>(slab), object - reinterpret_cast<Address>(slab),
           Block::State::Metadata, false);
    for (std::size_t i = 0; i < Slabs::capacity(size_class); ++i, object += bytes) {
      report(object, bytes, free.contains(i) ? Block::State::Free : Block::State::Live, true);
    }
    const Address block = block_of(reinterpret_cast<Address>(slab));
    const std::size_t rest = block + size_of(block) - object;
    if (rest != 0) report(object, rest, Block::State::Metadata, false);
  };
  if (blocks.end() == 0) return;
  for (Address block = blocks.first(); block != blocks.top(); block += size_of(block)) {
    const Address payload = payload_of(block);
    const std::size_t bytes = size_of(block) - kWordBytes;
    if (is_foreign(block)) continue;
    if (Heap::kCaches && is_slab(slabs, block)) {
      walk_slab(reinterpret_cast<const Slab*>(payload));
    } else {
      const bool listed = Heap::kCaches && is_listed(heap.quick(), block);
      const bool live = in_use(block) && !listed;
      report(payload, bytes, live ? Block::State::Live : Block::State::Free, false);
    }
  }
  report(payload_of(blocks.top()), size_of(blocks.top()) - kWordBytes, Block::State::Fresh, false);
  if (Heap::kCaches) {
    const Address begin = payload_of(blocks.end());
    report(begin, slabs.map_end() - begin, Block::State::Metadata, false);
  }
}

// All but growth_count, which only a region source can know. reserved_bytes are those in blocks.
template <class Heap>
HeapStats stats_of(const Heap& heap) {
  HeapStats stats = {};
  Address end = heap.blocks().first();  // of what was visited
  walk(heap, [&](const Block& block) {
    // A tag before most blocks, nothing before an object of a slab, and foreign memory counts not.
    const Address begin = reinterpret_cast<Address>(block.address);
    stats.reserved_bytes += (begin - end < kWordBytes ? begin - end : kWordBytes) + block.bytes;
    end = begin + block.bytes;
    if (block.state == Block::State::Live) {
      ++stats.live_blocks;
      stats.live_bytes += block.bytes;
      return;
    }
    if (block.state == Block::State::Metadata) return;
    if (block.state == Block::State::Free) {
      ++stats.free_blocks;
      stats.free_bytes += block.bytes;
    }
    if (block.bytes > stats.largest_free_bytes) stats.largest_free_bytes = block.bytes;
  });
  if (heap.blocks().end() != 0) {
    stats.high_water_bytes = heap.blocks().high_water() - heap.blocks().first();
  }
  return stats;
}

}  // namespace
}  // namespace heaplet::detail
