// SPDX-License-Identifier: MIT
//
// Slabs: small objects without a tag.
//
// Purpose. Most objects of most programs are small; a tag and its rounding cost them a tenth of
// their memory, and joining neighbours most of their time. In a slab they cost neither.
//
// Layout. A slab is a block whose payload is aligned to kSlabBytes (2 KiB on wasm32), cut into
// objects of one size class: class c holds objects of c granules. layout.hpp draws it. A map with
// one byte for every kSlabBytes of the heap holds the class of the slab there, or 0. It lies at the
// very end of the heap and moves up when the heap grows: there it is in nobody's way.
//
//   address ──(>> kSlabShift)──► map: 0 0 0 5 5 1 0 12 ... ──► class; slab = address rounded down
//
//   ┌─ first                             top      end              map_end_
//   ├──────────┬────────┬── ─ ──┬────────┬────────┬────────────────┤
//   │ block    │ slab   │       │ block  │ top    │ map, 1/2048    │
//
// Slabs of a class that have a free object are listed, the latest first; full ones are in no list.
//
// Invariants, checked in validate.hpp.
//   S1  The map holds a class exactly where a slab stands.
//   S2  A slab's free objects and its `used` add up to its capacity.
//   S3  A slab is in the list of its class exactly when it has a free object.
//   S4  A slab has a live object.
//
// Cost. take and give O(1); a slab costs its tag and header (24 bytes of 2,048 on wasm32, with
// the word at its end), what does not divide, and its byte of the map.
//
// Decisions. Empty slabs join the free blocks at once: slabs that only slabs could use again cost
// up to 8 % more, and one kept for each class splits the room that large blocks need. Lest a class
// goes back and forth across a slab's end, its next kReluctance misses are given blocks, which
// return to their quick list. A list of free objects across slabs is a load and a store faster and
// cannot tell which slab is empty. In small heaps sixteen half-empty slabs would be a tenth of all.
// A map among the blocks, wherever it lies, is a wall in a heap that was emptied.
#pragma once

#include <array>

#include "layout.hpp"

namespace heaplet::detail {
namespace {

class Slabs {
 public:
  static constexpr std::size_t kClassCount = 16;
  static constexpr std::size_t kMaxObjectBytes = kClassCount * kGranuleBytes;
  static constexpr std::size_t kMinHeapBytes = 36 * kSlabBytes;

  // `bytes` in 1 .. kMaxObjectBytes.
  static std::size_t class_for(std::size_t bytes) {
    return (bytes + kGranuleBytes - 1) / kGranuleBytes;
  }
  static constexpr std::size_t object_bytes(std::size_t size_class) {
    return size_class * kGranuleBytes;
  }
  static constexpr std::size_t capacity(std::size_t size_class) {
    // NOLINTNEXTLINE(clang-analyzer-core.DivideZero): class 0 is no class.
    return (kSlabBytes - kGranuleBytes - sizeof(Slab)) / object_bytes(size_class);
  }
  // Objects stand at a slab's end; what does not divide is between them and the header.
  static Address objects_end(Address slab) { return slab + kSlabBytes - kGranuleBytes; }
  static Address objects_begin(Address slab, std::size_t size_class) {
    return objects_end(slab) - capacity(size_class) * object_bytes(size_class);
  }

  // The class of the slab at an address of the heap, or 0.
  std::size_t class_at(Address address) const { return *entry_of(address); }

  // A slab of the class that has a free object, or null.
  Slab* partial(std::size_t size_class) const { return partial_[size_class]; }

  // Whether a class that has no free object should get a slab, and not a block.
  bool wants_slab(std::size_t size_class, std::size_t heap_bytes) {
    // The count may wrap: a few blocks more do no harm.
    return heap_bytes >= kMinHeapBytes && misses_[size_class]++ >= kReluctance;
  }

