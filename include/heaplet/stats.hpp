// SPDX-License-Identifier: MIT
//
// Statistics of malloc's heap, at any time, in any build. A heaplet::Heap has stats() of its own.
#pragma once

#include "heaplet/sight.h"

namespace heaplet {

using MallocStats = heaplet_malloc_statistics;

/// Sums over malloc's heap; O(blocks), allocates nothing.
inline MallocStats malloc_stats() {
  MallocStats stats;
  heaplet_malloc_sum(&stats);
  return stats;
}

}  // namespace heaplet
