// SPDX-License-Identifier: MIT
//
// What many threads do to the heap they share: take the break from each other, and stop, or die,
// with the lock. On the host a thread cannot be killed in WebAssembly's way, so it is stopped where
// it hurts most: memory has grown for it, and it has not taken it yet.
#include <malloc.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "support/host_malloc.hpp"

namespace {

// The thread that is to stop at its next growth, and whether it has, and may go on.
thread_local bool stops = false;
std::atomic<bool> has_stopped{false};
std::atomic<bool> may_go_on{false};

}  // namespace

extern "C" {
void heaplet_malloc_walk(void (*visit)(void* context, const heaplet::Block&), void* context);

// Called after memory has grown, with the lock.
void heaplet_on_growth() {
  if (!stops) return;
  stops = false;
  has_stopped = true;
  while (!may_go_on) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}
}

namespace {

constexpr std::size_t kLarge = 5000;
constexpr std::size_t kHuge = 4 << 20;

class SharedHeap : public testing::Test {
 protected:
  void SetUp() override { heaplet_host::reset(heaplet_host::kMostPages); }
  void TearDown() override { EXPECT_FALSE(heaplet_host::validate()); }

  // A block of an own kind, whose contents are known.
  static unsigned char* filled(std::size_t bytes) {
    auto* const block = static_cast<unsigned char*>(host_malloc(bytes));
    if (block != nullptr) std::memset(block, static_cast<int>(bytes % 251), bytes);
    return block;
  }
  static bool is_whole(const unsigned char* block, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) {
      if (block[i] != static_cast<unsigned char>(bytes % 251)) return false;
    }
    return true;
  }
};

// Stops in the middle of an allocation, with the lock, until it is told to go on or goes.
class Stopped {
 public:
  explicit Stopped(std::size_t bytes) {
    has_stopped = may_go_on = false;
    thread_ = std::thread([this, bytes] {
      stops = true;
      block_ = host_malloc(bytes);
    });
    while (!has_stopped) std::this_thread::yield();
  }
  // What it allocated.
  void* go_on() {
    may_go_on = true;
    thread_.join();
    return block_;
  }
  ~Stopped() {
    may_go_on = true;
    if (thread_.joinable()) thread_.join();
  }
  Stopped(const Stopped&) = delete;
  Stopped& operator=(const Stopped&) = delete;

 private:
  std::thread thread_;
  void* block_ = nullptr;
};

TEST_F(SharedHeap, GoesOnWithoutTheThreadThatHasTheLock) {
  unsigned char* const old = filled(kLarge);
  unsigned char* const small = filled(40);
  const std::size_t usable = host_malloc_usable_size(old);
  Stopped stopped(kHuge);

  unsigned char* const block = filled(kLarge);
  ASSERT_NE(block, nullptr);
  EXPECT_GT(block, old);
  EXPECT_TRUE(is_whole(old, kLarge));
  EXPECT_TRUE(is_whole(small, 40));
  EXPECT_FALSE(heaplet_host::validate());

  // Live blocks are what they were.
  EXPECT_EQ(host_malloc_usable_size(old), usable);
  auto* const moved = static_cast<unsigned char*>(host_realloc(old, 2 * kLarge));
  ASSERT_NE(moved, nullptr);
  EXPECT_NE(moved, old);
  for (std::size_t i = 0; i < kLarge; ++i) ASSERT_EQ(moved[i], kLarge % 251);
  host_free(moved);
  host_free(block);
  host_free(small);
  EXPECT_TRUE(is_whole(old, kLarge)) << "what is freed of a heap that was given up stays as it is";
}

TEST_F(SharedHeap, TakesAThreadBackThatWasOnlyStopped) {
  unsigned char* const old = filled(kLarge);
  Stopped stopped(kHuge);
  std::vector<unsigned char*> blocks;
  for (int i = 0; i < 100; ++i) blocks.push_back(filled(kLarge));
  auto* const its = static_cast<unsigned char*>(stopped.go_on());
  ASSERT_NE(its, nullptr) << "there is memory, though not for the heap it was in";
  std::memset(its, 0xee, kHuge);
  for (unsigned char* const block : blocks) {
    EXPECT_TRUE(is_whole(block, kLarge));
    host_free(block);
  }
  EXPECT_TRUE(is_whole(old, kLarge));
  host_free(its);
  EXPECT_FALSE(heaplet_host::validate());
}