  void* take(Slab* slab) {
    FreeObject* const object = slab->free;
    if (kHardened && !is_object_in(reinterpret_cast<Address>(slab), kSlabBytes, object)) {
      fault(kCorruption, reinterpret_cast<Address>(object));
    }
    // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a listed slab has a free object (S3).
    FreeObject* const next = object->next;
    ++slab->used;
    slab->free = next;
    if constexpr (kHardened) mark_of(object) = 0;
    if (next == nullptr) leave_list(slab);
    return object;
  }

  // Returns the slab when it has no live object any more, or null; pass it to retire().
  Slab* give(Address address, std::size_t size_class) {
    Slab* const slab = slab_at(address);
    auto* const object = reinterpret_cast<FreeObject*>(address);
    FreeObject* const first = slab->free;
    if constexpr (kHardened) {
      // Read before anything is written: is_live() has done so already.
      const std::size_t used = slab->used - 1;
      const bool is_empty = used == used_base();
      link_free(object, first);
      slab->free = object;
      slab->used = used;
      if (is_empty) return slab;
    } else {
      link_free(object, first);
      slab->free = object;
      if (--slab->used == 0) return slab;
    }
    if (first == nullptr) push(list_of(size_class), &slab->links);
    return nullptr;
  }

  // Cuts kSlabBytes of memory, aligned to them, into objects of a class; returns the first.
  void* add(void* memory, std::size_t size_class) {
    auto* const slab = static_cast<Slab*>(memory);
    const Address begin = reinterpret_cast<Address>(memory);
    *entry_of(begin) = static_cast<std::uint8_t>(size_class);
    const std::size_t size = object_bytes(size_class);
    FreeObject* first = nullptr;
    // From the end down, so that the list runs up.
    for (Address at = objects_end(begin) - size; at >= begin + sizeof(Slab); at -= size) {
      auto* const object = reinterpret_cast<FreeObject*>(at);
      link_free(object, first);
      first = object;
    }
    if constexpr (kHardened) first = turn(first, begin, size_class);
    // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a slab has room for 15 objects or more.
    slab->free = first->next;
    slab->used = used_base() + 1;
    if constexpr (kHardened) mark_of(first) = 0;
    push(list_of(size_class), &slab->links);
    return first;
  }

  // Forgets an empty slab; its block, returned, is the caller's to release.
  HEAPLET_COLD Address retire(const Slab* slab) {
    const Address begin = reinterpret_cast<Address>(slab);
    leave_list(slab);
    std::uint8_t* const entry = entry_of(begin);
    misses_[*entry] = 0;
    *entry = 0;
    return block_of(begin);
  }

  // Hardened: whether the address is that of a live object, in a slab of what the map calls its
  // class.
  static bool is_live(Address address, std::size_t size_class) {
    const std::size_t others = used_in(slab_at(address)) - 1;
    return (scaled_place(address, size_class) | others) < kScale &&
           mark_of(reinterpret_cast<const FreeObject*>(address)) != seal_of(address);
  }

  // What is wrong with an address of which that is not so; null, in one of 2^32 cases, when nothing
  // is.
  static const char* fault_at(Address address, std::size_t size_class) {
    if (scaled_place(address, size_class) >= kScale) return kBadFree;
    if (used_in(slab_at(address)) - 1 >= kScale) return kCorruption;
    const auto* const object = reinterpret_cast<const FreeObject*>(address);
    return is_marked_free(address & ~(kSlabBytes - 1), kSlabBytes, object) ? kDoubleFree : nullptr;
  }

  // The map for a heap whose memory ends at `end`: moves up there, from where it was, and leaves
  // zeros behind. Returns where it begins.
  // The entries of new memory are in new memory, which may be `zeroed`.
  Address move_map(Address first, Address end, bool zeroed) {
    const Address old_map = map_;
    const Address old_begin = begin_of_map(first);
    map_ = end - (end >> kSlabShift) - 1;
    Address copied = old_begin + (map_ - old_map);
    if (map_end_ != 0) {
      const std::size_t bytes = map_end_ - old_begin;
      const std::size_t left = copied - old_begin;
      __builtin_memmove(reinterpret_cast<void*>(copied), reinterpret_cast<void*>(old_begin), bytes);
      __builtin_memset(reinterpret_cast<void*>(old_begin), 0, left < bytes ? left : bytes);
      copied += bytes;
    }
    if (!zeroed) __builtin_memset(reinterpret_cast<void*>(copied), 0, end - copied);
    map_end_ = end;
    return begin_of_map(first);
  }

