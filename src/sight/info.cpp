// SPDX-License-Identifier: MIT
//
// Statistics of malloc's heap: everything is read off a walk, and the walk is the heap's own. The
// one figure that no walk can give, how often memory grew, is counted here: whoever links this file
// gets told of growths.
#include <malloc.h>

#include "heaplet/heap.hpp"
#include "heaplet/sight.h"
#include "text.hpp"

extern "C" {
// src/malloc; the other allocators have no walk, and give zeros.
__attribute__((weak)) void heaplet_malloc_walk(void (*visit)(void* context, const heaplet::Block&),
                                               void* context);
void heaplet_on_growth(void);
}

namespace {

using heaplet::Block;
using heaplet::detail::Text;

size_t growth_count = 0;

// Calls visit(Block) for every block of malloc's.
template <class Visit>
void walk(Visit visit) {
  if (heaplet_malloc_walk == nullptr) return;
  heaplet_malloc_walk(
      [](void* context, const Block& block) { (*static_cast<Visit*>(context))(block); }, &visit);
}

size_t power_of_two_below(size_t bytes) {
  size_t power = 1;
  while (bytes / 2 >= power) power *= 2;
  return power;
}

struct Classes {
  heaplet_size_class list[HEAPLET_MAX_SIZE_CLASSES];
  size_t count = 0;

  // The class, put where it belongs; null when there is no room, which more sizes of slabs would
  // need than any heap of ours has.
  heaplet_size_class* find(size_t least_bytes, bool in_slabs) {
    size_t at = 0;
    const auto before = [&](const heaplet_size_class& other) {
      if ((other.in_slabs != 0) != in_slabs) return other.in_slabs != 0;
      return other.least_bytes < least_bytes;
    };
    while (at < count && before(list[at])) ++at;
    if (at < count && list[at].least_bytes == least_bytes && (list[at].in_slabs != 0) == in_slabs)
      return &list[at];
    if (count == HEAPLET_MAX_SIZE_CLASSES) return nullptr;
    for (size_t i = count++; i > at; --i) list[i] = list[i - 1];
    list[at] = {least_bytes, 0, 0, 0, 0, in_slabs ? 1 : 0};
    return &list[at];
  }

  void add(const Block& block) {
    const bool live = block.state == Block::State::Live;
    if (!live && block.state != Block::State::Free) return;
    const size_t least = block.in_slab ? block.bytes : power_of_two_below(block.bytes);
    heaplet_size_class* const found = find(least, block.in_slab);
    if (found == nullptr) return;
    (live ? found->live_blocks : found->free_blocks) += 1;
    (live ? found->live_bytes : found->free_bytes) += block.bytes;
  }
};

void write_text(Text& text, const heaplet_malloc_statistics& sum, const Classes& classes) {
  text << "live      " << sum.live_bytes << " bytes in " << sum.live_blocks << " blocks\n";
  text << "free      " << sum.free_bytes << " bytes in " << sum.free_blocks
       << " blocks, the largest of " << sum.largest_free_bytes << "\n";
  text << "metadata  " << sum.metadata_bytes << " bytes\n";
  text << "top       " << sum.top_bytes << " bytes\n";
  text << "reserved  " << sum.reserved_bytes << " bytes, high water " << sum.high_water_bytes
       << "\n";
  text << "memory    " << sum.memory_bytes << " bytes after " << sum.growth_count << " growths\n";
  text << "size class        live blocks   live bytes  free blocks   free bytes\n";
  for (size_t i = 0; i < classes.count; ++i) {
    const heaplet_size_class& one = classes.list[i];
    text.column(one.least_bytes, 12) << (one.in_slabs != 0 ? " slab" : "+    ");
    text.column(one.live_blocks, 12).column(one.live_bytes, 13);
    text.column(one.free_blocks, 13).column(one.free_bytes, 13) << "\n";
  }
}

void write_json(Text& text, const heaplet_malloc_statistics& sum, const Classes& classes) {
  text << "{\"liveBlocks\":" << sum.live_blocks << ",\"liveBytes\":" << sum.live_bytes
       << ",\"freeBlocks\":" << sum.free_blocks << ",\"freeBytes\":" << sum.free_bytes
       << ",\"largestFreeBytes\":" << sum.largest_free_bytes
       << ",\"metadataBytes\":" << sum.metadata_bytes << ",\"topBytes\":" << sum.top_bytes
       << ",\"reservedBytes\":" << sum.reserved_bytes
       << ",\"highWaterBytes\":" << sum.high_water_bytes << ",\"growthCount\":" << sum.growth_count
       << ",\"memoryBytes\":" << sum.memory_bytes << ",\"sizeClasses\":[";
  for (size_t i = 0; i < classes.count; ++i) {
    const heaplet_size_class& one = classes.list[i];
    text << (i == 0 ? "" : ",") << "{\"leastBytes\":" << one.least_bytes
         << ",\"inSlabs\":" << (one.in_slabs != 0 ? "true" : "false")
         << ",\"liveBlocks\":" << one.live_blocks << ",\"liveBytes\":" << one.live_bytes
         << ",\"freeBlocks\":" << one.free_blocks << ",\"freeBytes\":" << one.free_bytes << "}";
  }
  text << "]}";
}

}  // namespace

extern "C" {

void heaplet_on_growth(void) { ++growth_count; }

void heaplet_malloc_sum(heaplet_malloc_statistics* out) {
  heaplet_malloc_statistics sum = {};
  walk([&](const Block& block) {
    switch (block.state) {
      case Block::State::Live:
        ++sum.live_blocks;
        sum.live_bytes += block.bytes;
        return;
      case Block::State::Free:
        ++sum.free_blocks;
        sum.free_bytes += block.bytes;
        break;
      case Block::State::Fresh:
        sum.top_bytes = block.bytes;
        break;
      case Block::State::Metadata:
        return;
    }
    if (block.bytes > sum.largest_free_bytes) sum.largest_free_bytes = block.bytes;
  });
  struct mallinfo info = {};
  if (heaplet_malloc_walk != nullptr) info = mallinfo();
  sum.reserved_bytes = static_cast<size_t>(info.arena);
  sum.high_water_bytes = static_cast<size_t>(info.usmblks);
  sum.metadata_bytes = sum.reserved_bytes - sum.live_bytes - sum.free_bytes - sum.top_bytes;
  sum.growth_count = growth_count;
  sum.memory_bytes = __builtin_wasm_memory_size(0) * size_t{65536};
  *out = sum;
}

size_t heaplet_malloc_size_classes(heaplet_size_class* out, size_t capacity) {
  Classes classes;
  walk([&](const Block& block) { classes.add(block); });
  for (size_t i = 0; i < classes.count && i < capacity; ++i) out[i] = classes.list[i];
  return classes.count;
}

size_t heaplet_malloc_info(int format, char* out, size_t capacity) {
  heaplet_malloc_statistics sum;
  heaplet_malloc_sum(&sum);
  Classes classes;
  walk([&](const Block& block) { classes.add(block); });
  Text text(out, capacity);
  if (format == HEAPLET_INFO_JSON) {
    write_json(text, sum, classes);
  } else {
    write_text(text, sum, classes);
  }
  return text.end();
}

}  // extern "C"
