// SPDX-License-Identifier: MIT
#include <cstdint>
#include <cstring>
#include <limits>
#include <numeric>

#include "gtest/gtest.h"
#include "heaplet/heap.hpp"
#include "support/shadow_heap.hpp"
#include "support/test_region.hpp"

namespace {

using heaplet::Heap;
using heaplet::HeapStats;
using heaplet_test::is_same_use;
using heaplet_test::TestRegion;

void number(void* address, std::size_t bytes) {
  auto* const begin = static_cast<unsigned char*>(address);
  std::iota(begin, begin + bytes, static_cast<unsigned char>(0));
}

::testing::AssertionResult is_numbered(const void* address, std::size_t bytes) {
  const auto* const begin = static_cast<const unsigned char*>(address);
  for (std::size_t i = 0; i < bytes; ++i) {
    if (begin[i] != static_cast<unsigned char>(i)) {
      return ::testing::AssertionFailure() << "byte " << i << " of " << bytes;
    }
  }
  return ::testing::AssertionSuccess();
}

class Reallocate : public testing::Test {
 protected:
  void TearDown() override {
    const heaplet::HeapFault fault = heap.validate();
    EXPECT_FALSE(fault) << fault.invariant;
    EXPECT_TRUE(region.rest_is_untouched());
  }

