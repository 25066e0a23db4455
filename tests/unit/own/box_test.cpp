// SPDX-License-Identifier: MIT
#include "heaplet/box.hpp"

#include <memory>
#include <utility>

#include "gtest/gtest.h"
#include "support/counting_allocator.hpp"
#include "support/probe.hpp"

namespace {

using heaplet::Box;
using heaplet_test::CountingAllocator;
using heaplet_test::Ledger;
using heaplet_test::Probe;

TEST(Box, HoldsItsValue) {
  const auto box = Box<int>::make(41);
  ASSERT_TRUE(box);
  *box += 1;
  EXPECT_EQ(*box, 42);
}

TEST(Box, IsOnePointerWithAStatelessAllocator) { EXPECT_EQ(sizeof(Box<int>), sizeof(void*)); }

TEST(Box, EndsItsValueAndGivesTheMemoryBack) {
  Ledger ledger;
  Probe::Log log;
  {
    const auto box = Box<Probe, CountingAllocator>::make_in(CountingAllocator(ledger), log, "a");
    EXPECT_EQ(ledger.live.size(), 1U);
  }
  EXPECT_EQ(log, Probe::Log{"a"});
  EXPECT_EQ(ledger.live.size(), 0U);
}

TEST(Box, DropEndsTheValueEarlyAndOnce) {
  Probe::Log log;
  {
    auto box = Box<Probe>::make(log, "a");
    box.drop();
    EXPECT_EQ(log.size(), 1U);
    EXPECT_FALSE(box);
    box.drop();
  }
  EXPECT_EQ(log.size(), 1U);
}

TEST(Box, HandsItsValueOverWhenMoved) {
  Probe::Log log;
  auto first = Box<Probe>::make(log, "a");
  auto second = std::move(first);
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): that is what is tested
  EXPECT_EQ(second->name(), "a");
  second = Box<Probe>::make(log, "b");
  EXPECT_EQ(log, Probe::Log{"a"});
}

TEST(Box, SurvivesAssignmentToItself) {
  auto box = Box<int>::make(7);
  auto& same = box;
  box = std::move(same);
  EXPECT_EQ(*box, 7);
}

TEST(Box, PanicsWhenUsedAfterAMove) {
  auto box = Box<int>::make(1);
  const auto other = std::move(box);
  EXPECT_DEATH_IF_SUPPORTED(static_cast<void>(*box), "Box: used after it was moved");  // NOLINT
}

TEST(Box, IsEmptyWhenMemoryIsOut) {
  Ledger ledger;
  ledger.granted = 0;
  const auto box = Box<int, CountingAllocator>::try_make_in(CountingAllocator(ledger), 1);
  EXPECT_FALSE(box);
}

TEST(Box, PanicsInMakeWhenMemoryIsOut) {
  Ledger ledger;
  ledger.granted = 0;
  EXPECT_DEATH_IF_SUPPORTED(
      static_cast<void>(Box<int, CountingAllocator>::make_in(CountingAllocator(ledger), 1)),
      "Box: out of memory");
}

TEST(Box, GivesUpAndTakesBackARawPointer) {
  Ledger ledger;
  const CountingAllocator source(ledger);
  auto box = Box<int, CountingAllocator>::make_in(source, 5);
  int* const raw = box.into_raw();
  EXPECT_FALSE(box);
  const auto again = Box<int, CountingAllocator>::from_raw(source, raw);
  EXPECT_EQ(*again, 5);
}

TEST(Box, MovesItsValueOut) {
  auto box = Box<std::unique_ptr<int>>::make(std::make_unique<int>(3));
  const std::unique_ptr<int> inner = box.into_inner();
  EXPECT_EQ(*inner, 3);
  EXPECT_FALSE(box);
}

struct alignas(64) Wide {
  int value = 0;
};

TEST(Box, RespectsAlignment) {
  const auto box = Box<Wide>::make();
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&*box) % 64, 0U);
}

}  // namespace
