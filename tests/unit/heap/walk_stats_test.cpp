// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "heaplet/heap.hpp"
#include "support/test_region.hpp"

namespace {

using heaplet::Block;
using heaplet::Heap;
using heaplet::HeapStats;
using heaplet::Region;
using heaplet_test::RegionOptions;
using heaplet_test::TestRegion;

// A tag, and what rounding to a granule leaves at either end of a region.
constexpr std::size_t kMostBetweenBytes = 4 * sizeof(void*);

std::vector<Block> walk(const Heap& heap) {
  std::vector<Block> blocks;
  heap.walk([](void* context,
               const Block& block) { static_cast<std::vector<Block>*>(context)->push_back(block); },
            &blocks);
  return blocks;
}

const unsigned char* begin_of(const Block& block) {
  return static_cast<const unsigned char*>(block.address);
}

struct Sum {
  std::size_t count = 0;
  std::size_t bytes = 0;
  std::size_t largest_bytes = 0;
};

Sum sum_of(const std::vector<Block>& blocks, Block::State state) {
  Sum sum;
  for (const Block& block : blocks) {
    if (block.state != state) continue;
    ++sum.count;
    sum.bytes += block.bytes;
    sum.largest_bytes = std::max(sum.largest_bytes, block.bytes);
  }
  return sum;
}

/// A heap in use: objects of many sizes, of which every third was given back.
class Walk : public testing::TestWithParam<RegionOptions> {
 protected:
  Walk() {
    std::vector<void*> blocks;
    for (std::size_t i = 0; i < 1500; ++i) {
      const std::size_t bytes = i % 50 == 0 ? 3000 + i : i % 300;
      void* const block = heap.allocate(bytes);
      EXPECT_NE(block, nullptr);
      if (i % 3 == 0) {
        blocks.push_back(block);
      } else {
        live[block] = heap.usable_size(block);
      }
    }
    for (void* const block : blocks) heap.deallocate(block);
  }

