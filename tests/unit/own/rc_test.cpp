// SPDX-License-Identifier: MIT
#include "heaplet/rc.hpp"

#include <utility>

#include "gtest/gtest.h"
#include "heaplet/cell.hpp"
#include "support/counting_allocator.hpp"
#include "support/probe.hpp"

namespace {

using heaplet::Rc;
using heaplet::Weak;
using heaplet_test::CountingAllocator;
using heaplet_test::Ledger;
using heaplet_test::Probe;

TEST(Rc, EndsItsValueWithTheLastOwner) {
  Probe::Log log;
  auto first = Rc<Probe>::make(log, "a");
  auto second = first.clone();
  EXPECT_EQ(first.strong_count(), 2U);
  first.drop();
  EXPECT_TRUE(log.empty());
  EXPECT_EQ(second->name(), "a");
  second.drop();
  EXPECT_EQ(log, Probe::Log{"a"});
}

TEST(Rc, KnowsWhetherTwoOwnTheSame) {
  const auto first = Rc<int>::make(1);
  const auto other = Rc<int>::make(1);
  EXPECT_TRUE(first == first.clone());
  EXPECT_FALSE(first == other);
}

TEST(Rc, LendsItsValueForWritingOnlyToASoleOwner) {
  auto first = Rc<int>::make(1);
  ASSERT_NE(first.try_mut(), nullptr);
  *first.try_mut() = 2;
  auto second = first.clone();
  EXPECT_EQ(first.try_mut(), nullptr);
  second.drop();
  auto observer = first.downgrade();
  EXPECT_EQ(first.try_mut(), nullptr);
  observer.drop();
  EXPECT_NE(first.try_mut(), nullptr);
}

TEST(Rc, IsEmptyWhenMemoryIsOut) {
  Ledger ledger;
  ledger.granted = 0;
  EXPECT_FALSE((Rc<int, CountingAllocator>::try_make_in(CountingAllocator(ledger), 1)));
}

TEST(Rc, PanicsWhenUsedAfterAMove) {
  auto first = Rc<int>::make(1);
  const auto second = std::move(first);
  EXPECT_DEATH_IF_SUPPORTED(static_cast<void>(first.clone()),
                            "Rc: used after it was moved");  // NOLINT
}

TEST(Rc, MovesByAssignmentAndEndsWhatItHeld) {
  Probe::Log log;
  auto first = Rc<Probe>::make(log, "a");
  first = Rc<Probe>::make(log, "b");
  EXPECT_EQ(log, Probe::Log{"a"});
  EXPECT_EQ(first->name(), "b");
}

TEST(Weak, UpgradesWhileAnOwnerLives) {
  auto owner = Rc<int>::make(9);
  const auto observer = owner.downgrade();
  EXPECT_EQ(owner.weak_count(), 1U);
  {
    const auto upgraded = observer.upgrade();
    ASSERT_TRUE(upgraded);
    EXPECT_EQ(*upgraded, 9);
    EXPECT_EQ(owner.strong_count(), 2U);
  }
  owner.drop();
  EXPECT_FALSE(observer.upgrade());
}

TEST(Weak, KeepsTheMemoryButNotTheValue) {
  Ledger ledger;
  Probe::Log log;
  auto owner = Rc<Probe, CountingAllocator>::make_in(CountingAllocator(ledger), log, "a");
  auto observer = owner.downgrade();
  owner.drop();
  EXPECT_EQ(log.size(), 1U);
  EXPECT_EQ(ledger.live.size(), 1U);
  observer.drop();
  EXPECT_EQ(ledger.live.size(), 0U);
}

TEST(Weak, ObservesNothingByDefault) {
  EXPECT_FALSE(Weak<int>().upgrade());
  EXPECT_FALSE(Weak<int>().clone().upgrade());
}

struct Node {
  explicit Node(Probe::Log& log) : probe(log, "node") {}
  Probe probe;
  heaplet::RefCell<Weak<Node>> parent{Weak<Node>()};
  heaplet::RefCell<Rc<Node>> child{Rc<Node>()};
};

TEST(Weak, BreaksACycle) {
  Probe::Log log;
  {
    const auto parent = Rc<Node>::make(log);
    auto child = Rc<Node>::make(log);
    *child->parent.borrow_mut() = parent.downgrade();
    *parent->child.borrow_mut() = std::move(child);
    EXPECT_TRUE((*parent->child.borrow())->parent.borrow()->upgrade() == parent);
  }
  EXPECT_EQ(log.size(), 2U);
}

TEST(Counter, RefusesToPassItsLimit) {
  heaplet::detail::PlainCounter count;
  EXPECT_TRUE(count.try_increment(2));
  EXPECT_FALSE(count.try_increment(2));
  EXPECT_EQ(count.read(), 2U);
}

}  // namespace
