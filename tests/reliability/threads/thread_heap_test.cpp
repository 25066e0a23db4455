// SPDX-License-Identifier: MIT
//
// The chunks and caches of threads, one idea at a time, on the host.
#include <malloc.h>

#include <cerrno>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "support/host_malloc.hpp"

extern "C" {
struct mallinfo host_mallinfo();
std::size_t heaplet_malloc_high_water();
}

namespace {

using heaplet_host::kMostPages;
using heaplet_host::kPageBytes;

constexpr std::size_t kChunkBytes = 16384;
constexpr std::size_t kMostSmall = 2048;  // on a 64-bit host; 1 KiB on wasm32

class ThreadHeap : public testing::Test {
 protected:
  void SetUp() override { heaplet_host::reset(kMostPages); }
  void TearDown() override { EXPECT_FALSE(heaplet_host::validate()); }

  static std::uintptr_t chunk_of(const void* address) {
    return reinterpret_cast<std::uintptr_t>(address) / kChunkBytes;
  }
  // As much as fills more than `chunks` chunks.
  static std::vector<void*> fill(std::size_t bytes, std::size_t chunks) {
    std::vector<void*> objects;
    for (std::size_t i = 0; i < chunks * kChunkBytes / bytes + 1; ++i) {
      objects.push_back(host_malloc(bytes));
      EXPECT_NE(objects.back(), nullptr);
    }
    return objects;
  }
  template <class Run>
  static void in_a_thread(Run run) {
    std::thread(run).join();
  }
  static std::size_t live_bytes() { return heaplet_host::stats().live_bytes; }
};

TEST_F(ThreadHeap, GivesEachSizeTheSmallestObjectThatHoldsIt) {
  std::size_t last = 0;
  for (std::size_t bytes = 1; bytes <= kMostSmall; ++bytes) {
    void* const object = host_malloc(bytes);
    const std::size_t usable = host_malloc_usable_size(object);
    ASSERT_GE(usable, bytes);
    ASSERT_LE(usable, bytes + 15 + bytes / 4) << bytes;
    ASSERT_GE(usable, last);
    last = usable;
    host_free(object);
  }
  void* const nothing = host_malloc(0);
  EXPECT_NE(nothing, nullptr);
  EXPECT_GE(host_malloc_usable_size(nothing), 1U);
  host_free(nothing);
}

TEST_F(ThreadHeap, TakesLastWhatWasFreedFirst) {
  void* const first = host_malloc(40);
  void* const second = host_malloc(40);
  host_free(first);
  host_free(second);
  EXPECT_EQ(host_malloc(40), second);
  EXPECT_EQ(host_malloc(40), first);
}

TEST_F(ThreadHeap, FillsAChunkToItsEnd) {
  for (const std::size_t bytes : {16U, 48U, 200U, 1000U, 2048U}) {
    const std::vector<void*> objects = fill(bytes, 3);
    std::set<std::uintptr_t> chunks;
    for (void* const object : objects) {
      std::memset(object, 0x5a, bytes);
      chunks.insert(chunk_of(object));
    }
    // A header of 80 bytes and what is left over at the end are not used.
    const std::size_t capacity = (kChunkBytes - 104) / host_malloc_usable_size(objects[0]);
    EXPECT_LE(chunks.size(), objects.size() / capacity + 1) << bytes;
    for (void* const object : objects) host_free(object);
  }
}

TEST_F(ThreadHeap, GivesEmptyChunksBackButForOneOfASize) {
  const std::size_t before = live_bytes();
  for (int round = 0; round < 3; ++round) {
    const std::vector<void*> objects = fill(64, 5);
    EXPECT_GE(live_bytes(), before + 5 * (kChunkBytes - 8));
    for (void* const object : objects) host_free(object);
    EXPECT_LE(live_bytes(), before + kChunkBytes + 512) << "the one, and this thread's record";
  }
}

TEST_F(ThreadHeap, MakesBlocksOfTheMemoryOfChunks) {
  const std::vector<void*> objects = fill(64, 5);
  for (void* const object : objects) host_free(object);
  for (int round = 0; round < 3; ++round) {
    std::vector<void*> blocks;
    for (const std::size_t bytes : {20000U, 30000U, 40000U}) {
      blocks.push_back(host_malloc(bytes));
      std::memset(blocks.back(), 0x5a, bytes);
      EXPECT_GE(host_malloc_usable_size(blocks.back()), bytes);
    }
    for (void* const block : blocks) host_free(block);
  }
  EXPECT_LE(live_bytes(), kChunkBytes + 512);
}

TEST_F(ThreadHeap, CountsAChunkAsUsed) {
  void* const object = host_malloc(64);
  const struct mallinfo info = host_mallinfo();
  EXPECT_GE(static_cast<std::size_t>(info.uordblks), kChunkBytes - 8);
  EXPECT_EQ(info.arena, info.uordblks + info.fordblks);
  EXPECT_GT(heaplet_malloc_high_water(), reinterpret_cast<std::uintptr_t>(object));
  host_free(object);
}

TEST_F(ThreadHeap, TrimGivesAllBackAndTheThreadGoesOn) {
  void* const kept = host_malloc(64);
  for (const std::size_t bytes : {100U, 300U, 900U}) host_free(host_malloc(bytes));
  EXPECT_EQ(host_malloc_trim(0), 1);
  EXPECT_LE(live_bytes(), kChunkBytes + 512) << "the chunk of the live object, and the record";
  void* const another = host_malloc(64);
  EXPECT_EQ(chunk_of(another), chunk_of(kept)) << "it has its chunks again";
  host_free(kept);
  host_free(another);
  EXPECT_EQ(host_malloc_trim(0), 1);
  EXPECT_EQ(host_malloc_trim(0), 0);
}

TEST_F(ThreadHeap, FreesOfAnotherThreadComeBackToTheOwner) {
  std::vector<void*> objects = fill(64, 2);
  in_a_thread([&] {
    for (void* const object : objects) host_free(object);
  });
  // No new memory while those are there.
  const std::size_t before = live_bytes();
  const std::set<void*> known(objects.begin(), objects.end());
  std::size_t again = 0;
  for (std::size_t i = 0; i < objects.size(); ++i) again += known.count(host_malloc(64));
  EXPECT_GE(again, objects.size() - kChunkBytes / 64) << "but for a rest of the chunk in use";
  EXPECT_LE(live_bytes(), before + kChunkBytes);
}

TEST_F(ThreadHeap, AThreadThatEndsLeavesOnlyWhatIsLive) {
  void* kept = nullptr;
  void* const own = host_malloc(64);  // this thread has a cache, and does not take over the other's
  const std::size_t before = live_bytes();
  in_a_thread([&] {
    for (std::size_t bytes = 16; bytes <= kMostSmall; bytes += 16) host_free(host_malloc(bytes));
    kept = host_malloc(64);
  });
  EXPECT_LE(live_bytes(), before + kChunkBytes + 512);
  host_free(kept);
  // Swept when a thread needs a chunk.
  void* const object = host_malloc(300);
  EXPECT_LE(live_bytes(), before + kChunkBytes + 512) << "its own, and the record";
  host_free(object);
  host_free(own);
}

TEST_F(ThreadHeap, TheNextThreadTakesTheCacheOver) {
  void* first = nullptr;
  void* second = nullptr;
  in_a_thread([&] { first = host_malloc(64); });
  in_a_thread([&] { second = host_malloc(64); });
  EXPECT_EQ(chunk_of(first), chunk_of(second));
  host_free(first);
  host_free(second);
}

TEST_F(ThreadHeap, ADestructorOfAThreadMayAllocate) {
  struct Late {
    ~Late() { host_free(host_malloc(64)); }
  };
  pthread_key_t key{};
  ASSERT_EQ(pthread_key_create(&key, [](void*) { host_free(host_malloc(64)); }), 0);
  for (int i = 0; i < 3; ++i) {
    in_a_thread([&] {
      pthread_setspecific(key, &key);
      thread_local Late late;
      static_cast<void>(&late);
      host_free(host_malloc(64));
    });
  }
  pthread_key_delete(key);
  host_malloc_trim(0);
  EXPECT_LE(live_bytes(), 1024U);
}

TEST_F(ThreadHeap, ResizesWithinAnObjectAndMovesBeyondIt) {
  auto* object = static_cast<char*>(host_malloc(100));
  std::memcpy(object, "heaplet", 8);
  EXPECT_EQ(host_realloc(object, 112), object);
  EXPECT_EQ(host_realloc(object, 57), object);
  auto* const smaller = static_cast<char*>(host_realloc(object, 50));
  EXPECT_NE(smaller, object) << "half of it is for another size";
  auto* const larger = static_cast<char*>(host_realloc(smaller, 5000));
  EXPECT_EQ(host_realloc(larger, 5001), larger);
  EXPECT_EQ(host_realloc(larger, 4000), larger);
  auto* const small = static_cast<char*>(host_realloc(larger, 60));
  EXPECT_NE(small, larger) << "a small one leaves the shared heap";
  EXPECT_STREQ(small, "heaplet");
  host_free(small);
}

TEST_F(ThreadHeap, AlignsBlocksOfAnySize) {
  for (const std::size_t alignment : {32U, 64U, 4096U, 65536U}) {
    void* const block = host_memalign(alignment, 40);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % alignment, 0U);
    EXPECT_GE(host_malloc_usable_size(block), 40U);
    host_free(block);
  }
}

