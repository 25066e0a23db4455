// SPDX-License-Identifier: MIT
//
// Every call that may grow the heap, with the n-th growth refused, for each n there is.
#include <algorithm>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "support/failing_region.hpp"
#include "support/shadow_heap.hpp"
#include "support/test_region.hpp"

namespace {

using heaplet_test::FailingRegion;
using heaplet_test::ShadowHeap;
using heaplet_test::TestRegion;

using Blocks = std::vector<unsigned char*>;

struct Case {
  const char* name;
  int call_count;
  // Makes the call once more; null when memory is out, and then `blocks` is as it was.
  unsigned char* (*call)(ShadowHeap& shadow, Blocks& blocks);
};

void PrintTo(const Case& call, std::ostream* stream) { *stream << call.name; }

unsigned char* keep(Blocks& blocks, unsigned char* block) {
  if (block != nullptr) blocks.push_back(block);
  return block;
}

unsigned char* keep_resized(unsigned char*& slot, unsigned char* block) {
  if (block != nullptr) slot = block;
  return block;
}

constexpr Case kCases[] = {
    {"AllocateSmall", 600,
     [](ShadowHeap& shadow, Blocks& blocks) {
       return keep(blocks, shadow.allocate(blocks.size() % 5 * 16));
     }},
    {"AllocateMiddle", 60,
     [](ShadowHeap& shadow, Blocks& blocks) { return keep(blocks, shadow.allocate(700)); }},
    {"AllocateLarge", 12,
     [](ShadowHeap& shadow, Blocks& blocks) { return keep(blocks, shadow.allocate(20000)); }},
    {"AllocateZeroed", 60,
     [](ShadowHeap& shadow, Blocks& blocks) {
       return keep(blocks, shadow.allocate_zeroed(blocks.size() * 40));
     }},
    {"AllocateAligned", 20,
     [](ShadowHeap& shadow, Blocks& blocks) {
       return keep(blocks, shadow.allocate_aligned(500, 4096));
     }},
    {"ReallocateNull", 40,
     [](ShadowHeap& shadow, Blocks& blocks) {
       return keep(blocks, shadow.reallocate(nullptr, 900));
     }},
    {"ReallocateIntoTheTop", 20,
     [](ShadowHeap& shadow, Blocks& blocks) {
       if (blocks.empty()) return keep(blocks, shadow.allocate(100));
       const std::size_t bytes = shadow.heap().usable_size(blocks[0]) + 3000;
       return keep_resized(blocks[0], shadow.reallocate(blocks[0], bytes));
     }},
    {"ReallocateByMoving", 60,
     [](ShadowHeap& shadow, Blocks& blocks) {
       if (blocks.size() < 10) return keep(blocks, shadow.allocate(300));
       const auto smallest = std::min_element(
           blocks.begin(), blocks.end(), [&](unsigned char* left, unsigned char* right) {
             return shadow.heap().usable_size(left) < shadow.heap().usable_size(right);
           });
       const std::size_t bytes = shadow.heap().usable_size(*smallest) + 900;
       return keep_resized(*smallest, shadow.reallocate(*smallest, bytes));
     }},
    {"Mixture", 120,
     [](ShadowHeap& shadow, Blocks& blocks) {
       if (blocks.size() % 3 == 2) return keep(blocks, shadow.allocate(2000));
       if (blocks.size() % 5 == 3) return keep(blocks, shadow.allocate_aligned(64, 256));
       if (blocks.size() % 7 == 6) {
         shadow.deallocate(blocks.front());
         blocks.erase(blocks.begin());
       }
       return keep(blocks, shadow.allocate(blocks.size() % 64));
     }},
};

class GrowthRefused : public testing::TestWithParam<Case> {
 protected:
  /// Refuses `refusal_count` growths after `granted` ones; false when there were not as many.
  bool run(std::size_t granted, std::size_t refusal_count, std::size_t gap_bytes,
           std::size_t hole_bytes) {
    SCOPED_TRACE("growths granted: " + std::to_string(granted));
    TestRegion memory({.bytes = std::size_t{3} << 20,
                       .step_bytes = 1,
                       .gap_bytes = gap_bytes,
                       .hole_bytes = hole_bytes});
    FailingRegion region(memory.source());
    region.refuse_after(granted, refusal_count);
    ShadowHeap shadow(region.source());
    Blocks blocks;
    // All of them only where they reach a second slab: the time is their number cubed.
    const int call_count = std::min(GetParam().call_count, hole_bytes == 0 ? 200 : 1000);
    for (int i = 0; i < call_count; ++i) {
      if (GetParam().call(shadow, blocks) == nullptr) {
        EXPECT_GT(region.refused_count(), 0U) << "null, though no growth was refused";
        saw_null_ = true;
        EXPECT_TRUE(shadow.audit()) << shadow.problem();
        region.refuse_nothing();
        EXPECT_NE(GetParam().call(shadow, blocks), nullptr) << "with memory there again";
      }
      EXPECT_TRUE(shadow.audit()) << shadow.problem();
      if (HasFailure()) return false;
    }
    shadow.deallocate_all();
    EXPECT_TRUE(shadow.audit()) << shadow.problem();
    EXPECT_TRUE(memory.rest_is_untouched());
    return region.refused_count() > 0;
  }

  bool saw_null_ = false;

  void sweep(std::size_t refusal_count, std::size_t gap_bytes, std::size_t hole_bytes = 0) {
    std::size_t granted = 0;
    while (run(granted, refusal_count, gap_bytes, hole_bytes)) ++granted;
    EXPECT_GT(granted, 2U) << "hardly a growth was refused";
    EXPECT_TRUE(saw_null_);
  }
};

TEST_P(GrowthRefused, OnceLeavesTheHeapSound) { sweep(1, 0); }

TEST_P(GrowthRefused, OnceLeavesTheHeapSoundBetweenGaps) { sweep(1, 200); }

TEST_P(GrowthRefused, FromThenOnGivesNullAndLeavesEverythingAlone) { sweep(SIZE_MAX, 0); }

TEST_P(GrowthRefused, FromThenOnGivesNullBetweenGaps) { sweep(SIZE_MAX, 200); }

TEST_P(GrowthRefused, OnceLeavesAHeapWithSlabsSound) { sweep(1, 16, 700000); }

TEST_P(GrowthRefused, FromThenOnGivesNullInAHeapWithSlabs) { sweep(SIZE_MAX, 16, 700000); }

INSTANTIATE_TEST_SUITE_P(Calls, GrowthRefused, testing::ValuesIn(kCases),
                         [](const auto& call) { return std::string(call.param.name); });

}  // namespace
