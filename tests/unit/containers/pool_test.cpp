// SPDX-License-Identifier: MIT
#include "heaplet/pool.hpp"

#include <vector>

#include "gtest/gtest.h"
#include "support/counting_allocator.hpp"
#include "support/probe.hpp"

namespace {

using heaplet_test::CountingAllocator;
using heaplet_test::Ledger;
using heaplet_test::Probe;
template <class T>
using Pool = heaplet::Pool<T, CountingAllocator>;

TEST(Pool, EndsTheObjectsItIsToldTo) {
  Ledger ledger;
  Probe::Log log;
  Pool<Probe> pool{CountingAllocator(ledger)};
  Probe* const first = pool.create(log, "a");
  Probe* const second = pool.create(log, "b");
  EXPECT_EQ(pool.live_count(), 2U);
  pool.destroy(first);
  EXPECT_EQ(log, Probe::Log{"a"});
  EXPECT_EQ(second->name(), "b");
  pool.destroy(second);
  EXPECT_EQ(pool.live_count(), 0U);
}

TEST(Pool, ReusesTheCellOfADestroyedObject) {
  Ledger ledger;
  Pool<int> pool{CountingAllocator(ledger)};
  int* const first = pool.create(1);
  pool.destroy(first);
  EXPECT_EQ(pool.create(2), first);
}

TEST(Pool, HoldsManyObjectsApart) {
  Ledger ledger;
  Pool<short> pool{CountingAllocator(ledger), 8};
  std::vector<short*> values;
  for (short i = 0; i < 500; ++i) values.push_back(pool.create(i));
  for (short i = 0; i < 500; i += 2) pool.destroy(values[static_cast<std::size_t>(i)]);
  for (short i = 0; i < 250; ++i) ASSERT_NE(pool.create(short{-1}), nullptr);
  for (short i = 1; i < 500; i += 2) EXPECT_EQ(*values[static_cast<std::size_t>(i)], i);
}

TEST(Pool, TakesNoMoreMemoryForObjectsThatComeAndGo) {
  Ledger ledger;
  Pool<long> pool{CountingAllocator(ledger)};
  pool.destroy(pool.create(0));
  const std::size_t capacity = pool.capacity_bytes();
  for (int i = 0; i < 10000; ++i) pool.destroy(pool.create(i));
  EXPECT_EQ(pool.capacity_bytes(), capacity);
}

TEST(Pool, ForgetsEverythingOnReset) {
  Ledger ledger;
  Pool<int> pool{CountingAllocator(ledger)};
  int* const first = pool.create(1);
  pool.destroy(pool.create(2));
  pool.reset();
  EXPECT_EQ(pool.live_count(), 0U);
  EXPECT_EQ(pool.create(3), first);
}

TEST(Pool, IsNullWhenMemoryIsOut) {
  Ledger ledger;
  ledger.granted = 0;
  Pool<int> pool{CountingAllocator(ledger)};
  EXPECT_EQ(pool.create(1), nullptr);
  EXPECT_EQ(pool.live_count(), 0U);
}

TEST(Pool, IgnoresNull) {
  Ledger ledger;
  Pool<int> pool{CountingAllocator(ledger)};
  pool.destroy(nullptr);
  EXPECT_EQ(pool.live_count(), 0U);
}

}  // namespace
