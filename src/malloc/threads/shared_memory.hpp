// SPDX-License-Identifier: MIT
//
// SharedMemory: LinearMemory whose break others move as well: threads of the program that call
// sbrk. The break is moved by compare-exchange from where it was read.
#pragma once

#include "../linear_memory.hpp"

namespace heaplet::detail {
namespace {

class SharedMemory {
 public:
  static constexpr bool kContinues = LinearMemory::kContinues;
  static constexpr bool kZeroed = LinearMemory::kZeroed;

  Range grow(std::size_t bytes) {
    return grow_while(bytes, [] { return true; });
  }
  // Where the break is now; the next call of grow() expects it to be there still.
  Address next() { return expected_ = read_break(); }
  static void on_exhaustion() { LinearMemory::on_exhaustion(); }

 protected:
  // Nothing once `may_grow` says no. It is asked after the break was read.
  template <class MayGrow>
  Range grow_while(std::size_t bytes, MayGrow may_grow) {
    for (;;) {
      const Address begin = read_break();
      // What lies between is stepped over, and has its place in the map of the slabs: twice that.
      const Address gap = begin - expected_;
      const std::size_t wanted =
          bytes + (gap >> (kSlabShift - 1)) + (gap == 0 ? 0 : kWordBytes * 8);
      const Address end = align_up(begin + wanted, kLinearPageBytes);
      if (end < begin || !may_grow() || !reach(end)) return {0, 0};
      if (move_break(begin, end)) return {begin, end};
    }
  }

 private:
  Address expected_ = 0;
};

}  // namespace
}  // namespace heaplet::detail
