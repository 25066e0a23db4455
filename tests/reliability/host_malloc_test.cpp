// SPDX-License-Identifier: MIT
//
// What malloc.cpp adds to the heap, on the host, where coverage and mutants are measured:
// tests/wasm has the same and more of it in WebAssembly. The break, mallinfo, the walk, errors,
// other names.
#include <malloc.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <vector>

#include "gtest/gtest.h"
#include "support/host_malloc.hpp"

// What no header declares.
extern "C" {
void* host__sbrk64(std::int64_t increment);
struct mallinfo host_mallinfo();
std::uintptr_t* emscripten_get_sbrk_ptr();
void* emscripten_builtin_malloc(std::size_t bytes);
void* emscripten_builtin_calloc(std::size_t count, std::size_t size);
void* emscripten_builtin_realloc(void* address, std::size_t bytes);
void* emscripten_builtin_memalign(std::size_t alignment, std::size_t bytes);
void emscripten_builtin_free(void* address);
void heaplet_malloc_walk(void (*visit)(void* context, const heaplet::Block&), void* context);
std::size_t heaplet_malloc_high_water();
}

namespace {

using heaplet_host::kPageBytes;

class HostMalloc : public testing::Test {
 protected:
  void SetUp() override {
    heaplet_host::reset(64);
    errno = 0;
  }
  void TearDown() override { EXPECT_FALSE(heaplet_host::validate()); }