TEST_F(SharedHeap, IsGivenUpAsOftenAsItMustBe) {
  std::vector<unsigned char*> blocks;
  std::vector<std::unique_ptr<Stopped>> stopped;
  for (int i = 0; i < 3; ++i) {
    blocks.push_back(filled(kLarge));
    ASSERT_NE(blocks.back(), nullptr);
    stopped.push_back(std::make_unique<Stopped>(kHuge));
  }
  blocks.push_back(filled(kLarge));
  std::set<void*> theirs;
  for (const auto& each : stopped) theirs.insert(each->go_on());
  EXPECT_EQ(theirs.size(), 3U);
  EXPECT_EQ(theirs.count(nullptr), 0U);
  for (unsigned char* const block : blocks) {
    EXPECT_TRUE(is_whole(block, kLarge));
    host_free(block);
  }
}

TEST_F(SharedHeap, ReusesWhatItHasFreedSinceItBegan) {
  {
    const Stopped stopped(kHuge);
    host_free(host_malloc(kLarge));
  }
  const std::size_t growths = heaplet_host::growth_count();
  for (int i = 0; i < 1000; ++i) {
    void* const large = host_malloc(100000);
    void* const small = host_malloc(100);
    ASSERT_NE(large, nullptr);
    ASSERT_NE(small, nullptr);
    host_free(large);
    host_free(small);
  }
  EXPECT_LE(heaplet_host::growth_count(), growths + 3);
}

TEST_F(SharedHeap, WaitsForAHolderThatIsAtWork) {
  for (int i = 0; i < 20; ++i) ASSERT_NE(host_malloc(kLarge), nullptr);
  // A walk of several times the patience, block by block. Where the machine itself stood still in
  // the middle of it the heap was given up, as it should be; that does not happen every time.
  for (int attempt = 0; attempt < 5; ++attempt) {
    const std::size_t live = heaplet_host::stats().live_blocks;
    std::atomic<bool> walks{false};
    const auto visit = [](void* context, const heaplet::Block&) {
      *static_cast<std::atomic<bool>*>(context) = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
    };
    std::thread walker([&] { heaplet_malloc_walk(visit, &walks); });
    while (!walks) std::this_thread::yield();
    void* const block = host_malloc(kLarge);
    walker.join();
    ASSERT_NE(block, nullptr);
    if (heaplet_host::stats().live_blocks == live + 1) return;
    heaplet_host::reset(heaplet_host::kMostPages);
    for (int i = 0; i < 20; ++i) ASSERT_NE(host_malloc(kLarge), nullptr);
  }
  FAIL() << "a walk was taken for a thread that is dead";
}

TEST_F(SharedHeap, SharesTheBreakWithSbrk) {
  constexpr std::size_t kRounds = 300;
  constexpr std::size_t kBytes = 64;
  struct Taker {
    unsigned char number;
    std::vector<unsigned char*> taken;
    void run() {
      for (std::size_t i = 0; i < kRounds; ++i) {
        auto* const own = static_cast<unsigned char*>(host_sbrk(kBytes));
        unsigned char* const block = filled(i % 10 == 0 ? 70000 : 300);
        if (own == reinterpret_cast<unsigned char*>(-1) || block == nullptr) return;
        for (std::size_t byte = 0; byte < kBytes; ++byte) {
          if (own[byte] != 0) return;
        }
        std::memset(own, number, kBytes);
        taken.push_back(own);
        if (i % 3 != 0) host_free(block);
      }
    }
  };
  Taker takers[] = {{1, {}}, {2, {}}, {3, {}}, {4, {}}};
  std::vector<std::thread> threads;
  threads.reserve(std::size(takers));
  for (Taker& taker : takers) threads.emplace_back([&taker] { taker.run(); });
  for (std::thread& thread : threads) thread.join();
  for (const Taker& taker : takers) {
    ASSERT_EQ(taker.taken.size(), kRounds) << "memory was refused, or not zero";
    for (const unsigned char* const own : taker.taken) {
      for (std::size_t byte = 0; byte < kBytes; ++byte) ASSERT_EQ(own[byte], taker.number);
    }
  }
}

}  // namespace
