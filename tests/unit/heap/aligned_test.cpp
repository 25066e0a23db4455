// SPDX-License-Identifier: MIT
#include <cstdint>
#include <cstring>
#include <vector>

#include "gtest/gtest.h"
#include "heaplet/heap.hpp"
#include "support/test_region.hpp"

namespace {

using heaplet::Heap;
using heaplet_test::TestRegion;

constexpr std::size_t kLargestAlignment = 65536;

bool is_aligned(const void* address, std::size_t alignment) {
  return reinterpret_cast<std::uintptr_t>(address) % alignment == 0;
}

class AllocateAligned : public testing::Test {
 protected:
  void TearDown() override {
    const heaplet::HeapFault fault = heap.validate();
    EXPECT_FALSE(fault) << fault.invariant;
    EXPECT_TRUE(region.rest_is_untouched());
  }

  TestRegion region{{.bytes = std::size_t{4} << 20}};
  Heap heap{region.source()};
};

TEST_F(AllocateAligned, TakesEveryPowerOfTwo) {
  for (std::size_t alignment = 1; alignment <= kLargestAlignment; alignment *= 2) {
    for (const std::size_t bytes : {0U, 1U, 8U, 100U, 300U, 5000U}) {
      void* const block = heap.allocate_aligned(bytes, alignment);
      ASSERT_NE(block, nullptr);
      EXPECT_TRUE(is_aligned(block, alignment)) << bytes << " to " << alignment;
      EXPECT_TRUE(is_aligned(block, 2 * sizeof(void*)));
      EXPECT_GE(heap.usable_size(block), bytes);
      std::memset(block, 0xff, heap.usable_size(block));
      ASSERT_FALSE(heap.validate());
    }
  }
}

TEST_F(AllocateAligned, FreesThemInAnyOrder) {
  std::vector<void*> blocks;
  for (std::size_t round = 0; round < 3; ++round) {
    for (std::size_t alignment = 1; alignment <= kLargestAlignment; alignment *= 2) {
      blocks.push_back(heap.allocate_aligned(alignment + round, alignment));
      ASSERT_NE(blocks.back(), nullptr);
    }
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    heap.deallocate(blocks[i * 7 % blocks.size()]);
    ASSERT_FALSE(heap.validate());
  }
  EXPECT_EQ(heap.stats().live_blocks, 0U);
}

TEST_F(AllocateAligned, LeavesFragmentsThatCanBeUsed) {
  void* const aligned = heap.allocate_aligned(65536, 65536);
  void* const wall = heap.allocate_aligned(65536, 65536);
  ASSERT_TRUE(aligned != nullptr && wall != nullptr);
  const std::size_t reserved_bytes = heap.stats().reserved_bytes;
  // Up to the first one, and between the two, there is room for nearly 64 KiB each.
  int count = 0;
  for (; count < 24; ++count) {
    void* const block = heap.allocate(4000);
    ASSERT_NE(block, nullptr);
    if (heap.stats().reserved_bytes != reserved_bytes) break;
  }
  EXPECT_GE(count, 15);
}

TEST_F(AllocateAligned, JoinsTheFragmentsWhenTheBlockIsFreed) {
  void* const aligned = heap.allocate_aligned(100000, 65536);
  void* const wall = heap.allocate(100);
  ASSERT_TRUE(aligned != nullptr && wall != nullptr);
  heap.deallocate(aligned);
  const std::size_t reserved_bytes = heap.stats().reserved_bytes;
  EXPECT_NE(heap.allocate(100000), nullptr);
  EXPECT_EQ(heap.stats().reserved_bytes, reserved_bytes);
}

TEST_F(AllocateAligned, CostsLittleMoreThanItsSizeForWholePages) {
  const auto* const first = static_cast<unsigned char*>(heap.allocate_aligned(4096, 4096));
  ASSERT_NE(first, nullptr);
  const std::size_t before = heap.stats().high_water_bytes;
  for (int i = 0; i < 100; ++i) {
    void* const block = heap.allocate_aligned(4096, 4096);
    ASSERT_NE(block, nullptr);
    // What was left below it is used for something else.
    static_cast<void>(heap.allocate(4000));
  }
  EXPECT_LE(heap.stats().high_water_bytes - before, 100U * 8300U);
  TestRegion alone_region;
  Heap alone(alone_region.source());
  for (int i = 0; i < 100; ++i) ASSERT_NE(alone.allocate_aligned(4096, 4096), nullptr);
  const heaplet::HeapStats stats = alone.stats();
  EXPECT_LE(stats.high_water_bytes - stats.free_bytes, 100U * 4200U);
}

TEST_F(AllocateAligned, FindsAnAlignedPlaceInAFreeBlock) {
  void* const large = heap.allocate(200000);
  void* const wall = heap.allocate(100);
  ASSERT_NE(wall, nullptr);
  heap.deallocate(large);
  const std::size_t reserved_bytes = heap.stats().reserved_bytes;
  for (std::size_t alignment = 32; alignment <= kLargestAlignment; alignment *= 2) {
    void* const block = heap.allocate_aligned(1000, alignment);
    EXPECT_LT(block, wall);
    EXPECT_TRUE(is_aligned(block, alignment));
    heap.deallocate(block);
  }
  EXPECT_EQ(heap.stats().reserved_bytes, reserved_bytes);
}

TEST_F(AllocateAligned, ReturnsNullWhenOnlyTheAlignmentIsTooMuch) {
  TestRegion small_region({.bytes = 20000, .offset = 16});
  Heap small(small_region.source());
  EXPECT_EQ(small.allocate_aligned(100, std::size_t{1} << 20), nullptr);
  EXPECT_FALSE(small.validate());
  EXPECT_NE(small.allocate(10000), nullptr);
}

}  // namespace
