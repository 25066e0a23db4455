// SPDX-License-Identifier: MIT
#include "heaplet/heap.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <set>
#include <vector>

#include "gtest/gtest.h"
#include "support/shadow_heap.hpp"
#include "support/test_region.hpp"

namespace {

using heaplet::FixedRegion;
using heaplet::Heap;
using heaplet::HeapStats;
using heaplet_test::is_same_use;
using heaplet_test::TestRegion;

constexpr std::size_t kNaturalAlignment = 2 * sizeof(void*);

bool is_aligned(const void* address, std::size_t alignment) {
  return reinterpret_cast<std::uintptr_t>(address) % alignment == 0;
}

bool is_zero(const void* address, std::size_t bytes) {
  const auto* const begin = static_cast<const unsigned char*>(address);
  return std::all_of(begin, begin + bytes, [](unsigned char byte) { return byte == 0; });
}

/// Blocks of one size until there is no more.
std::vector<void*> fill(Heap& heap, std::size_t bytes) {
  std::vector<void*> blocks;
  while (void* const block = heap.allocate(bytes)) blocks.push_back(block);
  return blocks;
}

class HeapTest : public testing::Test {
 protected:
  void TearDown() override {
    const heaplet::HeapFault fault = heap.validate();
    EXPECT_FALSE(fault) << fault.invariant;
    EXPECT_TRUE(region.rest_is_untouched());
  }

