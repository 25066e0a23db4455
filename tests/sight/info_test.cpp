// SPDX-License-Identifier: MIT
#include <malloc.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "heaplet/stats.hpp"
#include "support.hpp"

namespace {

using heaplet::malloc_stats;
using heaplet::MallocStats;
using heaplet_test::hidden;

// The compiler drops a malloc whose result nobody looks at.
void* allocate(std::size_t bytes) { return hidden(std::malloc(hidden(bytes))); }

TEST(MallocStats, AddUp) {
  void* const blocks[] = {allocate(10), allocate(1000), allocate(100000)};
  const MallocStats stats = malloc_stats();
  EXPECT_GE(stats.live_blocks, 3U);
  EXPECT_EQ(stats.reserved_bytes,
            stats.live_bytes + stats.free_bytes + stats.metadata_bytes + stats.top_bytes);
  EXPECT_GE(stats.high_water_bytes, stats.live_bytes);
  EXPECT_LE(stats.high_water_bytes, stats.reserved_bytes);
  EXPECT_EQ(stats.memory_bytes % 65536, 0U);
  EXPECT_GE(stats.memory_bytes, stats.reserved_bytes);
  for (void* const block : blocks) std::free(block);
}

TEST(MallocStats, ChangeByExactlyWhatIsAllocated) {
  const MallocStats before = malloc_stats();
  void* const block = allocate(5000);
  const MallocStats with = malloc_stats();
  EXPECT_EQ(with.live_blocks, before.live_blocks + 1);
  EXPECT_EQ(with.live_bytes, before.live_bytes + malloc_usable_size(block));
  std::free(block);
  EXPECT_EQ(malloc_stats().live_bytes, before.live_bytes);
}

TEST(MallocStats, CountGrowths) {
  const MallocStats before = malloc_stats();
  void* const block = allocate(before.memory_bytes);
  const MallocStats after = malloc_stats();
  EXPECT_EQ(after.growth_count, before.growth_count + 1);
  EXPECT_GT(after.memory_bytes, before.memory_bytes);
  std::free(block);
}

TEST(SizeClasses, AddUpToTheSums) {
  std::vector<void*> blocks;
  for (std::size_t bytes = 1; bytes < 3000; bytes += 7) blocks.push_back(allocate(bytes));
  for (std::size_t i = 0; i < blocks.size(); i += 3) std::free(blocks[i]);
  std::vector<heaplet_size_class> classes(HEAPLET_MAX_SIZE_CLASSES);
  const MallocStats stats = malloc_stats();
  const std::size_t count = heaplet_malloc_size_classes(classes.data(), classes.size());
  ASSERT_LE(count, classes.size());
  MallocStats sum = {};
  for (std::size_t i = 0; i < count; ++i) {
    sum.live_blocks += classes[i].live_blocks;
    sum.live_bytes += classes[i].live_bytes;
    sum.free_blocks += classes[i].free_blocks;
    sum.free_bytes += classes[i].free_bytes;
    if (i == 0 || classes[i].in_slabs != classes[i - 1].in_slabs) continue;
    EXPECT_GT(classes[i].least_bytes, classes[i - 1].least_bytes);
  }
  EXPECT_EQ(sum.live_blocks, stats.live_blocks);
  EXPECT_EQ(sum.live_bytes, stats.live_bytes);
  EXPECT_EQ(sum.free_blocks, stats.free_blocks);
  EXPECT_EQ(sum.free_bytes, stats.free_bytes);
}

TEST(Info, AllocatesNothing) {
  static char text[8192];
  const std::size_t before = malloc_stats().live_blocks;
  for (const int format : {HEAPLET_INFO_TEXT, HEAPLET_INFO_JSON}) {
    const std::size_t length = heaplet_malloc_info(format, text, sizeof text);
    EXPECT_EQ(std::strlen(text), length);
    EXPECT_NE(std::strstr(text, std::to_string(before).c_str()), nullptr) << text;
  }
  EXPECT_EQ(malloc_stats().live_blocks, before);
}

TEST(Info, SaysHowMuchRoomItWants) {
  char small[20];
  std::memset(small, 'x', sizeof small);
  const std::size_t length = heaplet_malloc_info(HEAPLET_INFO_JSON, small, sizeof small - 1);
  EXPECT_GT(length, sizeof small);
  EXPECT_EQ(std::strlen(small), sizeof small - 2);
  EXPECT_EQ(small[sizeof small - 1], 'x');
  EXPECT_EQ(heaplet_malloc_info(HEAPLET_INFO_JSON, nullptr, 0), length);
}

}  // namespace
