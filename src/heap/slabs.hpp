// SPDX-License-Identifier: MIT
//
// Slabs: small objects without a tag.
//
// Purpose. Most objects of most programs are small; a tag and its rounding cost them a tenth of
// their memory, and joining neighbours most of their time. In a slab they cost neither.
//
// Layout. A slab is a block whose payload is aligned to kSlabBytes (2 KiB on wasm32), cut into
// objects of one size class: class c holds objects of c granules. layout.hpp draws it. A map with
// one byte for every kSlabBytes of the heap holds the class of the slab there, or 0.
//
//   address ──(>> kSlabShift)──► map: 0 0 0 5 5 1 0 12 ... ──► class ──► slab = address rounded
//   down
//
// Slabs of a class that have a free object are listed, the latest first; full ones are in no list.
//
// Invariants, checked in validate.hpp.
//   S1  The map holds a class exactly where a slab stands.
//   S2  A slab's free objects and its `used` add up to its capacity.
//   S3  A slab is in the list of its class exactly when it has a free object.
//   S4  A slab without a live object is alone in its list.
//
// Cost. take and give O(1); a slab costs its tag and header (20 bytes of 2,048 on wasm32), what
// does not divide, and its byte of the map.
//
// Decisions. Empty slabs join the free blocks at once, but for one a class, which trim() takes when
// memory is short: slabs that only slabs could use again cost up to 8 % more. A list of free
// objects across slabs (no count, no header to touch) is a load and a store faster and cannot tell
// which slab is empty. Heaps below kMinHeapBytes have no slabs: sixteen half-empty ones would be a
// tenth of them.
#pragma once

#include "layout.hpp"

namespace heaplet::detail {
namespace {

class Slabs {
 public:
  static constexpr std::size_t kClassCount = 16;
  static constexpr std::size_t kMaxObjectBytes = kClassCount * kGranuleBytes;
  static constexpr std::size_t kMinHeapBytes = 128 * kSlabBytes;

  // `bytes` in 1 .. kMaxObjectBytes.
  static std::size_t class_for(std::size_t bytes) {
    return (bytes + kGranuleBytes - 1) / kGranuleBytes;
  }
  static std::size_t object_bytes(std::size_t size_class) { return size_class * kGranuleBytes; }
  static std::size_t capacity(std::size_t size_class) {
    // NOLINTNEXTLINE(clang-analyzer-core.DivideZero): class 0 is no class.
    return (kSlabBytes - kWordBytes - sizeof(Slab)) / object_bytes(size_class);
  }

  // The class of the slab at an address of the heap, or 0.
  std::size_t class_at(Address address) const { return covers(address) ? *entry_of(address) : 0; }

  // A slab of the class that has a free object, or null.
  Slab* partial(std::size_t size_class) const { return partial_[size_class]; }

  void* take(Slab* slab) {
    FreeObject* const object = slab->free;
    // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a listed slab has a free object (S3).
    FreeObject* const next = object->next;
    ++slab->used;
    slab->free = next;
    if (next == nullptr) unlink(&slab->links);
    return object;
  }

  // Returns a slab that has become superfluous, or null; pass it to retire().
  Slab* give(Address address, std::size_t size_class) {
    Slab* const slab = slab_at(address);
    auto* const object = reinterpret_cast<FreeObject*>(address);
    FreeObject* const first = slab->free;
    object->next = first;
    slab->free = object;
    --slab->used;
    if (first != nullptr && slab->used != 0) return nullptr;
    return relist(slab, size_class, first == nullptr);
  }

  // Cuts kSlabBytes of memory, aligned to them, into objects of a class.
  Slab* add(void* memory, std::size_t size_class) {
    auto* const slab = static_cast<Slab*>(memory);
    const Address begin = reinterpret_cast<Address>(memory);
    *entry_of(begin) = static_cast<std::uint8_t>(size_class);
    const std::size_t size = object_bytes(size_class);
    const Address last = block_of(begin + kSlabBytes) - size;
    FreeObject** link = &slab->free;
    for (Address object = begin + sizeof(Slab); object <= last; object += size) {
      *link = reinterpret_cast<FreeObject*>(object);
      link = &(*link)->next;
    }
    *link = nullptr;
    slab->used = 0;
    push(list_of(size_class), &slab->links);
    return slab;
  }

  // Forgets an empty slab; its block, returned, is the caller's to release.
  HEAPLET_COLD Address retire(const Slab* slab) {
    const Address begin = reinterpret_cast<Address>(slab);
    unlink(&slab->links);
    *entry_of(begin) = 0;
    return block_of(begin);
  }

  // Bytes of a map for a heap that reaches from `first` to `end`, with room to double.
  static std::size_t map_bytes_for(Address first, Address end) {
    return ((end - first) >> (kSlabShift - 1)) + kMinMapBytes;
  }

  // Whether the map, which grows with the slabs and not with the heap, reaches an address.
  bool covers(Address address) const { return address < covered_; }

  // Moves the map to new memory; returns the payload of the old one, or 0.
  Address move_map(void* memory, std::size_t bytes, Address first) {
    const std::size_t bias = first >> kSlabShift;
    const Address old = map_ + bias;
    const std::size_t old_bytes = covered_ == 0 ? 0 : (covered_ >> kSlabShift) - bias;
    map_ = reinterpret_cast<Address>(memory) - bias;
    // A multiple of kSlabBytes, so that a slab is covered whole; the last one if that wraps.
    covered_ = (bias + bytes) << kSlabShift;
    if (covered_ < first) covered_ = 0 - kSlabBytes;
    __builtin_memset(memory, 0, bytes);
    if (old_bytes == 0) return 0;
    __builtin_memcpy(memory, reinterpret_cast<void*>(old), old_bytes);
    return old;
  }

  Address map(Address first) const { return map_ + (first >> kSlabShift); }

 private:
  static constexpr std::size_t kMinMapBytes = 256;

  std::uint8_t* entry_of(Address address) const {
    return reinterpret_cast<std::uint8_t*>(map_ + (address >> kSlabShift));
  }

  Links** list_of(std::size_t size_class) {
    return reinterpret_cast<Links**>(&partial_[size_class]);
  }

  // After a free that changed more than a count: keeps S3 and S4.
  HEAPLET_COLD Slab* relist(Slab* slab, std::size_t size_class, bool was_full) {
    if (was_full) {
      push(list_of(size_class), &slab->links);
      slab = reinterpret_cast<Slab*>(slab->links.next);
      return slab != nullptr && slab->used == 0 ? slab : nullptr;
    }
    return slab->links.next == nullptr && partial_[size_class] == slab ? nullptr : slab;
  }

  Address map_;      // of the entry that address 0 would have
  Address covered_;  // the map reaches up to here
  Slab* partial_[kClassCount + 1];
};

}  // namespace
}  // namespace heaplet::detail
