// SPDX-License-Identifier: MIT
#include "heaplet/slab.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "support/counting_allocator.hpp"
#include "support/probe.hpp"
#include "support/seeded_random.hpp"

namespace {

using heaplet::Handle;
using heaplet_test::CountingAllocator;
using heaplet_test::Ledger;
using heaplet_test::Probe;
template <class T>
using Slab = heaplet::Slab<T, CountingAllocator>;

TEST(Slab, FindsWhatWasInserted) {
  Ledger ledger;
  Slab<std::string> slab{CountingAllocator(ledger)};
  const Handle handle = slab.insert("a string too long for the small buffer");
  ASSERT_TRUE(handle);
  ASSERT_NE(slab.try_at(handle), nullptr);
  EXPECT_EQ(*slab.try_at(handle), "a string too long for the small buffer");
  EXPECT_EQ(slab.size(), 1U);
}

TEST(Slab, DoesNotFindWhatWasErased) {
  Ledger ledger;
  Slab<int> slab{CountingAllocator(ledger)};
  const Handle handle = slab.insert(1);
  EXPECT_TRUE(slab.erase(handle));
  EXPECT_EQ(slab.try_at(handle), nullptr);
  EXPECT_FALSE(slab.erase(handle));
}

TEST(Slab, TellsAnOldHandleFromANewOneToTheSameSlot) {
  Ledger ledger;
  Slab<int> slab{CountingAllocator(ledger)};
  const Handle old = slab.insert(1);
  slab.erase(old);
  const Handle fresh = slab.insert(2);
  EXPECT_EQ(fresh.index, old.index);
  EXPECT_EQ(slab.try_at(old), nullptr);
  EXPECT_EQ(*slab.try_at(fresh), 2);
}

TEST(Slab, ReusesSlotsInTheOrderInWhichTheyBecameFree) {
  Ledger ledger;
  Slab<int> slab{CountingAllocator(ledger)};
  const Handle first = slab.insert(1);
  const Handle second = slab.insert(2);
  slab.erase(second);
  slab.erase(first);
  EXPECT_EQ(slab.insert(3).index, second.index);
  EXPECT_EQ(slab.insert(4).index, first.index);
}

TEST(Slab, RefusesNullAndMadeUpHandles) {
  Ledger ledger;
  Slab<int> slab{CountingAllocator(ledger)};
  static_cast<void>(slab.insert(1));
  EXPECT_EQ(slab.try_at({}), nullptr);
  EXPECT_EQ(slab.try_at({1, 0}), nullptr);
  EXPECT_EQ(slab.try_at({2, 1}), nullptr);
  EXPECT_EQ(slab.try_at({0xffffffff, 1}), nullptr);
}

TEST(Slab, DoesNotMoveItsValues) {
  Ledger ledger;
  Slab<int> slab{CountingAllocator(ledger)};
  const Handle handle = slab.insert(7);
  const int* const before = slab.try_at(handle);
  for (int i = 0; i < 10000; ++i) ASSERT_TRUE(slab.insert(i));
  EXPECT_EQ(slab.try_at(handle), before);
  EXPECT_GE(slab.capacity(), 10001U);
}

TEST(Slab, EndsItsValuesWithItself) {
  Ledger ledger;
  Probe::Log log;
  {
    Slab<Probe> slab{CountingAllocator(ledger)};
    static_cast<void>(slab.insert(log, "a"));
    static_cast<void>(slab.insert(log, "b"));
  }
  EXPECT_EQ(log, (Probe::Log{"a", "b"}));
}

TEST(Slab, VisitsItsValuesInOrderOfIndex) {
  Ledger ledger;
  Slab<int> slab{CountingAllocator(ledger)};
  std::vector<Handle> handles;
  for (int i = 0; i < 5; ++i) handles.push_back(slab.insert(i));
  slab.erase(handles[2]);
  std::vector<int> seen;
  slab.for_each([&seen](Handle, int value) { seen.push_back(value); });
  EXPECT_EQ(seen, (std::vector<int>{0, 1, 3, 4}));
}

TEST(Slab, IsNullWhenMemoryIsOutAndGoesOnAfterwards) {
  for (std::size_t granted = 0; granted < 4; ++granted) {
    Ledger ledger;
    ledger.granted = granted;
    Slab<int> slab{CountingAllocator(ledger)};
    std::size_t count = 0;
    while (slab.insert(1)) ++count;
    EXPECT_EQ(slab.size(), count);
    ledger.granted = SIZE_MAX;
    EXPECT_TRUE(slab.insert(2));
  }
}

TEST(SlabModel, AgreesWithAMap) {
  heaplet_test::SeededRandom random;
  SCOPED_TRACE(random.label());
  Ledger ledger;
  Slab<int> slab{CountingAllocator(ledger)};
  std::map<std::uint64_t, int> model;
  std::vector<Handle> ever;
  for (int step = 0; step < 50000; ++step) {
    if (ever.empty() || random.below(100) < 45) {
      const Handle handle = slab.insert(step);
      ASSERT_TRUE(model.emplace(handle.packed(), step).second) << "a handle came back";
      ever.push_back(handle);
    } else {
      const Handle handle = ever[random.below(ever.size())];
      ASSERT_EQ(slab.erase(handle), model.erase(handle.packed()) == 1);
    }
    const Handle any = ever[random.below(ever.size())];
    const auto found = model.find(any.packed());
    const int* const value = slab.try_at(any);
    ASSERT_EQ(value != nullptr, found != model.end());
    if (value != nullptr) {
      ASSERT_EQ(*value, found->second);
    }
    ASSERT_EQ(slab.size(), model.size());
  }
}

}  // namespace