  Address map_end() const { return map_end_; }
  Address begin_of_map(Address first) const {
    return (map_ + (first >> kSlabShift)) & ~(kGranuleBytes - 1);
  }

 private:
  static constexpr std::uint8_t kReluctance = 4;

  static void leave_list(const Slab* slab) {
    if (kHardened && !is_linked(&slab->links)) fault(kCorruption, reinterpret_cast<Address>(slab));
    unlink(&slab->links);
  }

  // Where an object lies in its slab, told by one multiplication: bytes from the end of the objects
  // times a factor of the class, modulo 2^32, less 1. The factor is a little more than 2^32 by the
  // object's size. So a multiple of the size leaves less than kScale where there are objects and
  // more where the slab's header is; anything else leaves a part of 2^32 that is larger.
  static constexpr std::uint32_t kScale = std::uint32_t{1} << 20U;
  static constexpr std::uint32_t scaled(std::size_t bytes, std::uint32_t factor) {
    return static_cast<std::uint32_t>(bytes) * factor - 1;
  }
  static constexpr std::size_t kClassMask = 31;  // the map may be garbage: no object is found then
  using Factors = std::array<std::uint32_t, kClassMask + 1>;
  static constexpr Factors factors() {
    Factors factors{};
    for (std::size_t i = 1; i <= kClassCount; ++i) {
      const std::uint64_t above = (std::uint64_t{1} << 32U) + kScale / capacity(i);
      factors[i] = static_cast<std::uint32_t>(above / object_bytes(i));
    }
    return factors;
  }
  static constexpr bool tell_places(const Factors& factors) {
    for (std::size_t i = 1; i <= kClassCount; ++i) {
      for (std::size_t bytes = 0; bytes < kSlabBytes; bytes += kGranuleBytes) {
        const std::size_t index = bytes / object_bytes(i);
        const bool is_object = bytes % object_bytes(i) == 0 && index - 1 < capacity(i);
        if ((scaled(bytes, factors[i]) < kScale) != is_object) return false;
      }
    }
    return true;
  }

  static std::size_t scaled_place(Address address, std::size_t size_class) {
    static constexpr Factors kFactors = factors();
    static_assert(tell_places(kFactors));
    const std::size_t bytes = (objects_end(0) - address) & (kSlabBytes - 1);
    return scaled(bytes, kFactors[size_class & kClassMask]);
  }

  // Makes the list of a new slab begin anywhere: what comes first is not known beforehand.
  static FreeObject* turn(FreeObject* first, Address slab, std::size_t size_class) {
    // Eight bits in which all of the key's and the address's have a part.
    const std::size_t random =
        seal_of(slab) * std::size_t{0x9E3779B97F4A7C15U & SIZE_MAX} >> (8 * kWordBytes - 8);
    const std::size_t skipped = random * (capacity(size_class) - 1) >> 8;
    const Address middle = reinterpret_cast<Address>(first) + skipped * object_bytes(size_class);
    auto* const last = reinterpret_cast<FreeObject*>(objects_end(slab) - object_bytes(size_class));
    auto* const cut = reinterpret_cast<FreeObject*>(middle);
    FreeObject* const begin = cut->next;
    last->next = first;
    cut->next = nullptr;
    return begin;
  }

  std::uint8_t* entry_of(Address address) const {
    return reinterpret_cast<std::uint8_t*>(map_ + (address >> kSlabShift));
  }

  Links** list_of(std::size_t size_class) {
    return reinterpret_cast<Links**>(&partial_[size_class]);
  }

  Address map_;      // of the entry that address 0 would have
  Address map_end_;  // and of the heap
  Slab* partial_[kClassCount + 1];
  std::uint8_t misses_[kClassCount + 1];  // since a slab of the class was last retired
};

}  // namespace
}  // namespace heaplet::detail