TEST_F(ThreadHeap, GoesWithoutWhatThereIsNot) {
  heaplet_host::reset(0);
  errno = 0;
  EXPECT_EQ(host_malloc(10), nullptr) << "no memory for the thread's record";
  EXPECT_EQ(errno, ENOMEM);
  EXPECT_EQ(host_malloc(10000), nullptr);
  heaplet_host::reset(kMostPages);
  host_free(host_malloc(10));
  heaplet_host::refuse_after(0, 1000);
  std::vector<void*> objects;
  while (void* const object = host_malloc(2000)) objects.push_back(object);
  EXPECT_EQ(errno, ENOMEM);
  heaplet_host::refuse_after(0, 0);
  objects.push_back(host_malloc(2000));
  EXPECT_NE(objects.back(), nullptr) << "the next call works";
  for (void* const object : objects) host_free(object);
}

TEST_F(ThreadHeap, UsesEmptyChunksWhenMemoryIsOut) {
  // One empty chunk of each of 16 sizes, and then no more memory.
  std::vector<void*> objects;
  for (std::size_t bytes = 16; bytes <= 256; bytes += 16) objects.push_back(host_malloc(bytes));
  for (void* const object : objects) host_free(object);
  heaplet_host::refuse_after(0, 1000);
  std::size_t count = 0;
  while (host_malloc(12000) != nullptr) ++count;
  EXPECT_GE(count, objects.size());
}

TEST_F(ThreadHeap, SweepsWhatEndedThreadsLeftWhenMemoryIsOut) {
  std::vector<void*> objects;
  in_a_thread([&] { objects = fill(64, 8); });
  heaplet_host::refuse_after(0, 1000);
  while (host_malloc(3000) != nullptr) {
  }
  for (void* const object : objects) host_free(object);
  EXPECT_NE(host_malloc(6 * kChunkBytes), nullptr);
}

}  // namespace
