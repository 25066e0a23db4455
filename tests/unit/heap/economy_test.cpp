// SPDX-License-Identifier: MIT
//
// What a sound heap may get wrong: taking more memory than it must.
#include <algorithm>
#include <cstddef>
#include <vector>

#include "gtest/gtest.h"
#include "heap/layout.hpp"
#include "heaplet/heap.hpp"
#include "support/test_region.hpp"

namespace {

using heaplet::Block;
using heaplet::Heap;
using heaplet::detail::kGranuleBytes;
using heaplet::detail::kSlabBytes;
using heaplet::detail::kWordBytes;

class Economy : public testing::Test {
 protected:
  void TearDown() override { EXPECT_FALSE(heap_.validate()); }

  [[nodiscard]] bool is_in_slab(const void* address) const {
    struct Search {
      const void* address;
      bool found;
    } search{address, false};
    heap_.walk(
        [](void* context, const Block& block) {
          auto& wanted = *static_cast<Search*>(context);
          if (block.address == wanted.address) wanted.found = block.in_slab;
        },
        &search);
    return search.found;
  }

  std::vector<void*> allocate(std::size_t count, std::size_t bytes) {
    std::vector<void*> blocks(count);
    for (void*& block : blocks) block = heap_.allocate(bytes);
    return blocks;
  }
  [[nodiscard]] std::ptrdiff_t count_in_slabs(const std::vector<void*>& blocks) const {
    return std::count_if(blocks.begin(), blocks.end(),
                         [&](void* block) { return is_in_slab(block); });
  }

  heaplet_test::TestRegion region_{{.bytes = std::size_t{40} << 20}};
  Heap heap_{region_.source()};
};

TEST_F(Economy, RoundsUpByLessThanAGranule) {
  for (std::size_t bytes = 1000; bytes < 1100; ++bytes) {
    const std::size_t usable_bytes = heap_.usable_size(heap_.allocate(bytes));
    EXPECT_GE(usable_bytes, bytes);
    EXPECT_LT(usable_bytes, bytes + kGranuleBytes);
  }
}

TEST_F(Economy, TakesAFreeBlockThatFitsExactly) {
  const std::vector<void*> blocks = allocate(3, 3000);
  heap_.deallocate(blocks[1]);
  EXPECT_EQ(heap_.allocate(3000), blocks[1]);
}

TEST_F(Economy, TakesTheBlockOfThatSizeThatWasFreedLast) {
  for (std::size_t granules = 20; granules < 63; ++granules) {
    const std::size_t bytes = granules * kGranuleBytes - kWordBytes;
    const std::vector<void*> blocks = allocate(2, bytes);
    heap_.deallocate(blocks[0]);
    EXPECT_EQ(heap_.allocate(bytes), blocks[0]) << bytes;
  }
}

TEST_F(Economy, UsesFreeBlocksOfMebibytes) {
  std::vector<void*> blocks;
  for (std::size_t mebibytes = 1; mebibytes <= 6; ++mebibytes) {
    blocks.push_back(heap_.allocate(mebibytes << 20U));
    ASSERT_NE(heap_.allocate(3000), nullptr);
  }
  for (void* const block : blocks) heap_.deallocate(block);
  EXPECT_FALSE(heap_.validate());
  const std::size_t given_bytes = region_.given_bytes();
  for (std::size_t mebibytes = 6; mebibytes >= 1; --mebibytes) {
    EXPECT_NE(heap_.allocate(mebibytes << 20U), nullptr);
  }
  EXPECT_EQ(region_.given_bytes(), given_bytes);
}

TEST_F(Economy, MakesNoSlabsInASmallHeap) {
  EXPECT_EQ(count_in_slabs(allocate(200, 64)), 0);
  EXPECT_LT(heap_.stats().high_water_bytes, 36 * kSlabBytes);
}

TEST_F(Economy, MakesASlabAfterFourObjectsOfASizeAndAgainAfterItWasGivenBack) {
  ASSERT_NE(heap_.allocate(40 * kSlabBytes), nullptr);
  const std::vector<void*> objects = allocate(10, 64);
  EXPECT_EQ(count_in_slabs(objects), 6);
  for (auto object = objects.begin() + 4; object != objects.end(); ++object) {
    EXPECT_TRUE(is_in_slab(*object));
    heap_.deallocate(*object);
  }
  EXPECT_EQ(count_in_slabs(allocate(10, 64)), 6);
}

TEST_F(Economy, PutsSmallObjectsSideBySide) {
  ASSERT_NE(heap_.allocate(40 * kSlabBytes), nullptr);
  const std::size_t most_bytes = 16 * kGranuleBytes;
  for (std::size_t bytes = kGranuleBytes / 2; bytes <= most_bytes; bytes += kGranuleBytes / 2) {
    const std::size_t before = heap_.stats().high_water_bytes;
    static_cast<void>(allocate(1000, bytes));
    const std::size_t rounded = (bytes + kGranuleBytes - 1) & ~(kGranuleBytes - 1);
    const std::size_t taken = heap_.stats().high_water_bytes - before;
    EXPECT_LT(taken, 1000 * rounded * 9 / 8 + 4 * kSlabBytes) << bytes;
  }
}

TEST_F(Economy, GivesEmptySlabsBack) {
  ASSERT_NE(heap_.allocate(40 * kSlabBytes), nullptr);
  const heaplet::HeapStats before = heap_.stats();
  for (int round = 0; round < 3; ++round) {
    for (void* const object : allocate(5000, 48)) heap_.deallocate(object);
  }
  heap_.trim();
  const heaplet::HeapStats after = heap_.stats();
  EXPECT_EQ(after.live_bytes, before.live_bytes);
  EXPECT_LT(after.reserved_bytes, before.reserved_bytes + 5000 * 64);
  // One piece: nothing of the slabs is left between.
  EXPECT_LE(after.free_blocks, before.free_blocks + 1);
}

}  // namespace
