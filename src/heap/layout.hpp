// SPDX-License-Identifier: MIT
//
// Layout: every structure the heap keeps in the memory it manages, drawn next to its definition.
// Nothing outside this file adds an offset to an address.
//
// The unit of everything is the word (a pointer: 4 bytes on wasm32, 8 on 64-bit hosts) and the
// granule (two words), which is also the alignment of every address handed out.
//
//   A block in use                        A free block
//   ┌──────┬───────────────────────┐      ┌──────┬──────┬──────┬─────── ─ ─ ──┬──────┐
//   │ tag  │ payload               │      │ tag  │ next │ prev │              │ size │
//   └──────┴───────────────────────┘      └──────┴──────┴──────┴─────── ─ ─ ──┴──────┘
//   0      1 word                size     0      1      2      3         size - 1 word
//          ▲ granule-aligned
//
// The tag is the size in bytes (tag and all, a multiple of the granule) plus two bits. A free
// block repeats its size in its last word, where the block above finds it; a block in use lends
// that word to its owner. Cost: one word an object.
//
//   A slab: one block of kSlabBytes whose payload is aligned to kSlabBytes, cut into objects of one
//   size that carry no tag at all.
//
//        U - 1 word   U                                                       U + kSlabBytes
//   ─ ──┬────────────┬──────┬──────┬───────┬───────┬── ─┬────────┬─ ─┬────────┬─┬────────────┬─ ─
//       │ tag        │ next │ back │ free  │ used  │rest│ object │   │ object │ │ tag        │
//   ─ ──┴────────────┴──────┴──────┴───────┴───────┴── ─┴────────┴─ ─┴────────┴─┴────────────┴─ ─
//                                                                   one word ┘  of the next block
//
// Because the slab ends one word early, the tag of the next block falls just below the next
// multiple of kSlabBytes: neighbouring slabs touch, and no byte between them is lost.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "hardening.hpp"

// Off the hot path: compiled for size, whatever the rest is compiled for.
#if defined(__clang__)
#define HEAPLET_COLD [[gnu::noinline, gnu::cold, clang::minsize]]
#else
#define HEAPLET_COLD [[gnu::noinline, gnu::cold]]
#endif

