// SPDX-License-Identifier: MIT
//
// Core: what Heap and malloc have in common. Slabs above, blocks below, a region source beneath.
//
//   allocate ── small ──► slab with a free object? ──► take one                     (the fast path)
//      │                    │ no: a new slab, from ▼
//      └──── large ───────► a free block ─► else empty slabs, joined ─► else the top ─► else grow
//
// Why a header in an unnamed namespace: malloc.cpp and heap.cpp each get their own copy, in which
// every function is local. For malloc the compiler then knows the heap's address and the region
// source, and folds both into the code. A program that uses both pays for both, 2 KiB.
//
// All-zero memory is a valid empty Core: malloc is called before any constructor has run.
#pragma once

#include "blocks.hpp"
#include "slabs.hpp"

namespace heaplet::detail {
namespace {

// Source: `Range grow(std::size_t bytes)`, {0, 0} when there is nothing left, and
// `static void on_exhaustion()`, called before null is returned.
// kSlabs: false leaves the slabs out, for the smallest code.
template <class Source, bool kSlabs = true>
class Core {
 public:
  static constexpr bool kHasSlabs = kSlabs;

  explicit constexpr Core(Source source) : source_(source) {}

  [[gnu::always_inline]] void* allocate(std::size_t bytes) {
    if (kSlabs && bytes - 1 < Slabs::kMaxObjectBytes) {
      const std::size_t size_class = Slabs::class_for(bytes);
      Slab* slab = slabs_.partial(size_class);
      if (slab == nullptr) slab = add_slab(size_class);
      if (slab != nullptr) return slabs_.take(slab);
    }
    return allocate_block(bytes, kGranuleBytes);
  }

  // With a tag of its own, so that it may have any alignment (a power of two).
  [[gnu::noinline]] void* allocate_block(std::size_t bytes, std::size_t alignment) {
    if (bytes > kMaxRequestBytes - alignment) return exhausted();
    const std::size_t size = block_bytes_for(bytes);
    for (;;) {
      Address block = blocks_.find(size, alignment);
      if (block == 0) {
        if (kSlabs && trim() != 0) continue;
        block = blocks_.find_top(size, alignment);
      }
      if (block != 0)
        return reinterpret_cast<void*>(payload_of(blocks_.take(block, size, alignment)));
      if (!grow(size + alignment)) return exhausted();
    }
  }

  [[gnu::always_inline]] void deallocate(void* address) {
    if (address == nullptr) return;
    Address block = block_of(reinterpret_cast<Address>(address));
    const std::size_t size_class = class_at(address);
    if (size_class != 0) {
      Slab* const empty = slabs_.give(reinterpret_cast<Address>(address), size_class);
      if (empty == nullptr) return;
      block = slabs_.retire(empty);
    }
    blocks_.release(block);
  }

  // Makes the object `bytes` long where it is, or returns false and changes nothing.
  bool resize(void* address, std::size_t bytes) {
    if (bytes > kMaxRequestBytes) return false;
    const std::size_t size_class = class_at(address);
    if (size_class != 0) {
      // An object that would fit in half its place moves to a smaller class.
      const std::size_t usable = Slabs::object_bytes(size_class);
      return bytes <= usable && bytes > usable / 2;
    }
    const Address block = block_of(reinterpret_cast<Address>(address));
    const std::size_t size = block_bytes_for(bytes);
    if (blocks_.resize(block, size)) return true;
    // The last block grows with the heap, unless there is room for it below.
    return block + size_of(block) == blocks_.top() && blocks_.find(size, kGranuleBytes) == 0 &&
           grow(size - size_of(block)) && blocks_.resize(block, size);
  }

  std::size_t usable_size(const void* address) const {
    const std::size_t size_class = class_at(address);
    if (size_class != 0) return Slabs::object_bytes(size_class);
    return size_of(block_of(reinterpret_cast<Address>(address))) - kWordBytes;
  }

  // Joins the empty slabs kept for later with the free blocks. Returns their bytes.
  HEAPLET_COLD std::size_t trim() {
    std::size_t bytes = 0;
    for (std::size_t size_class = 1; size_class <= Slabs::kClassCount; ++size_class) {
      Slab* const slab = slabs_.partial(size_class);
      if (slab == nullptr || slab->used != 0) continue;
      blocks_.release(slabs_.retire(slab));
      bytes += kSlabBytes;
    }
    return bytes;
  }

  const Blocks& blocks() const { return blocks_; }
  const Slabs& slabs() const { return slabs_; }
  const Source& source() const { return source_; }

 private:
  void* exhausted() const {
    Source::on_exhaustion();
    return nullptr;
  }

  std::size_t class_at(const void* address) const {
    return kSlabs ? slabs_.class_at(reinterpret_cast<Address>(address)) : 0;
  }

  HEAPLET_COLD Slab* add_slab(std::size_t size_class) {
    if (blocks_.end() - blocks_.first() < Slabs::kMinHeapBytes) return nullptr;
    void* const memory = allocate_block(kSlabBytes - kWordBytes, kSlabBytes);
    if (memory == nullptr) return nullptr;
    const Address address = reinterpret_cast<Address>(memory);
    if (!slabs_.covers(address) && !extend_map()) {
      blocks_.release(block_of(address));
      return nullptr;
    }
    return slabs_.add(memory, size_class);
  }

  // Makes the map of the slabs, which is a block of the heap itself, reach the heap's end.
  bool extend_map() {
    const Address first = blocks_.first();
    const std::size_t bytes = Slabs::map_bytes_for(first, blocks_.end());
    void* const memory = allocate_block(bytes, kGranuleBytes);
    if (memory == nullptr) return false;
    const Address old = slabs_.move_map(memory, bytes, first);
    if (old != 0) blocks_.release(block_of(old));
    return true;
  }

  // Adds memory to the heap, enough for a block of `size` bytes in the top.
  HEAPLET_COLD bool grow(std::size_t size) {
    const Range range = source_.grow(size + kGrowthOverhead);
    if (range.end == 0) return false;
    blocks_.add(range);
    return true;
  }

  // Alignment of the region's ends, the closing tag, and the least the top keeps.
  static constexpr std::size_t kGrowthOverhead = 2 * kGranuleBytes + kWordBytes + kMinBlockBytes;

  Blocks blocks_{};
  Slabs slabs_{};
  [[no_unique_address]] Source source_;
};

}  // namespace
}  // namespace heaplet::detail