  TestRegion region;
  Heap heap{region.source()};
};

TEST_F(Reallocate, AllocatesForNull) {
  void* const block = heap.reallocate(nullptr, 100);
  ASSERT_NE(block, nullptr);
  EXPECT_GE(heap.usable_size(block), 100U);
  EXPECT_EQ(heap.stats().live_blocks, 1U);
}

TEST_F(Reallocate, ToZeroBytesKeepsALiveBlock) {
  for (const std::size_t bytes : {8U, 100U, 5000U}) {
    void* const block = heap.reallocate(heap.allocate(bytes), 0);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(heap.stats().live_blocks, 1U);
    heap.deallocate(block);
  }
}

TEST_F(Reallocate, ShrinksWhereItStandsAndFreesTheRest) {
  void* const block = heap.allocate(20000);
  void* const wall = heap.allocate(2000);
  ASSERT_NE(wall, nullptr);
  number(block, 20000);
  EXPECT_EQ(heap.reallocate(block, 8000), block);
  EXPECT_TRUE(is_numbered(block, 8000));
  EXPECT_LT(heap.usable_size(block), 8100U);
  EXPECT_GE(heap.stats().free_bytes, 11900U);
  const auto* const rest = static_cast<unsigned char*>(heap.allocate(11900));
  EXPECT_GT(rest, block);
  EXPECT_LT(rest, wall);
}

TEST_F(Reallocate, GrowsIntoTheFreeBlockAbove) {
  void* const block = heap.allocate(4000);
  void* const above = heap.allocate(4000);
  void* const wall = heap.allocate(4000);
  number(block, 4000);
  heap.deallocate(above);
  ASSERT_EQ(heap.reallocate(block, 6000), block);
  EXPECT_TRUE(is_numbered(block, 4000));
  EXPECT_EQ(heap.reallocate(block, 8000), block);
  EXPECT_TRUE(is_numbered(block, 4000));
  EXPECT_NE(heap.reallocate(block, 8200), block) << "grew into " << wall;
}

TEST_F(Reallocate, GrowsIntoTheTop) {
  void* block = heap.allocate(3000);
  number(block, 3000);
  void* const first = block;
  for (std::size_t bytes = 4000; bytes < 500000; bytes += bytes / 2) {
    block = heap.reallocate(block, bytes);
    ASSERT_EQ(block, first) << bytes;
    ASSERT_TRUE(is_numbered(block, 3000));
  }
}

TEST_F(Reallocate, GrowingOneBufferAllTheWayNeedsLittleMoreThanItsSize) {
  void* block = heap.allocate(16);
  for (std::size_t bytes = 32; bytes <= 524288; bytes *= 2) {
    block = heap.reallocate(block, bytes);
    ASSERT_NE(block, nullptr);
  }
  EXPECT_LT(region.given_bytes(), 524288U + 524288U / 8);
}

TEST_F(Reallocate, MovesWhenTheBlockAboveIsLive) {
  for (const std::size_t bytes : {8U, 30U, 100U, 250U, 700U, 3000U}) {
    void* const block = heap.allocate(bytes);
    void* const neighbour = heap.allocate(bytes);
    number(block, bytes);
    number(neighbour, bytes);
    void* const moved = heap.reallocate(block, bytes * 3);
    ASSERT_NE(moved, nullptr);
    EXPECT_TRUE(is_numbered(moved, bytes));
    EXPECT_TRUE(is_numbered(neighbour, bytes));
    heap.deallocate(moved);
    heap.deallocate(neighbour);
  }
  EXPECT_EQ(heap.stats().live_blocks, 0U);
}

TEST_F(Reallocate, KeepsContentsFromAnySizeToAnySize) {
  constexpr std::size_t kSizes[] = {0, 1, 8, 17, 64, 120, 130, 255, 257, 1000, 4096, 20000};
  for (const std::size_t from : kSizes) {
    for (const std::size_t to : kSizes) {
      void* const block = heap.allocate(from);
      number(block, from);
      void* const resized = heap.reallocate(block, to);
      ASSERT_NE(resized, nullptr);
      EXPECT_GE(heap.usable_size(resized), to);
      EXPECT_TRUE(is_numbered(resized, from < to ? from : to)) << from << " to " << to;
      heap.deallocate(resized);
    }
  }
}

TEST_F(Reallocate, GivesBackTheMemoryOfALargeBlockThatBecomesSmall) {
  void* const block = heap.reallocate(heap.allocate(900000), 16);
  ASSERT_NE(block, nullptr);
  EXPECT_LT(heap.usable_size(block), 100U);
  EXPECT_NE(heap.allocate(800000), nullptr);
}

TEST_F(Reallocate, KeepsAnOverAlignedBlocksContents) {
  void* const block = heap.allocate_aligned(500, 4096);
  void* const wall = heap.allocate(5000);
  ASSERT_NE(wall, nullptr);
  number(block, 500);
  void* const grown = heap.reallocate(block, 30000);
  ASSERT_NE(grown, nullptr);
  EXPECT_TRUE(is_numbered(grown, 500));
}

TEST_F(Reallocate, LeavesTheBlockAloneWhenMemoryIsOut) {
  for (const std::size_t bytes : {16U, 200U, 5000U}) {
    void* const block = heap.allocate(bytes);
    number(block, bytes);
    const HeapStats before = heap.stats();
    EXPECT_EQ(heap.reallocate(block, 2000000), nullptr);
    EXPECT_TRUE(is_same_use(before, heap.stats()));
    EXPECT_TRUE(is_numbered(block, bytes));
  }
}

TEST_F(Reallocate, TakesASizeThatOverflowsForExhaustion) {
  for (const std::size_t bytes : {16U, 200U, 5000U}) {
    void* const block = heap.allocate(bytes);
    number(block, bytes);
    const auto address = reinterpret_cast<std::uintptr_t>(block);
    for (std::size_t less = 0; less < 100; ++less) {
      EXPECT_EQ(heap.reallocate(block, SIZE_MAX - less), nullptr);
      EXPECT_EQ(heap.reallocate(block, 0 - address + less), nullptr);
      EXPECT_EQ(heap.reallocate(block, 0 - address - less), nullptr);
    }
    for (int bit = 25; bit < std::numeric_limits<std::size_t>::digits; ++bit) {
      const std::size_t power = std::size_t{1} << bit;
      EXPECT_EQ(heap.reallocate(block, power), nullptr);
      EXPECT_EQ(heap.reallocate(block, 0 - power), nullptr);
    }
    EXPECT_TRUE(is_numbered(block, bytes));
  }
}

}  // namespace