  static bool failed(const void* address) { return reinterpret_cast<std::intptr_t>(address) == -1; }
  static std::uintptr_t number(const void* address) {
    return reinterpret_cast<std::uintptr_t>(address);
  }
};

TEST_F(HostMalloc, SbrkMovesTheBreakInSixteens) {
  void* const begin = host_sbrk(0);
  EXPECT_EQ(host_sbrk(1), begin);
  EXPECT_EQ(number(host_sbrk(16)), number(begin) + 16);
  EXPECT_EQ(number(host_sbrk(17)), number(begin) + 32);
  EXPECT_EQ(number(host_sbrk(0)), number(begin) + 64);
  EXPECT_EQ(*emscripten_get_sbrk_ptr(), number(begin) + 64);
  EXPECT_EQ(errno, 0);
}

TEST_F(HostMalloc, SbrkDownClearsWhatItGivesBack) {
  auto* const begin = static_cast<unsigned char*>(host_sbrk(1000));
  std::memset(begin, 7, 1000);
  EXPECT_EQ(host_sbrk(-496), begin + 1008);
  EXPECT_EQ(host_sbrk(0), begin + 512);
  EXPECT_EQ(begin[511], 7);
  for (int i = 512; i < 1000; ++i) ASSERT_EQ(begin[i], 0) << i;
}

TEST_F(HostMalloc, TheBreakStaysWhereItIsWhenItCannotMove) {
  void* const begin = host_sbrk(100);
  void* const before = host_sbrk(0);
  const std::int64_t refused[] = {INT64_MAX, INT64_MAX - 15, INT64_MIN,
                                  static_cast<std::int64_t>(65 * kPageBytes)};
  for (const std::int64_t increment : refused) {
    errno = 0;
    EXPECT_TRUE(failed(host__sbrk64(increment))) << increment;
    EXPECT_EQ(errno, ENOMEM);
    EXPECT_EQ(host_sbrk(0), before);
  }
  EXPECT_NE(begin, nullptr);
}

TEST_F(HostMalloc, BrkGoesUpAndDownAndRefusesWhatDoesNotExist) {
  auto* const begin = static_cast<unsigned char*>(host_sbrk(0));
  EXPECT_EQ(host_brk(begin + 2 * kPageBytes), 0);
  EXPECT_EQ(host_sbrk(0), begin + 2 * kPageBytes);
  EXPECT_EQ(host_brk(begin + 32), 0);
  EXPECT_EQ(host_sbrk(0), begin + 32);
  EXPECT_EQ(host_brk(begin + 100 * kPageBytes), -1);
  EXPECT_EQ(errno, ENOMEM);
  EXPECT_EQ(host_sbrk(0), begin + 32);
}

TEST_F(HostMalloc, MemoryGrowsOnlyPastItsEnd) {
  auto* const begin = static_cast<unsigned char*>(host_sbrk(0));
  ASSERT_EQ(host_sbrk(kPageBytes), begin);
  EXPECT_EQ(heaplet_host::growth_count(), 1U);
  EXPECT_EQ(host_brk(begin + 16), 0);
  EXPECT_EQ(host_brk(begin + kPageBytes), 0);
  EXPECT_EQ(heaplet_host::growth_count(), 1U);
}

TEST_F(HostMalloc, MallinfoAddsUp) {
  EXPECT_EQ(host_mallinfo().arena, 0);
  void* const kept = host_malloc(3000);
  void* const freed = host_malloc(3000);
  void* const above = host_malloc(3000);
  host_free(freed);
  const struct mallinfo info = host_mallinfo();
  EXPECT_EQ(info.ordblks, 1);
  EXPECT_EQ(static_cast<std::size_t>(info.uordblks),
            host_malloc_usable_size(kept) + host_malloc_usable_size(above));
  EXPECT_EQ(info.arena, info.uordblks + info.fordblks);
  EXPECT_GT(info.keepcost, 0);
  EXPECT_LT(info.keepcost, info.fordblks);
  EXPECT_GE(info.usmblks, 9000);
  EXPECT_LT(info.usmblks, 9200);
  EXPECT_LE(static_cast<std::size_t>(info.arena), kPageBytes);
}

TEST_F(HostMalloc, MallinfoCountsEveryByteTaken) {
  const std::uintptr_t begin = number(host_sbrk(0));
  for (int i = 0; i < 20000; ++i) ASSERT_NE(host_malloc(48), nullptr);
  const std::size_t taken = number(host_sbrk(0)) - begin;
  const auto arena = static_cast<std::size_t>(host_mallinfo().arena);
  EXPECT_LE(arena, taken);
  EXPECT_GT(arena + 100, taken);
}

TEST_F(HostMalloc, CallocIsZeroWhereTheMapOfTheSlabsWas) {
  // Slabs, then growths that move their map up; what it leaves behind is used next.
  for (int i = 0; i < 20000; ++i) ASSERT_NE(host_malloc(48), nullptr);
  for (int round = 0; round < 40; ++round) {
    constexpr std::size_t kBytes = 30000;
    auto* const block = static_cast<unsigned char*>(host_calloc(1, kBytes));
    ASSERT_NE(block, nullptr);
    for (std::size_t i = 0; i < kBytes; ++i) ASSERT_EQ(block[i], 0) << i;
    std::memset(block, 0xff, kBytes);
  }
}

TEST_F(HostMalloc, WalkVisitsWhatIsLive) {
  std::vector<const void*> live;
  const auto visit = [](void* context, const heaplet::Block& block) {
    if (block.state == heaplet::Block::State::Live) {
      static_cast<std::vector<const void*>*>(context)->push_back(block.address);
    }
  };
  heaplet_malloc_walk(visit, &live);
  EXPECT_TRUE(live.empty());
  const void* const first = host_malloc(100);
  const void* const second = host_malloc(5000);
  heaplet_malloc_walk(visit, &live);
  EXPECT_EQ(live, (std::vector<const void*>{first, second}));
  const std::size_t high_water = heaplet_malloc_high_water();
  EXPECT_GE(high_water, number(second) + 5000);
  EXPECT_LT(high_water, number(second) + 5200);
}

TEST_F(HostMalloc, CallocClearsOnlyWhatWasUsed) {
  for (const std::size_t bytes : {1U, 128U, 129U, 256U, 257U, 3000U, 100000U}) {
    void* const used = host_malloc(bytes);
    std::memset(used, 0xff, bytes);
    host_free(used);
    // Begins in what was used and ends in what never was.
    auto* const block = static_cast<unsigned char*>(host_calloc(2, bytes));
    ASSERT_NE(block, nullptr);
    for (std::size_t i = 0; i < 2 * bytes; ++i) ASSERT_EQ(block[i], 0) << i << " of " << bytes;
  }
}

TEST_F(HostMalloc, ProductsThatOverflowAreRefused) {
  EXPECT_EQ(host_calloc(SIZE_MAX, 2), nullptr);
  EXPECT_EQ(errno, ENOMEM);
  errno = 0;
  void* const block = host_malloc(10);
  EXPECT_EQ(host_reallocarray(block, SIZE_MAX / 2, 3), nullptr);
  EXPECT_EQ(errno, ENOMEM);
  EXPECT_EQ(host_reallocarray(block, 10, 10), block == nullptr ? nullptr : block)
      << "an object of another size moves";
}

TEST_F(HostMalloc, AlignmentsThatAreNoneAreRefused) {
  void* out = this;
  for (const std::size_t alignment : {0U, 3U, 24U, 4097U}) {
    errno = 0;
    EXPECT_EQ(host_aligned_alloc(alignment, 10), nullptr) << alignment;
    EXPECT_EQ(errno, EINVAL);
    errno = 0;
    EXPECT_EQ(host_memalign(alignment, 10), nullptr) << alignment;
    EXPECT_EQ(errno, EINVAL);
    EXPECT_EQ(host_posix_memalign(&out, alignment, 10), EINVAL);
    EXPECT_EQ(out, this);
  }
  EXPECT_EQ(host_posix_memalign(&out, sizeof(void*) / 2, 10), EINVAL);
  EXPECT_EQ(host_posix_memalign(&out, 64, SIZE_MAX - 100), ENOMEM);
  EXPECT_EQ(out, this);
  EXPECT_EQ(host_posix_memalign(&out, sizeof(void*), 10), 0);
  EXPECT_NE(out, this);
  EXPECT_NE(host_memalign(2, 10), nullptr);
}

TEST_F(HostMalloc, AlignedReallocMovesWhatIsNotAligned) {
  void* block = host_aligned_realloc(nullptr, 64, 10);
  EXPECT_EQ(number(block) % 64, 0U);
  std::memcpy(block, "heaplet", 8);
  block = host_aligned_realloc(block, 4096, 6000);
  EXPECT_EQ(number(block) % 4096, 0U);
  void* const same = host_aligned_realloc(block, 4096, 6001);
  EXPECT_EQ(same, block);
  EXPECT_STREQ(static_cast<char*>(same), "heaplet");
  EXPECT_EQ(host_aligned_realloc(block, 4096, SIZE_MAX), nullptr);
  EXPECT_STREQ(static_cast<char*>(same), "heaplet");
}

TEST_F(HostMalloc, ReallocKeepsWhatFits) {
  auto* block = static_cast<unsigned char*>(host_realloc(nullptr, 40));
  for (unsigned char i = 0; i < 40; ++i) block[i] = i;
  void* const wall = host_malloc(40);
  for (const std::size_t bytes : {400U, 30000U, 3000U, 40U}) {
    block = static_cast<unsigned char*>(host_realloc(block, bytes));
    for (unsigned char i = 0; i < 40; ++i) ASSERT_EQ(block[i], i);
  }
  host_free(wall);
}

TEST_F(HostMalloc, TrimSaysWhetherThereWasAnything) {
  EXPECT_EQ(host_malloc_trim(0), 0);
  host_free(host_malloc(400));
  EXPECT_EQ(host_malloc_trim(0), 1);
  EXPECT_EQ(host_malloc_trim(0), 0);
}

TEST_F(HostMalloc, OtherNamesAreTheSameHeap) {
  EXPECT_EQ(host_malloc_usable_size(nullptr), 0U);
  host_free(emscripten_builtin_malloc(3000));
  emscripten_builtin_free(host_malloc(3000));
  void* const block = emscripten_builtin_realloc(emscripten_builtin_calloc(10, 300), 4000);
  EXPECT_EQ(number(emscripten_builtin_memalign(256, 10)) % 256, 0U);
  EXPECT_EQ(heaplet_host::stats().live_blocks, 2U);
  host_free(block);
}

// What was the top becomes a free block, with links where nothing had ever been written.
TEST_F(HostMalloc, CallocClearsATopThatSomebodyElsesMemoryEnded) {
  for (std::size_t less = 0; less < 256; less += sizeof(void*)) {
    heaplet_host::reset(64);
    host_malloc(100000);
    const std::size_t bytes = number(host_sbrk(0)) - heaplet_malloc_high_water() - less;
    ASSERT_FALSE(failed(host_sbrk(16)));
    auto* const block = static_cast<unsigned char*>(host_calloc(1, bytes));
    ASSERT_NE(block, nullptr);
    for (std::size_t i = 0; i < bytes; ++i) ASSERT_EQ(block[i], 0) << i << " of " << bytes;
  }
}

}  // namespace
