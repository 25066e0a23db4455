// SPDX-License-Identifier: MIT
//
// Meant for ThreadSanitizer too: a missing memory order shows there.
#include "heaplet/arc.hpp"

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace {

using heaplet::Arc;
using heaplet::ArcWeak;

struct Flagged {
  explicit Flagged(std::atomic<int>& ended) : ended_(&ended) {}
  ~Flagged() { ++*ended_; }
  mutable std::atomic<int> uses{0};

 private:
  std::atomic<int>* ended_;
};

TEST(Arc, EndsItsValueOnceWhicheverThreadIsLast) {
  std::atomic<int> ended{0};
  for (int round = 0; round < 200; ++round) {
    auto shared = Arc<Flagged>::make(ended);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([mine = shared.clone()]() mutable {
        for (int i = 0; i < 100; ++i) {
          const auto other = mine.clone();
          other->uses.fetch_add(1, std::memory_order_relaxed);
        }
        mine.drop();
      });
    }
    shared.drop();
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(ended, round + 1);
  }
}

TEST(Arc, LetsASoleOwnerWriteAfterTheOthersHaveRead) {
  auto shared = Arc<int>::make(1);
  std::thread reader([mine = shared.clone()]() mutable {
    EXPECT_EQ(*mine, 1);
    mine.drop();
  });
  int* value = nullptr;
  while ((value = shared.try_mut()) == nullptr) std::this_thread::yield();
  *value = 2;
  reader.join();
  EXPECT_EQ(*shared, 2);
}

TEST(Arc, UpgradesOrNotWhileOwnersRaceAway) {
  std::atomic<int> ended{0};
  for (int round = 0; round < 200; ++round) {
    auto shared = Arc<Flagged>::make(ended);
    std::thread observer([weak = shared.downgrade()] {
      while (const auto alive = weak.upgrade()) {
        alive->uses.fetch_add(1, std::memory_order_relaxed);
      }
    });
    shared.drop();
    observer.join();
    EXPECT_EQ(ended, round + 1);
  }
}

TEST(AtomicCounter, RefusesToPassItsLimit) {
  heaplet::detail::AtomicCounter count;
  EXPECT_TRUE(count.try_increment(2));
  EXPECT_FALSE(count.try_increment(2));
  EXPECT_FALSE(count.try_increment_unless_zero(2));
  EXPECT_EQ(count.read(), 2U);
}

TEST(AtomicCounter, DoesNotRiseFromZero) {
  heaplet::detail::AtomicCounter count;
  EXPECT_TRUE(count.decrement());
  EXPECT_FALSE(count.try_increment_unless_zero(2));
}

}  // namespace