  TestRegion region;
  Heap heap{region.source()};
};

TEST_F(HeapTest, TakesNoMemoryBeforeTheFirstAllocation) {
  EXPECT_FALSE(heap.validate());
  EXPECT_EQ(heap.stats().reserved_bytes, 0U);
  heap.deallocate(nullptr);
  EXPECT_FALSE(heap.trim());
  EXPECT_TRUE(region.regions().empty());
}

TEST_F(HeapTest, HandsOutWritableMemoryThatDoesNotOverlap) {
  std::vector<unsigned char*> blocks;
  for (std::size_t bytes = 1; bytes <= 300; ++bytes) {
    auto* const block = static_cast<unsigned char*>(heap.allocate(bytes));
    ASSERT_NE(block, nullptr);
    EXPECT_GE(heap.usable_size(block), bytes);
    std::memset(block, static_cast<int>(bytes & 0xff), heap.usable_size(block));
    blocks.push_back(block);
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const std::size_t usable_bytes = heap.usable_size(blocks[i]);
    EXPECT_EQ(static_cast<std::size_t>(std::count(blocks[i], blocks[i] + usable_bytes,
                                                  static_cast<unsigned char>(i + 1))),
              usable_bytes);
    heap.deallocate(blocks[i]);
  }
}

TEST_F(HeapTest, AlignsEverythingToTwoWords) {
  for (std::size_t bytes = 0; bytes < 700; ++bytes) {
    EXPECT_TRUE(is_aligned(heap.allocate(bytes), kNaturalAlignment)) << bytes;
  }
}

TEST_F(HeapTest, AlignsInMemoryThatBeginsAnywhere) {
  for (std::size_t offset = 1; offset <= 2 * kNaturalAlignment; ++offset) {
    TestRegion odd({.bytes = 65536, .step_bytes = 999, .offset = offset});
    Heap odd_heap(odd.source());
    for (std::size_t bytes = 0; bytes < 200; ++bytes) {
      ASSERT_TRUE(is_aligned(odd_heap.allocate(bytes), kNaturalAlignment));
    }
    EXPECT_FALSE(odd_heap.validate());
    EXPECT_TRUE(odd.rest_is_untouched());
  }
}

TEST_F(HeapTest, GivesAUniqueAddressForZeroBytes) {
  std::set<void*> addresses;
  for (int i = 0; i < 1000; ++i) addresses.insert(heap.allocate(0));
  EXPECT_EQ(addresses.size(), 1000U);
  EXPECT_EQ(addresses.count(nullptr), 0U);
  for (void* const address : addresses) heap.deallocate(address);
  EXPECT_EQ(heap.stats().live_blocks, 0U);
}

TEST_F(HeapTest, HandsOutAgainWhatWasGivenBack) {
  for (const std::size_t bytes : {1U, 8U, 40U, 100U, 256U, 1000U, 5000U, 70000U}) {
    heap.deallocate(heap.allocate(bytes));
    const std::size_t reserved_bytes = heap.stats().reserved_bytes;
    for (int i = 0; i < 5000; ++i) heap.deallocate(heap.allocate(bytes));
    EXPECT_EQ(heap.stats().reserved_bytes, reserved_bytes) << bytes;
  }
}

TEST_F(HeapTest, JoinsNeighboursGivenBackInAnyOrder) {
  for (const std::vector<int>& order : std::vector<std::vector<int>>{
           {0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}) {
    void* const blocks[] = {heap.allocate(4000), heap.allocate(4000), heap.allocate(4000)};
    void* const wall = heap.allocate(4000);
    for (const int i : order) heap.deallocate(blocks[i]);
    ASSERT_EQ(heap.allocate(12000), blocks[0]);
    heap.deallocate(blocks[0]);
    heap.deallocate(wall);
  }
}

TEST_F(HeapTest, ReturnsNullAndChangesNothingWhenMemoryIsOut) {
  for (const std::size_t bytes : {100000U, 3000U, 300U, 64U, 8U}) fill(heap, bytes);
  const HeapStats before = heap.stats();
  for (const std::size_t bytes : {8U, 64U, 300U, 100000U}) {
    EXPECT_EQ(heap.allocate(bytes), nullptr);
    EXPECT_EQ(heap.allocate_aligned(bytes, 64), nullptr);
    EXPECT_EQ(heap.allocate_zeroed(bytes), nullptr);
    EXPECT_TRUE(is_same_use(before, heap.stats())) << bytes;
  }
}

TEST_F(HeapTest, UsesItsMemoryAgainAfterItWasOut) {
  const std::size_t first_count = fill(heap, 10000).size();
  EXPECT_GE(first_count, 90U);
  EXPECT_EQ(heap.allocate(10000), nullptr);
  TestRegion other_region;
  Heap other(other_region.source());
  std::vector<void*> blocks = fill(other, 10000);
  for (int round = 0; round < 3; ++round) {
    for (void* const block : blocks) other.deallocate(block);
    blocks = fill(other, 10000);
    EXPECT_EQ(blocks.size(), first_count);
  }
}

TEST_F(HeapTest, UsesMemoryOfSmallObjectsForLargeOnes) {
  for (void* const block : fill(heap, 24)) heap.deallocate(block);
  heap.trim();
  EXPECT_NE(heap.allocate(450000), nullptr);  // the map of the slabs may stand in the middle
}

TEST_F(HeapTest, TakesASizeThatOverflowsForExhaustion) {
  ASSERT_NE(heap.allocate(1000), nullptr);
  const HeapStats before = heap.stats();
  for (std::size_t bytes = SIZE_MAX; bytes > SIZE_MAX - 200; --bytes) {
    ASSERT_EQ(heap.allocate(bytes), nullptr) << bytes;
    ASSERT_EQ(heap.allocate_zeroed(bytes), nullptr) << bytes;
    ASSERT_EQ(heap.allocate_aligned(bytes, 4096), nullptr) << bytes;
  }
  for (int bit = 25; bit < std::numeric_limits<std::size_t>::digits; ++bit) {
    const std::size_t bytes = std::size_t{1} << bit;
    EXPECT_EQ(heap.allocate(bytes), nullptr);
    EXPECT_EQ(heap.allocate(0 - bytes), nullptr);
    EXPECT_EQ(heap.allocate_aligned(bytes, bytes), nullptr);
    EXPECT_EQ(heap.allocate_aligned(8, bytes), nullptr);
  }
  EXPECT_TRUE(is_same_use(before, heap.stats()));
}

TEST_F(HeapTest, AllocatesZeroedMemoryFromDirtyMemory) {
  for (const std::size_t bytes : {1U, 7U, 8U, 100U, 250U, 1000U, 20000U}) {
    void* const fresh = heap.allocate_zeroed(bytes);
    ASSERT_NE(fresh, nullptr);
    EXPECT_TRUE(is_zero(fresh, bytes)) << bytes;
    std::memset(fresh, 0xff, heap.usable_size(fresh));
    heap.deallocate(fresh);
    void* const used = heap.allocate_zeroed(bytes);
    ASSERT_NE(used, nullptr);
    EXPECT_TRUE(is_zero(used, bytes)) << bytes;
  }
}

TEST_F(HeapTest, GivesAUniqueAddressForZeroBytesZeroed) {
  void* const first = heap.allocate_zeroed(0);
  void* const second = heap.allocate_zeroed(0);
  EXPECT_NE(first, nullptr);
  EXPECT_NE(second, nullptr);
  EXPECT_NE(first, second);
}

TEST_F(HeapTest, WorksOnAFixedBuffer) {
  alignas(kNaturalAlignment) static unsigned char buffer[65536];
  FixedRegion fixed(buffer, sizeof buffer);
  Heap small(fixed.source());
  const std::vector<void*> blocks = fill(small, 1000);
  EXPECT_GE(blocks.size(), 62U);
  for (void* const block : blocks) {
    EXPECT_GE(static_cast<unsigned char*>(block), buffer);
    EXPECT_LE(static_cast<unsigned char*>(block) + 1000, buffer + sizeof buffer);
    small.deallocate(block);
  }
  EXPECT_FALSE(small.validate());
}

TEST_F(HeapTest, TrimJoinsWhatWasKeptForTheNextRequest) {
  std::vector<void*> blocks(20);
  for (void*& block : blocks) block = heap.allocate(300);
  for (void* const block : blocks) heap.deallocate(block);
  EXPECT_TRUE(heap.trim());
  EXPECT_FALSE(heap.validate());
  EXPECT_FALSE(heap.trim()) << "the first one left something";
  EXPECT_EQ(heap.stats().live_blocks, 0U);
  EXPECT_EQ(heap.stats().free_blocks, 0U) << "all of it belongs to the top";
}

TEST_F(HeapTest, KeepsApartFromAnotherHeap) {
  TestRegion other_region;
  Heap other(other_region.source());
  void* const here = heap.allocate(100);
  void* const there = other.allocate(100);
  EXPECT_TRUE(region.contains(here));
  EXPECT_TRUE(other_region.contains(there));
  EXPECT_EQ(heap.stats().live_blocks, 1U);
  EXPECT_EQ(other.stats().live_blocks, 1U);
}

// The second region lies so far above the first that its map has no room in it, and a larger one is
// asked for; what comes is smaller than the first time.
TEST(RegionSource, ThatGivesTooLittleAboveALargeGapIsRefused) {
  struct Stingy {
    std::vector<unsigned char> memory = std::vector<unsigned char>(std::size_t{66} << 20U);
    std::size_t asked_bytes[3] = {};
    std::size_t calls = 0;
  } stingy;
  Heap stingy_heap(
      {&stingy, [](void* context, std::size_t min_bytes) -> heaplet::Region {
         auto& self = *static_cast<Stingy*>(context);
         if (self.calls == 3) return {};
         self.asked_bytes[self.calls] = min_bytes;
         const std::size_t offsets[] = {0, std::size_t{60} << 20U, std::size_t{62} << 20U};
         const std::size_t bytes = self.calls == 2 ? self.asked_bytes[1] - 16 : min_bytes;
         return {self.memory.data() + offsets[self.calls++], bytes};
       }});
  ASSERT_NE(stingy_heap.allocate(1000), nullptr);
  EXPECT_EQ(stingy_heap.allocate(5000), nullptr);
  EXPECT_GT(stingy.asked_bytes[2], stingy.asked_bytes[1]);
  EXPECT_FALSE(stingy_heap.validate());
}

}  // namespace