  TestRegion region{GetParam()};
  Heap heap{region.source()};
  std::map<const void*, std::size_t> live;  // usable bytes
};

TEST_P(Walk, VisitsBlocksInOrderWithoutOverlap) {
  const unsigned char* end = nullptr;
  for (const Block& block : walk(heap)) {
    ASSERT_GE(block.address, end);
    ASSERT_TRUE(region.contains(block.address));
    end = begin_of(block) + block.bytes;
  }
}

TEST_P(Walk, CoversEveryByteButTheWordsOfTagsAndTheGaps) {
  const std::vector<Block> blocks = walk(heap);
  for (const Region& given : region.regions()) {
    const auto* at = static_cast<const unsigned char*>(given.begin);
    const auto* const end = at + given.bytes;
    for (const Block& block : blocks) {
      const auto* const block_end = begin_of(block) + block.bytes;
      if (block_end <= at || begin_of(block) >= end) continue;
      ASSERT_LE(begin_of(block) - at, static_cast<std::ptrdiff_t>(kMostBetweenBytes));
      at = block_end;
    }
    EXPECT_LE(end - at, static_cast<std::ptrdiff_t>(2 * kMostBetweenBytes));
  }
}

TEST_P(Walk, ShowsExactlyTheLiveBlocks) {
  std::map<const void*, std::size_t> shown;
  for (const Block& block : walk(heap)) {
    if (block.state == Block::State::Live) shown[block.address] = block.bytes;
  }
  EXPECT_EQ(shown, live);
}

TEST_P(Walk, AddsUpToTheStats) {
  const std::vector<Block> blocks = walk(heap);
  const HeapStats stats = heap.stats();
  const Sum live_sum = sum_of(blocks, Block::State::Live);
  const Sum free_sum = sum_of(blocks, Block::State::Free);
  const Sum fresh_sum = sum_of(blocks, Block::State::Fresh);
  EXPECT_EQ(stats.live_blocks, live_sum.count);
  EXPECT_EQ(stats.live_bytes, live_sum.bytes);
  EXPECT_EQ(stats.free_blocks, free_sum.count);
  EXPECT_EQ(stats.free_bytes, free_sum.bytes);
  EXPECT_EQ(stats.largest_free_bytes, std::max(free_sum.largest_bytes, fresh_sum.largest_bytes));
  EXPECT_EQ(stats.reserved_bytes, region.given_bytes());
  EXPECT_EQ(stats.growth_count, region.regions().size());
}

TEST_P(Walk, ShowsNothingLiveAfterEverythingIsFreed) {
  for (const auto& [address, bytes] : live) heap.deallocate(const_cast<void*>(address));
  const std::vector<Block> blocks = walk(heap);
  EXPECT_EQ(sum_of(blocks, Block::State::Live).count, 0U);
  EXPECT_EQ(heap.stats().live_blocks, 0U);
  EXPECT_EQ(heap.stats().live_bytes, 0U);
}

TEST_P(Walk, StepsOverForeignMemoryAndNeverWritesToIt) {
  for (const auto& [address, bytes] : live) heap.deallocate(const_cast<void*>(address));
  while (heap.allocate(5000) != nullptr) {
  }
  while (heap.allocate_aligned(50, 128) != nullptr) {
  }
  while (heap.allocate(8) != nullptr) {
  }
  heap.trim();
  EXPECT_FALSE(heap.validate());
  EXPECT_TRUE(region.rest_is_untouched());
  for (const Block& block : walk(heap)) {
    if (block.state != Block::State::Live) continue;
    ASSERT_TRUE(region.contains(block.address));
    ASSERT_TRUE(region.contains(begin_of(block) + block.bytes - 1));
  }
}

constexpr std::size_t kMegabyte = std::size_t{1} << 20;

INSTANTIATE_TEST_SUITE_P(
    Regions, Walk,
    testing::Values(RegionOptions{.bytes = kMegabyte},
                    RegionOptions{.bytes = 2 * kMegabyte, .gap_bytes = 1},
                    RegionOptions{.bytes = 2 * kMegabyte, .gap_bytes = 8},
                    RegionOptions{.bytes = 2 * kMegabyte, .gap_bytes = 4096},
                    RegionOptions{
                        .bytes = 2 * kMegabyte, .step_bytes = 1, .gap_bytes = 77, .offset = 3}),
    [](const auto& options) {
      return "Gap" + std::to_string(options.param.gap_bytes) + "Hole" +
             std::to_string(options.param.hole_bytes) + "Offset" +
             std::to_string(options.param.offset);
    });

TEST(HeapStats, AreZeroForAnUnusedHeap) {
  TestRegion region;
  const Heap heap(region.source());
  EXPECT_TRUE(walk(heap).empty());
  const HeapStats stats = heap.stats();
  EXPECT_EQ(stats.live_blocks + stats.live_bytes + stats.free_blocks + stats.free_bytes, 0U);
  EXPECT_EQ(stats.largest_free_bytes + stats.reserved_bytes + stats.high_water_bytes, 0U);
  EXPECT_EQ(stats.growth_count, 0U);
}

TEST(HeapStats, CountUsableBytesOfLiveBlocks) {
  TestRegion region;
  Heap heap(region.source());
  void* const small = heap.allocate(20);
  void* const large = heap.allocate(5000);
  EXPECT_EQ(heap.stats().live_bytes, heap.usable_size(small) + heap.usable_size(large));
  heap.deallocate(small);
  EXPECT_EQ(heap.stats().live_bytes, heap.usable_size(large));
}

TEST(HeapStats, KeepTheHighWaterMarkWhenMemoryIsFreed) {
  TestRegion region;
  Heap heap(region.source());
  void* const block = heap.allocate(100000);
  const std::size_t high_water_bytes = heap.stats().high_water_bytes;
  EXPECT_GE(high_water_bytes, 100000U);
  heap.deallocate(block);
  EXPECT_EQ(heap.stats().high_water_bytes, high_water_bytes);
  EXPECT_NE(heap.allocate(50000), nullptr);
  EXPECT_EQ(heap.stats().high_water_bytes, high_water_bytes);
}

TEST(HeapStats, SeeAnObjectInASlab) {
  TestRegion region;
  Heap heap(region.source());
  heap.deallocate(heap.allocate(700000));  // small heaps have no slabs
  for (int i = 0; i < 1000; ++i) EXPECT_NE(heap.allocate(24), nullptr);
  const std::vector<Block> blocks = walk(heap);
  const auto in_slab = std::count_if(blocks.begin(), blocks.end(), [](const Block& block) {
    return block.in_slab && block.state == Block::State::Live;
  });
  EXPECT_GT(in_slab, 500);
  EXPECT_EQ(heap.stats().live_blocks, 1000U);
}

}  // namespace
