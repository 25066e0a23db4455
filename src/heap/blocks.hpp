// SPDX-License-Identifier: MIT
//
// Blocks: boundary tags over a range of memory that only grows, with a top that is used last.
//
//   first                                                          top          end
//   ┌──────┬───────────┬──────────┬───────────────┬──────┬─────────┬────────────┐
//   │ free │ in use    │ free     │ foreign       │ free │ in use  │ the top    │
//   └──────┴───────────┴──────────┴───────────────┴──────┴─────────┴────────────┘
//                                 memory that somebody else
//                                 took between two growths
//
// The top is a free block, and tagged like one, that is in no bin and keeps nothing in its payload:
// memory above the high-water mark is as the region source gave it. It may be empty. It is used
// only when no bin has a block, or the heap would climb while holes below stay open.
//
// Invariants, checked in validate.hpp.
//   K1  Blocks cover [first, end) without a gap; each size is a multiple of the granule.
//   K2  No two neighbours are both free.
//   K3  A block's kPreviousInUse says whether the one below it is in use.
//   K4  A free block repeats its size in its last word (the top does not).
//
// Cost. One word a block. allocate: one search of the bins; release: at most two neighbours.
//
// Decisions. What is released is joined at once: a block that waits unjoined splits the room around
// it. Which blocks may wait nevertheless, and for how long, is decided in front (quick.hpp).
// release and make_free stay out of line: inlined wherever they are called, they make malloc's
// family a third larger and the recorded traces 1 to 3 % faster.
#pragma once

#include "bins.hpp"

namespace heaplet::detail {
namespace {

struct Range {
  Address begin;
  Address end;
};

class Blocks {
 public:
  // A free block that can hold `size` bytes (from block_bytes_for) with its payload aligned; 0 if
  // there is none. take() makes use of it.
  Address find(std::size_t size, std::size_t alignment) {
    return bins_.find(size, alignment, top_);
  }

  // The top, if it is as large as that; it never shrinks below the smallest block.
  Address find_top(std::size_t size, std::size_t alignment) const {
    const Address top = top_;
    const std::size_t wanted = Bins::gap_before(top, alignment) + size + kMinBlockBytes;
    return end_ - top < wanted ? 0 : top;
  }

  Address take(Address block, std::size_t size, std::size_t alignment) {
    const Address begin = block;
    const Address limit = claim(block);
    if (kHardened && limit == block) fault(kCorruption, payload_of(block));  // not free
    block += Bins::gap_before(begin, alignment);
    cut(block, limit, size, kPreviousInUse);
    if (block != begin) make_free(begin, block);
    return block;
  }

  // Frees a block, joined with what is free on either side. Returns the bytes of the whole.
  [[gnu::noinline]] std::size_t release(Address block) {
    Address end = block + size_of(block);
    if (kHardened && !previous_in_use(end)) fault(kCorruption, payload_of(block));
    if (!previous_in_use(block)) {
      const Address freed = block;
      block -= size_of_previous(freed);
      if constexpr (kHardened) {
        if (!reaches(block) || leave_bin(block) != freed) fault(kCorruption, payload_of(block));
        tag_of(freed) = 0;
      } else {
        unlink(links_of(block));
      }
    }
    const Address above = end;
    end = claim(above);
    if (kHardened && end != above) tag_of(above) = 0;
    make_free(block, end);
    return end - block;
  }

  // Makes a block `size` bytes where it stands, if the free memory above it allows. (Sizes are
  // compared and not ends, which may lie past the end of the address space.)
  bool resize(Address block, std::size_t size) {
    const Address above = block + size_of(block);
    const std::size_t room = limit_of(above) - block;
    if (above == top_ ? size > room - kMinBlockBytes : size > room) return false;
    const Address limit = claim(above);
    if (kHardened && limit != above) tag_of(above) = 0;
    cut(block, limit, size, tag_of(block) & kPreviousInUse);
    return true;
  }

  // The end of the free memory that starts at a block's end.
  Address limit_of(Address above) const {
    if (kHardened && above == top_) return end_;  // the top's tag may have been overwritten
    return in_use(above) ? above : above + size_of(above);
  }

  // Before the first range is added, which begins there.
  void begin_at(Address begin) { first_ = first_in(begin); }

