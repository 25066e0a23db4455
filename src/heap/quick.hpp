// SPDX-License-Identifier: MIT
//
// QuickLists: blocks that were freed a moment ago, as they are, for the next request of their size.
//
// Purpose. Programs free and allocate the same sizes over and over. Joining such a block with its
// neighbours and cutting it out again is most of what a heap of tags spends its time on.
//
// Layout. One list a size, of at most kDepth blocks, which keep their tags as if they were in use.
// How many there are fits into the bits that an address leaves free, so that a list is one word,
// and the first word of a listed block is the list as it was before:
//
//   lists_[k] ──► ┌─────────────┬─┐     ┌──────┬─────────────┬─┬────────
//                 │ address     │2│ ──► │ tag  │ address     │1│ ──► ...
//                 └─────────────┴─┘     └──────┴─────────────┴─┴────────
//
// Invariants, checked in validate.hpp.
//   Q1  A listed block is in use by its tag, and of its list's size.
//   Q2  A list counts right, and one that holds a block has its bit set. (So may an empty one.)
//
// Cost. take and give: a load, a store and a branch or two. flush: what it finds, at most kDepth
// blocks a list, 7 x 63 on wasm32; a mask says which lists to look at.
//
// Decisions. Held-back blocks cost memory when they split the room that something large needs. They
// are flushed before the heap would take new memory for anything, before a large request is
// searched, and when a large free block comes about (glibc's rule). Without the last, a heap drifts
// from pass to pass (docs/DESIGN.md has the figures).
#pragma once

#include "layout.hpp"

namespace heaplet::detail {
namespace {

class QuickLists {
 public:
  static constexpr std::size_t kCount = 64;
  static constexpr std::size_t kDepth = 7;
  // Free blocks of this size that come about, and requests, flush the lists.
  static constexpr std::size_t kFlushJoinedBytes = 2048 * kGranuleBytes;
  static constexpr std::size_t kFlushRequestBytes = 4 * kFlushJoinedBytes;

  // The list of blocks that a request is given, or one that does not exist.
  static std::size_t list_for(std::size_t bytes) {
    const std::size_t least = kMinBlockBytes - kWordBytes;
    return ((bytes < least ? least : bytes) + kWordBytes + kGranuleBytes - 1) / kGranuleBytes;
  }
  static std::size_t list_of(Address block) {
    if constexpr (kHardened) {
      // A tag that is not that of a block in use comes out larger than any list.
      return std::rotr((turned_tag_of(block) & turned(~kPreviousInUse)) ^ turned(kInUse),
                       8 + std::countr_zero(kGranuleBytes));
    }
    return tag_of(block) / kGranuleBytes;
  }

  // Hardened: whether a block's tag says that a list holds it.
  static bool is_listed(Address block) {
    const std::size_t tag = tag_of(block);
    return (tag & kTaken) == kListed && tag / kGranuleBytes < kCount;
  }

  // A block's payload, or null. `limit`: where the heap's blocks end.
  void* take(std::size_t list, [[maybe_unused]] Address limit) {
    const Word entry = lists_[list];
    if (entry == 0) return nullptr;
    const Address address = entry & ~kCountMask;
    if constexpr (kHardened) {
      const std::size_t wanted = (list * kGranuleBytes | kListed) << 8;
      if (address >= limit ||
          (turned_tag_of(block_of(address)) & turned(~kPreviousInUse)) != wanted) {
        fault(kCorruption, address);
      }
      tag_of(block_of(address)) ^= kListed | kInUse;
    }
    lists_[list] = entry_at(address);
    return reinterpret_cast<void*>(address);
  }

  // False, and nothing is done, when the list is full.
  bool give(Address block, std::size_t list) {
    const Word entry = lists_[list];
    const std::size_t count = entry & kCountMask;
    if (count == kDepth) return false;
    const Address address = payload_of(block);
    entry_at(address) = entry;
    if constexpr (kHardened) tag_of(block) ^= kListed | kInUse;
    lists_[list] = address + count + 1;
    used_ |= std::uint64_t{1} << list;
    return true;
  }

  bool marked(std::size_t list) const { return (used_ >> list & 1) != 0; }

  // Calls release(block) for every block. Whether there may have been one.
  template <class Release>
  bool flush(Address limit, Release release) {
    if (used_ == 0) return false;
    while (used_ != 0) {
      const auto list = static_cast<unsigned>(std::countr_zero(used_));
      used_ &= used_ - 1;
      while (void* const address = take(list, limit)) {
        release(block_of(reinterpret_cast<Address>(address)));
      }
    }
    return true;
  }

  std::size_t count(std::size_t list) const { return lists_[list] & kCountMask; }
  // Calls visit(payload) for what a list holds, until visit returns true. Whether it did.
  template <class Visit>
  bool any_in(std::size_t list, Visit visit) const {
    for (Word entry = lists_[list]; entry != 0;) {
      const Address address = entry & ~kCountMask;
      if (visit(address, entry & kCountMask)) return true;
      entry = entry_at(address);
    }
    return false;
  }

 private:
  static constexpr std::size_t kCountMask = kGranuleBytes - 1;
  static_assert(kDepth <= kCountMask);

  // The list as it was before the block there was put on it.
  static Tag& entry_at(Address address) { return *reinterpret_cast<Tag*>(address); }

  std::uint64_t used_;
  Word lists_[kCount];
};

}  // namespace
}  // namespace heaplet::detail
