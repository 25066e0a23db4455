// SPDX-License-Identifier: MIT
//
// Bins: the free blocks, in 64 lists by size.
//
// Purpose. Find a free block for a request, close to the best fit, in bounded time.
//
// Layout. Four bins a doubling, from two granules up; the last takes all that is larger. A 64-bit
// mask says which lists may hold something, so the next candidate is one instruction away.
//
//   granules   2   3   4   5   6   7   8-9   10-11   12-13   14-15   16-19  ...  2^17 and more
//   bin        0   2   4   5   6   7    8      9       10      11      12   ...       63
//
// Invariants, checked in validate.hpp.
//   B1  Every free block but the top is in the bin of its size, once.
//   B2  A bin that holds a block has its bit set. (An empty one may have it: the search clears it,
//       so that a block can leave its list without knowing which one that is.)
//
// Cost. insert and unlink O(1); find at most kTries blocks a bin, and kLastTries in the last.
//
// Decisions. Rounding the request up to the next bin (TLSF) makes the search O(1), but a block that
// would have fitted in the request's own bin is never seen: 46 pages where this takes 27 on a trace
// of growing buffers. The best of four in each bin needs no less memory than the first that fits
// and is slower. A tree finds the best fit and costs 2 KiB of code (dlmalloc).
#pragma once

#include "layout.hpp"

namespace heaplet::detail {
namespace {

class Bins {
 public:
  void insert(Address block, std::size_t size) {
    const unsigned bin = bin_of(size);
    push(&heads_[bin], links_of(block));
    occupied_ |= std::uint64_t{1} << bin;
  }

  // A block that can hold `size` bytes with its payload aligned, or 0. The block stays in its bin.
  // `limit`: where the heap's blocks end.
  Address find(std::size_t size, std::size_t alignment, [[maybe_unused]] Address limit) {
    const unsigned floor = bin_of(size);
    for (std::uint64_t mask = occupied_ >> floor << floor; mask != 0; mask &= mask - 1) {
      const auto bin = static_cast<unsigned>(std::countr_zero(mask));
      const Links* links = heads_[bin];
      if (links == nullptr) occupied_ ^= std::uint64_t{1} << bin;
      int tries = bin == kCount - 1 ? kLastTries : kTries;
      for (; links != nullptr && tries != 0; links = links->next, --tries) {
        const Address block = block_of(links);
        if constexpr (kHardened) {
          if (block >= limit) fault(kCorruption, payload_of(block));
        }
        if (size_of(block) >= gap_before(block, alignment) + size) return block;
      }
    }
    return 0;
  }

  // Whether a bin behind that of the size holds a block. Never so in the last bin's range.
  bool has_larger(std::size_t size) const {
    for (unsigned bin = bin_of(size) + 1; bin < kCount; ++bin) {
      if (heads_[bin] != nullptr) return true;
    }
    return false;
  }

  // Bytes between a free block's start and the first place in it where an aligned block can start.
  // The gap becomes a block, so it is never smaller than one.
  static std::size_t gap_before(Address block, std::size_t alignment) {
    const std::size_t gap = (0 - payload_of(block)) & (alignment - 1);
    return gap == kGranuleBytes ? gap + alignment : gap;
  }

  static unsigned bin_of(std::size_t size) {
    const std::size_t granules = size / kGranuleBytes;
    const auto log = static_cast<unsigned>(std::bit_width(granules)) - 1;
    // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): a block has two granules.
    const std::size_t bin = std::size_t{4} * log + ((4 * granules) >> log) - 8;
    return bin < kCount ? static_cast<unsigned>(bin) : kCount - 1;
  }

  const Links* const* head_address(unsigned bin) const { return &heads_[bin]; }
  bool has_head(Address address) const {
    return address - reinterpret_cast<Address>(heads_) < sizeof heads_;
  }
  bool marked(unsigned bin) const { return (occupied_ >> bin & 1) != 0; }

  static constexpr unsigned kCount = 64;
  static constexpr int kTries = 2;
  static constexpr int kLastTries = 64;

 private:
  std::uint64_t occupied_;
  Links* heads_[kCount];
};

}  // namespace
}  // namespace heaplet::detail
