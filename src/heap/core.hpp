// SPDX-License-Identifier: MIT
//
// Core: what Heap and malloc have in common. Slabs above, blocks below, a region source beneath.
//
//   allocate ─► slab with a free object? ─► quick list of that size? ─►          (the fast path)
//               a new slab or block, from:
//               the bins ─► the quick lists, joined ─► the top ─► the region source
//
// Why a header in an unnamed namespace: malloc.cpp and heap.cpp each get their own copy, in which
// every function is local. For malloc the compiler then knows the heap's address and the region
// source, and folds both into the code. A program that uses both pays for both.
//
// All-zero memory is a valid empty Core: malloc is called before any constructor has run.
#pragma once

#include "blocks.hpp"
#include "quick.hpp"
#include "slabs.hpp"

namespace heaplet::detail {
namespace {

// Source: `Range grow(std::size_t bytes)`, {0, 0} when there is nothing left; `Address next()`,
// where the next range is expected to begin; `static constexpr bool kContinues`, whether it begins
// there indeed, and `kZeroed`, whether it is zero; `static void on_exhaustion()`, called before
// null is returned. kTiny leaves slabs and quick lists out, for the smallest code.
template <class Source, bool kTiny = false>
class Core {
 public:
  static constexpr bool kCaches = !kTiny;

  explicit constexpr Core(Source source) : source_(source) {}

  [[gnu::always_inline]] void* allocate(std::size_t bytes) {
    if (kCaches && bytes - 1 < Slabs::kMaxObjectBytes) {
      Slab* const slab = slabs_.partial(Slabs::class_for(bytes));
      if (slab != nullptr) return slabs_.take(slab);
    }
    const std::size_t list = QuickLists::list_for(bytes);
    if (kCaches && list < QuickLists::kCount) {
      void* const address = quick_.take(list, blocks_.top());
      if (address != nullptr) return address;
    }
    return allocate_slowly(bytes);
  }

  // With a tag of its own, so that it may have any alignment (a power of two).
  [[gnu::noinline]] void* allocate_block(std::size_t bytes, std::size_t alignment) {
    if (bytes <= kMaxRequestBytes - alignment) {
      const std::size_t size = block_bytes_for(bytes);
      if (size >= QuickLists::kFlushRequestBytes) trim();
      for (;;) {
        Address block = blocks_.find(size, alignment);
        if (block == 0) {
          if (trim()) continue;
          block = blocks_.find_top(size, alignment);
        }
        if (block != 0) {
          return reinterpret_cast<void*>(payload_of(blocks_.take(block, size, alignment)));
        }
        if (!grow(size + alignment)) break;
      }
    }
    Source::on_exhaustion();
    return nullptr;
  }

  [[gnu::always_inline]] void deallocate(void* address) {
    if (address == nullptr) return;
    Address block = block_of(reinterpret_cast<Address>(address));
    const std::size_t size_class = class_at(address);
    if (size_class != 0) {
      if (kHardened && !Slabs::is_live(reinterpret_cast<Address>(address), size_class)) {
        suspect(address);
      }
      Slab* const empty = slabs_.give(reinterpret_cast<Address>(address), size_class);
      if (empty == nullptr) return;
      block = slabs_.retire(empty);
    } else if (kCaches) {
      const std::size_t list = QuickLists::list_of(block);
      if (list < QuickLists::kCount && quick_.give(block, list)) return;
    }
    release(block);
  }

  // Makes the object `bytes` long where it is, or returns false and changes nothing.
  bool resize(void* address, std::size_t bytes) {
    if (bytes > kMaxRequestBytes) return false;
    const std::size_t size_class = identify(address);
    if (size_class != 0) {
      // An object that would fit in half its place moves to a smaller class.
      const std::size_t usable = Slabs::object_bytes(size_class);
      return bytes <= usable && bytes > usable / 2;
    }
    const Address block = block_of(reinterpret_cast<Address>(address));
    const std::size_t size = block_bytes_for(bytes);
    if (size >= QuickLists::kFlushRequestBytes) trim();
    if (blocks_.resize(block, size)) return true;
    // The last block grows with the heap, unless a free block below is certain to hold it.
    return block + size_of(block) == blocks_.top() && !blocks_.bins().has_larger(size) &&
           grow(size - size_of(block)) && blocks_.resize(block, size);
  }

  [[gnu::noinline]] std::size_t usable_size(const void* address) const {
    const std::size_t size_class = identify(address);
    if (size_class != 0) return Slabs::object_bytes(size_class);
    return size_of(block_of(reinterpret_cast<Address>(address))) - kWordBytes;
  }

