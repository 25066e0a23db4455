// SPDX-License-Identifier: MIT
//
// Meant for ThreadSanitizer too.
#include "heaplet/lock.hpp"

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "heaplet/arc.hpp"

namespace {

using heaplet::Arc;
using heaplet::Mutex;
using heaplet::RwLock;

template <class Body>
void in_threads(int count, Body body) {
  std::vector<std::thread> threads;
  for (int t = 0; t < count; ++t) threads.emplace_back(body, t);
  for (auto& thread : threads) thread.join();
}

TEST(Mutex, LetsOneThreadAtATimeWrite) {
  Mutex<long> mutex(0);
  in_threads(4, [&mutex](int) {
    for (int i = 0; i < 20000; ++i) ++*mutex.lock();
  });
  EXPECT_EQ(*mutex.lock(), 80000);
}

TEST(Mutex, RefusesATryWhileHeld) {
  Mutex<int> mutex(1);
  auto guard = mutex.lock();
  EXPECT_FALSE(mutex.try_lock());
  guard.drop();
  EXPECT_TRUE(mutex.try_lock());
}

TEST(Mutex, IsPoisonedByAnExceptionThatLeavesAGuard) {
  Mutex<int> mutex(1);
  try {
    const auto guard = mutex.lock();
    throw std::runtime_error("half-way");
  } catch (const std::runtime_error&) {
  }
  EXPECT_TRUE(mutex.is_poisoned());
  EXPECT_TRUE(mutex.lock().is_poisoned());
  mutex.clear_poison();
  EXPECT_FALSE(mutex.lock().is_poisoned());
}

struct LocksWhileUnwinding {
  explicit LocksWhileUnwinding(Mutex<int>& lock) : mutex(&lock) {}
  ~LocksWhileUnwinding() { ++*mutex->lock(); }
  Mutex<int>* mutex;
};

TEST(Mutex, IsNotPoisonedByAGuardThatBeganWhileUnwinding) {
  Mutex<int> mutex(1);
  try {
    const LocksWhileUnwinding locks(mutex);
    throw std::runtime_error("elsewhere");
  } catch (const std::runtime_error&) {
  }
  EXPECT_FALSE(mutex.is_poisoned());
  EXPECT_EQ(*mutex.lock(), 2);
}

TEST(Mutex, IsSharedThroughAnArc) {
  const auto total = Arc<Mutex<int>>::make(0);
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([mine = total.clone()] {
      for (int i = 0; i < 1000; ++i) ++*mine->lock();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(*total->lock(), 3000);
}

struct Pair {
  long left = 0;
  long right = 0;
};

TEST(RwLock, ShowsReadersOnlyWholeWrites) {
  RwLock<Pair> lock(Pair{});
  in_threads(4, [&lock](int t) {
    for (int i = 0; i < 5000; ++i) {
      if (t % 2 == 0) {
        const auto pair = lock.write();
        ++pair->left;
        ++pair->right;
      } else {
        const auto pair = lock.read();
        EXPECT_EQ(pair->left, pair->right);
      }
    }
  });
  EXPECT_EQ(lock.read()->left, 10000);
}

TEST(RwLock, LetsManyReadAtOnce) {
  RwLock<int> lock(1);
  const auto first = lock.read();
  const auto second = lock.try_read();
  EXPECT_TRUE(second);
  EXPECT_FALSE(lock.try_write());
}

TEST(RwLock, LetsOneWriteAlone) {
  RwLock<int> lock(1);
  const auto writer = lock.write();
  EXPECT_FALSE(lock.try_read());
  EXPECT_FALSE(lock.try_write());
}

TEST(RwLock, WakesEveryWaiter) {
  for (int round = 0; round < 300; ++round) {
    RwLock<int> lock(0);
    in_threads(3, [&lock](int t) {
      if (t == 0) {
        ++*lock.write();
      } else {
        static_cast<void>(*lock.read());
      }
    });
    EXPECT_EQ(*lock.read(), 1);
  }
}

TEST(RwLock, LetsAWaitingWriterGoBeforeReaders) {
  for (int round = 0; round < 20; ++round) {
    RwLock<int> lock(0);
    auto reader = lock.read();
    std::thread writer([&lock] { *lock.write() = 1; });
    // Once the writer waits, readers stay outside.
    while (lock.try_read()) std::this_thread::yield();
    reader.drop();
    // They still do now that the lock is free, though the writer has yet to wake.
    auto next = lock.try_read();
    while (!next) {
      std::this_thread::yield();
      next = lock.try_read();
    }
    EXPECT_EQ(*next, 1);
    writer.join();
  }
}

TEST(RwLock, LetsWritersFinishAmongReadersThatNeverStop) {
  RwLock<int> lock(0);
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      while (!stop.load()) static_cast<void>(*lock.read());
    });
  }
  in_threads(2, [&lock](int) {
    for (int i = 0; i < 500; ++i) ++*lock.write();
  });
  stop.store(true);
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(*lock.read(), 1000);
}

TEST(RwLock, IsPoisonedByAFailedWriterOnly) {
  RwLock<int> lock(1);
  const auto fail_with = [](auto guard) {
    static_cast<void>(*guard);
    throw std::runtime_error("half-way");
  };
  EXPECT_THROW(fail_with(lock.read()), std::runtime_error);
  EXPECT_FALSE(lock.is_poisoned());
  EXPECT_THROW(fail_with(lock.write()), std::runtime_error);
  EXPECT_TRUE(lock.is_poisoned());
}

}  // namespace
