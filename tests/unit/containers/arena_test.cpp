// SPDX-License-Identifier: MIT
#include "heaplet/arena.hpp"

#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "gtest/gtest.h"
#include "support/counting_allocator.hpp"

namespace {

using heaplet::ArenaAllocator;
using heaplet_test::CountingAllocator;
using heaplet_test::Ledger;
using Arena = heaplet::Arena<CountingAllocator>;

TEST(Arena, TakesNothingBeforeTheFirstAllocation) {
  Ledger ledger;
  const Arena arena{CountingAllocator(ledger)};
  EXPECT_EQ(ledger.request_count, 0U);
  EXPECT_EQ(arena.used_bytes(), 0U);
}

TEST(Arena, AlignsEachAllocation) {
  Ledger ledger;
  Arena arena{CountingAllocator(ledger), 128};
  for (std::size_t alignment = 1; alignment <= 256; alignment *= 2) {
    void* const memory = arena.allocate(3, alignment);
    ASSERT_NE(memory, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % alignment, 0U);
    std::memset(memory, 0xff, 3);
  }
}

TEST(Arena, KeepsAllocationsApart) {
  Ledger ledger;
  Arena arena{CountingAllocator(ledger), 64};
  std::vector<std::uint32_t*> values;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    values.push_back(arena.create<std::uint32_t>(i));
    ASSERT_NE(values.back(), nullptr);
  }
  for (std::uint32_t i = 0; i < 1000; ++i) EXPECT_EQ(*values[i], i);
}

TEST(Arena, TakesRequestsLargerThanAChunk) {
  Ledger ledger;
  Arena arena{CountingAllocator(ledger), 64};
  void* const memory = arena.allocate(100000, 64);
  ASSERT_NE(memory, nullptr);
  std::memset(memory, 1, 100000);
}

TEST(Arena, RewindsToACheckpoint) {
  Ledger ledger;
  Arena arena{CountingAllocator(ledger), 64};
  auto* const kept = arena.create<int>(7);
  const auto mark = arena.checkpoint();
  const std::size_t used = arena.used_bytes();
  void* const first = arena.allocate(8, 8);
  for (int i = 0; i < 100; ++i) ASSERT_NE(arena.allocate(40, 8), nullptr);
  arena.rewind(mark);
  EXPECT_EQ(arena.used_bytes(), used);
  EXPECT_EQ(arena.allocate(8, 8), first);
  EXPECT_EQ(*kept, 7);
}

TEST(Arena, ReusesItsMemoryAfterAReset) {
  Ledger ledger;
  Arena arena{CountingAllocator(ledger), 64};
  for (int i = 0; i < 100; ++i) ASSERT_NE(arena.allocate(40, 8), nullptr);
  const std::size_t capacity = arena.capacity_bytes();
  const std::size_t requests = ledger.request_count;
  arena.reset();
  EXPECT_EQ(arena.used_bytes(), 0U);
  for (int i = 0; i < 100; ++i) ASSERT_NE(arena.allocate(40, 8), nullptr);
  EXPECT_EQ(arena.capacity_bytes(), capacity);
  EXPECT_EQ(ledger.request_count, requests);
}

TEST(Arena, RewindsToBeforeItsFirstChunk) {
  Ledger ledger;
  Arena arena{CountingAllocator(ledger), 64};
  const auto mark = arena.checkpoint();
  void* const first = arena.allocate(8, 8);
  arena.rewind(mark);
  EXPECT_EQ(arena.used_bytes(), 0U);
  EXPECT_EQ(arena.allocate(8, 8), first);
}

TEST(Arena, RefusesWhatThereIsNoMemoryFor) {
  Ledger ledger;
  ledger.granted = 1;
  Arena arena{CountingAllocator(ledger), 64};
  ASSERT_NE(arena.allocate(8, 8), nullptr);
  const std::size_t used = arena.used_bytes();
  EXPECT_EQ(arena.allocate(1000, 8), nullptr);
  EXPECT_EQ(arena.used_bytes(), used);
  EXPECT_NE(arena.allocate(8, 8), nullptr);
}

TEST(Arena, RefusesAbsurdSizes) {
  Ledger ledger;
  Arena arena{CountingAllocator(ledger)};
  constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
  EXPECT_EQ(arena.allocate(kMost, 1), nullptr);
  EXPECT_EQ(arena.allocate(kMost - 16, 16), nullptr);
  EXPECT_EQ(arena.allocate(1, kMost / 2 + 1), nullptr);
}

TEST(ArenaAllocator, FeedsAStandardContainer) {
  Ledger ledger;
  Arena arena{CountingAllocator(ledger)};
  using Source = ArenaAllocator<CountingAllocator>;
  std::vector<int, heaplet::allocator<int, Source>> numbers{Source(arena)};
  for (int i = 0; i < 100; ++i) numbers.push_back(i);
  EXPECT_EQ(numbers[99], 99);
  EXPECT_GT(arena.used_bytes(), 400U);
}

}  // namespace