namespace heaplet::detail {

using Address = std::uintptr_t;

// Words of the heap are read through this type; the same memory was or will be the user's objects.
using Word [[gnu::may_alias]] = std::size_t;

inline constexpr std::size_t kWordBytes = sizeof(std::size_t);
inline constexpr std::size_t kGranuleBytes = 2 * kWordBytes;
inline constexpr std::size_t kMinBlockBytes = 4 * kWordBytes;

// No request may come near the size of the address space: every sum of a few sizes then fits.
inline constexpr std::size_t kMaxRequestBytes = SIZE_MAX - (SIZE_MAX >> 6);

inline constexpr std::size_t kInUse = 1;
inline constexpr std::size_t kPreviousInUse = 2;
inline constexpr std::size_t kForeign = 4;  // memory of somebody else, stepped over
inline constexpr std::size_t kTagBits = kInUse | kPreviousInUse | kForeign;

static_assert(std::has_single_bit(kWordBytes));
static_assert(kTagBits < kGranuleBytes,
              "sizes are multiples of the granule and leave the bits free");

// What follows differs in a hardened build, so each source file has its own.
namespace {

// What a hardened build seals, by its place in memory. It keeps a listed block's tag as kForeign
// alone.
#if HEAPLET_HARDENED
template <class T>
using Sealable = Sealed<T>;
using Tag = Sealed<std::size_t>;
inline constexpr std::size_t kTaken = kInUse | kForeign;
inline constexpr std::size_t kListed = kForeign;
#else
template <class T>
using Sealable = T;
using Tag = Word;
inline constexpr std::size_t kTaken = kInUse;
inline constexpr std::size_t kListed = kInUse;
#endif

inline Word& word_at(Address address) { return *reinterpret_cast<Word*>(address); }

inline std::size_t align_up(std::size_t value, std::size_t alignment) {
  return (value + alignment - 1) & ~(alignment - 1);
}

// A block is named by the address of its tag.
inline Address payload_of(Address block) { return block + kWordBytes; }
inline Address block_of(Address payload) { return payload - kWordBytes; }
inline Tag& tag_of(Address block) { return *reinterpret_cast<Tag*>(block); }
// Hardened: turned as it is kept, for a comparison with what is.
inline std::size_t turned_tag_of(Address block) { return word_at(block) ^ seal_of(block); }
inline std::size_t size_of(Address block) { return tag_of(block) & ~kTagBits; }
inline bool in_use(Address block) { return (tag_of(block) & kTaken) != 0; }
inline bool is_foreign(Address block) {
  return (tag_of(block) & (kInUse | kForeign)) == (kInUse | kForeign);
}
inline bool previous_in_use(Address block) { return (tag_of(block) & kPreviousInUse) != 0; }
// Only while the block below is free.
inline Tag& size_of_previous(Address block) { return tag_of(block - kWordBytes); }

// What a request costs as a block.
inline std::size_t block_bytes_for(std::size_t bytes) {
  const std::size_t size = align_up(bytes + kWordBytes, kGranuleBytes);
  return size < kMinBlockBytes ? kMinBlockBytes : size;
}

// The links of a free block, at the start of its payload, and of a slab that has a free object.
// `back` is the address of the pointer that points here (a list's head or another's `next`), so
// that leaving a list needs neither a search nor the list.
struct [[gnu::may_alias]] Links {
  Links* next;
  Links** back;
};
static_assert(kWordBytes + sizeof(Links) + kWordBytes == kMinBlockBytes,
              "tag, links and the repeated size fill the smallest block exactly");

inline Links* links_of(Address block) { return reinterpret_cast<Links*>(payload_of(block)); }
inline Address block_of(const Links* links) { return block_of(reinterpret_cast<Address>(links)); }

inline void push(Links** head, Links* links) {
  Links* const first = *head;
  links->next = first;
  links->back = head;
  if (first != nullptr) first->back = &links->next;
  *head = links;
}

// Whether both neighbours in the list agree.
inline bool is_linked(const Links* links) {
  return *links->back == links && (links->next == nullptr || links->next->back == &links->next);
}

inline void unlink(const Links* links) {
  *links->back = links->next;
  if (links->next != nullptr) links->next->back = links->back;
}

// The link of a free object in a slab: all that the smallest object has room for.
struct [[gnu::may_alias]] FreeObject {
  Sealable<FreeObject*> next;
};

// The second word of an object in a hardened build: its seal while it is free.
inline Word& mark_of(const FreeObject* object) {
  return word_at(reinterpret_cast<Address>(object) + kWordBytes);
}

// Makes an object free, and `next` the one behind it.
inline void link_free(FreeObject* object, FreeObject* next) {
#if HEAPLET_HARDENED
  const std::size_t seal = seal_of(reinterpret_cast<Address>(object));
  mark_of(object) = seal;
  word_at(reinterpret_cast<Address>(object)) = turned(reinterpret_cast<Address>(next)) ^ seal;
#else
  object->next = next;
#endif
}

// In `bytes` of memory aligned to them, a power of two, as an object there has to be.
inline bool is_object_in(Address memory, std::size_t bytes, const FreeObject* object) {
  return ((memory ^ reinterpret_cast<Address>(object)) & ~(bytes - kGranuleBytes)) == 0;
}

// Whether an object was freed and not written since: the mark alone would be met by chance some
// day.
inline bool is_marked_free(Address memory, std::size_t bytes, const FreeObject* object) {
  if (mark_of(object) != seal_of(reinterpret_cast<Address>(object))) return false;
  const FreeObject* const next = object->next;
  return next == nullptr || is_object_in(memory, bytes, next);
}

struct [[gnu::may_alias]] Slab {
  Links links;       // among the slabs of its class that have a free object
  FreeObject* free;  // its free objects
  std::size_t used;  // objects handed out, and used_base()
};

inline std::size_t used_base() { return kHardened ? seal_key : 0; }
inline std::size_t used_in(const Slab* slab) { return slab->used - used_base(); }

inline constexpr std::size_t kSlabBytes = 512 * kWordBytes;
inline constexpr int kSlabShift = std::countr_zero(kSlabBytes);

static_assert(std::has_single_bit(kSlabBytes));
static_assert(sizeof(Slab) % kGranuleBytes == 0, "objects start granule-aligned");

inline Slab* slab_at(Address object) { return reinterpret_cast<Slab*>(object & ~(kSlabBytes - 1)); }

}  // namespace
}  // namespace heaplet::detail