  // Adds memory, which lies above all there was and may continue it. `limit` is where that ended,
  // the heap's own data above the last block included, which is now used for blocks.
  void add(Range range, Address limit) {
    const Address old_top = top_;
    end_ = block_of(range.end);
    if (range.begin == limit) {
      mark_top(old_top);
      return;
    }
    const Address begin = first_in(range.begin);
    mark_top(begin);
    if (old_top == 0) return;
    const Address gap = block_of(limit);
    tag_of(gap) = (begin - gap) | kInUse | kForeign;
    make_free(old_top, gap);
  }

  // The first block of a region that begins there.
  static Address first_in(Address begin) {
    return block_of(align_up(payload_of(begin), kGranuleBytes));
  }

  // Hardened: whether a block is there that is in use, and in no quick list.
  bool is_live(Address block) const {
    const std::size_t tag = tag_of(block);
    // (Where it is not in the heap at all, this is met by as few sizes as where it is.)
    const std::size_t end = block - first_ + (tag & ~kTagBits);
    return (tag & (kInUse | kForeign)) == kInUse && end <= top_ - first_;
  }

  // Whether there can be a block.
  bool reaches(Address block) const { return block - first_ < end_ - first_; }

  // Hardened: whether a free block is there: its tag and the size below the next block agree.
  bool is_free(Address block) const {
    const std::size_t tag = tag_of(block);
    const std::size_t size = tag - kPreviousInUse;
    if (block == top_ || tag == 0) return true;  // or it was joined with a neighbour
    return (tag & kTagBits) == kPreviousInUse && size <= top_ - block &&
           size_of_previous(block + size) == size;
  }

  Address first() const { return first_; }
  Address top() const { return top_; }
  Address end() const { return end_; }
  // Nothing at or above was ever handed out; but for the top's tag it was never written.
  Address high_water() const { return high_water_; }
  const Bins& bins() const { return bins_; }

 private:
  // Takes the free block above out of its bin, if there is one; returns where it ends.
  Address claim(Address above) {
    if constexpr (kHardened) {
      if (above == top_) return end_;
      return in_use(above) ? above : leave_bin(above);
    }
    if (above != top_ && !in_use(above)) unlink(links_of(above));
    return limit_of(above);
  }

  // Hardened: takes a free block below the top out of its bin; returns where it ends.
  [[gnu::noinline]] Address leave_bin(Address block) {
    const std::size_t tag = tag_of(block);
    const std::size_t size = tag - kPreviousInUse;
    const Links* const links = links_of(block);
    if ((tag & kTagBits) != kPreviousInUse || size > top_ - block || !is_in_bin(links)) {
      fault(kCorruption, payload_of(block));
    }
    unlink(links);
    return block + size;
  }

  // Hardened: whether the links of a free block lead to where there is memory, and back.
  bool is_in_bin(const Links* links) const {
    const auto next = reinterpret_cast<Address>(links->next);
    const auto back = reinterpret_cast<Address>(links->back);
    return next < end_ && (back < end_ || bins_.has_head(back)) && is_linked(links);
  }

  // [begin, end) becomes one free block. Its neighbours are in use.
  [[gnu::noinline]] void make_free(Address begin, Address end) {
    if (end == end_) {
      mark_top(begin);
      return;
    }
    const std::size_t size = end - begin;
    tag_of(begin) = size | kPreviousInUse;
    size_of_previous(end) = size;
    tag_of(end) &= ~kPreviousInUse;
    bins_.insert(begin, size);
  }

  void mark_top(Address top) {
    top_ = top;
    if (high_water_ < top) high_water_ = top;
    tag_of(top) = (end_ - top) | kPreviousInUse;
  }

  // Puts a block of `size` bytes at the start of [block, limit) and frees the rest; a rest too
  // small to be a block stays with it.
  void cut(Address block, Address limit, std::size_t size, std::size_t previous) {
    Address above = block + size;
    if (limit - above < kMinBlockBytes) above = limit;
    tag_of(block) = (above - block) | kInUse | previous;
    if (above == limit) {
      tag_of(above) |= kPreviousInUse;
    } else {
      make_free(above, limit);
    }
  }

  Bins bins_;
  Address first_;
  Address top_;
  Address end_;  // one word below the end of memory: the top's tag, when it is empty, is here
  Address high_water_;
};

}  // namespace
}  // namespace heaplet::detail