  // Joins what the quick lists hold with the free blocks. Whether that was anything.
  HEAPLET_COLD bool trim() {
    return kCaches &&
           quick_.flush(blocks_.top(), [this](Address block) { blocks_.release(block); });
  }

  const Blocks& blocks() const { return blocks_; }
  const QuickLists& quick() const { return quick_; }
  const Slabs& slabs() const { return slabs_; }
  std::size_t map_bytes() const { return slabs_.map_end() - slabs_.begin_of_map(blocks_.first()); }
  const Source& source() const { return source_; }

 private:
  // The class of the slab that an object is in, or 0: it is a block. What is read for an address
  // outside of the heap may be anything.
  std::size_t class_at(const void* address) const {
    return kCaches ? slabs_.class_at(reinterpret_cast<Address>(address)) : 0;
  }

  // The same for an address that must be that of a live object or block: a hardened build ends the
  // program where it is not.
  std::size_t identify(const void* address) const {
    const std::size_t size_class = class_at(address);
    const Address at = reinterpret_cast<Address>(address);
    if (kHardened &&
        !(size_class != 0 ? Slabs::is_live(at, size_class) : blocks_.is_live(block_of(at)))) {
      suspect(address);
    }
    return size_class;
  }

  // Hardened: ends the program, for an address that does not look like that of something live.
  HEAPLET_COLD void suspect(const void* address) const {
    const Address at = reinterpret_cast<Address>(address);
    if (!blocks_.reaches(block_of(at))) fault(kForeignFree, at);
    if (at % kGranuleBytes != 0) fault(kMisalignedFree, at);
    const std::size_t size_class = class_at(address);
    const char* kind = kBadFree;
    std::size_t size = 0;
    if (size_class != 0) {
      kind = Slabs::fault_at(at, size_class);
      if (kind == nullptr) return;
      if (kind != kBadFree) size = Slabs::object_bytes(size_class);
    } else if (QuickLists::is_listed(block_of(at)) || blocks_.is_free(block_of(at))) {
      kind = kDoubleFree;
      size = size_of(block_of(at));
    }
    fault(kind, at, size);
  }

  // What no list has: a block, or the first object of a new slab.
  HEAPLET_COLD void* allocate_slowly(std::size_t bytes) {
    if (kCaches && bytes - 1 < Slabs::kMaxObjectBytes) {
      const std::size_t size_class = Slabs::class_for(bytes);
      if (slabs_.wants_slab(size_class, blocks_.high_water() - blocks_.first())) {
        void* const memory = allocate_block(kSlabBytes - kWordBytes, kSlabBytes);
        if (memory != nullptr) return slabs_.add(memory, size_class);
      }
    }
    return allocate_block(bytes, kGranuleBytes);
  }

  [[gnu::always_inline]] void release(Address block) {
    if (kHardened && !blocks_.is_live(block)) suspect(reinterpret_cast<void*>(payload_of(block)));
    if (blocks_.release(block) >= QuickLists::kFlushJoinedBytes) trim();
  }

  // Adds memory to the heap, so much that the top has room for `size` bytes: only what it lacks, if
  // the new memory will continue it. The slabs' map lies at the heap's end and moves up with it.
  HEAPLET_COLD bool grow(std::size_t size) {
    const Address next = source_.next();
    const Address limit = kCaches ? slabs_.map_end() : payload_of(blocks_.end());
    const bool continues = Source::kContinues && next == limit;
    const Address end = (continues ? blocks_.top() : next) + size;
    const Address first = blocks_.first() == 0 ? next : blocks_.first();
    const std::size_t map_bytes = kCaches ? (end - first) >> kSlabShift : 0;
    Range range = source_.grow(end + map_bytes + kGrowthOverhead - next);
    if (range.end == 0) return false;
    range.end &= ~(kGranuleBytes - 1);
    if (blocks_.first() == 0) {
      if (kHardened) draw_seal_key();
      blocks_.begin_at(range.begin);
    }
    if (kCaches) range.end = slabs_.move_map(blocks_.first(), range.end, Source::kZeroed);
    blocks_.add(range, limit);
    return true;
  }

  // Alignment of the region's ends and of the map, a granule of the map for a gap, the closing
  // tag, and the least the top keeps.
  static constexpr std::size_t kGrowthOverhead = 6 * kGranuleBytes + kWordBytes + kMinBlockBytes;

  Blocks blocks_{};
  QuickLists quick_{};
  Slabs slabs_{};
  [[no_unique_address]] Source source_;
};

}  // namespace
}  // namespace heaplet::detail
