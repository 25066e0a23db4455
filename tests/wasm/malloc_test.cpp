// SPDX-License-Identifier: MIT
//
// What C and POSIX say about malloc's family.
#include <malloc.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <iterator>
#include <new>
#include <set>

#include "gtest/gtest.h"
#include "support.hpp"

// What Emscripten's runtime and sanitizers call, and no header declares.
extern "C" {
int malloc_trim(size_t);
void* pvalloc(size_t);
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void __libc_free(void*);
void* emscripten_builtin_malloc(size_t);
void* emscripten_builtin_calloc(size_t, size_t);
void* emscripten_builtin_realloc(void*, size_t);
void* emscripten_builtin_memalign(size_t, size_t);
void emscripten_builtin_free(void*);
}

namespace {

using heaplet_test::errno_of;
using heaplet_test::hidden;
using heaplet_test::is_aligned;
using heaplet_test::is_all;

std::size_t memory_bytes() { return __builtin_wasm_memory_size(0) * std::size_t{65536}; }

TEST(Malloc, GivesAUniqueAddressForZeroBytes) {
  std::set<void*> blocks;
  for (int i = 0; i < 100; ++i) blocks.insert(std::malloc(hidden(std::size_t{0})));
  EXPECT_EQ(blocks.size(), 100U);
  EXPECT_EQ(blocks.count(nullptr), 0U);
  for (void* const block : blocks) std::free(block);
}

TEST(Malloc, AlignsToEightBytes) {
  for (std::size_t bytes = 0; bytes < 300; ++bytes) {
    void* const block = std::malloc(hidden(bytes));
    EXPECT_TRUE(is_aligned(block, 8));
    EXPECT_GE(malloc_usable_size(block), bytes);
    std::memset(block, 0xff, malloc_usable_size(block));
    std::free(block);
  }
}

TEST(Malloc, SetsErrnoWhenMemoryIsOut) {
  for (std::size_t less = 0; less < 100; ++less) {
    EXPECT_EQ(errno_of([=] { return std::malloc(hidden(SIZE_MAX - less)); }), ENOMEM) << less;
  }
  EXPECT_EQ(errno_of([] { return std::malloc(hidden(std::size_t{0xF0000000})); }), ENOMEM);
}

TEST(Malloc, LeavesErrnoAloneWhenItSucceeds) {
  errno = EDOM;
  heaplet_test::barrier();
  std::free(hidden(std::malloc(100)));
  std::free(hidden(std::malloc(1000000)));
  heaplet_test::barrier();
  EXPECT_EQ(errno, EDOM);
}

TEST(Free, TakesNull) { std::free(hidden<void*>(nullptr)); }

TEST(Calloc, ClearsMemoryThatWasUsed) {
  for (const std::size_t bytes : {1U, 10U, 100U, 1000U, 100000U}) {
    void* const used = std::malloc(hidden(bytes));
    std::memset(used, 0xff, bytes);
    std::free(hidden(used));
    void* const block = std::calloc(hidden(bytes), 1);
    EXPECT_TRUE(is_all(block, 0, bytes)) << bytes;
    std::free(block);
  }
}

TEST(Calloc, RefusesAProductThatOverflows) {
  constexpr std::size_t kFactors[][2] = {
      {65536, 65536}, {0x10001, 0xFFFF}, {SIZE_MAX, 2}, {3, 0x55555556}, {0x80000000, 0x80000000}};
  for (const auto& [count, size] : kFactors) {
    const auto call = [&] { return std::calloc(hidden(count), hidden(size)); };
    EXPECT_EQ(errno_of(call), ENOMEM) << count << " times " << size;
  }
}

TEST(Calloc, GivesAUniqueAddressForZeroBytes) {
  void* const first = std::calloc(hidden(std::size_t{0}), 10);
  void* const second = std::calloc(10, hidden(std::size_t{0}));
  EXPECT_TRUE(first != nullptr && second != nullptr && first != second);
  std::free(first);
  std::free(second);
}

TEST(Realloc, AllocatesForNull) {
  void* const block = std::realloc(hidden<void*>(nullptr), 100);
  ASSERT_NE(block, nullptr);
  EXPECT_GE(malloc_usable_size(block), 100U);
  std::free(block);
}

TEST(Realloc, ToZeroBytesLeaksNothing) {
  const std::size_t before = memory_bytes();
  for (int i = 0; i < 20000; ++i) {
    // As C leaves open: null and freed, or a block that can be freed.
    std::free(hidden(std::realloc(hidden(std::malloc(10000)), hidden(std::size_t{0}))));
  }
  EXPECT_EQ(memory_bytes(), before);
}

TEST(Realloc, KeepsContents) {
  auto* text = static_cast<char*>(std::malloc(8));
  std::strcpy(text, "heaplet");
  for (const std::size_t bytes : {100U, 20U, 5000U, 200000U, 300U, 8U}) {
    text = static_cast<char*>(std::realloc(text, hidden(bytes)));
    ASSERT_NE(text, nullptr);
    EXPECT_STREQ(text, "heaplet");
  }
  std::free(text);
}

TEST(Realloc, LeavesTheBlockAloneWhenMemoryIsOut) {
  // The address of a block above 64 MB plus these sizes wraps around.
  void* const below = std::malloc(hidden(std::size_t{80} << 20));
  auto* const text = static_cast<char*>(std::malloc(hidden(std::size_t{5000})));
  ASSERT_TRUE(below != nullptr && text != nullptr);
  std::strcpy(text, "heaplet");
  const std::size_t usable_bytes = malloc_usable_size(text);
  const auto refused = [&](std::size_t bytes) {
    return errno_of([&] { return std::realloc(hidden(text), hidden(bytes)); });
  };
  for (std::size_t sixteenths = 12; sixteenths < 16; ++sixteenths) {
    for (std::size_t mebibytes = 0; mebibytes < 256; mebibytes += 4) {
      ASSERT_EQ(refused((sixteenths << 28) + (mebibytes << 20)), ENOMEM);
    }
  }
  EXPECT_EQ(refused(SIZE_MAX), ENOMEM);
  EXPECT_EQ(refused(SIZE_MAX - 8), ENOMEM);
  EXPECT_EQ(refused(0 - reinterpret_cast<std::size_t>(text) + 100), ENOMEM);
  EXPECT_EQ(malloc_usable_size(text), usable_bytes);
  EXPECT_STREQ(text, "heaplet");
  std::free(text);
  std::free(below);
}

TEST(Reallocarray, ResizesAndRefusesAProductThatOverflows) {
  auto* const text = static_cast<char*>(reallocarray(nullptr, 10, 10));
  ASSERT_NE(text, nullptr);
  std::strcpy(text, "heaplet");
  const auto call = [&] { return reallocarray(hidden(text), hidden(std::size_t{65536}), 65537); };
  EXPECT_EQ(errno_of(call), ENOMEM);
  EXPECT_STREQ(text, "heaplet");
  std::free(text);
}

TEST(AlignedAlloc, AlignsToEveryPowerOfTwo) {
  for (std::size_t alignment = 1; alignment <= 65536; alignment *= 2) {
    void* const blocks[] = {std::aligned_alloc(hidden(alignment), 10 * alignment),
                            memalign(hidden(alignment), hidden(std::size_t{10}))};
    for (void* const block : blocks) {
      ASSERT_NE(block, nullptr);
      EXPECT_TRUE(is_aligned(block, alignment));
      std::memset(block, 0xff, malloc_usable_size(block));
      std::free(block);
    }
  }
}

TEST(AlignedAlloc, RefusesAnAlignmentThatIsNoPowerOfTwo) {
  for (const std::size_t alignment : {0U, 3U, 24U, 4097U}) {
    const auto call = [&] { return std::aligned_alloc(hidden(alignment), hidden(alignment)); };
    EXPECT_EQ(errno_of(call), EINVAL) << alignment;
  }
}

TEST(AlignedAlloc, SetsErrnoWhenMemoryIsOut) {
  const auto call = [](std::size_t alignment, std::size_t bytes) {
    return errno_of([=] { return std::aligned_alloc(hidden(alignment), hidden(bytes)); });
  };
  EXPECT_EQ(call(64, SIZE_MAX - 63), ENOMEM);
  EXPECT_EQ(call(0x40000000, 0xC0000000), ENOMEM);
  EXPECT_EQ(call(0x80000000, 0x80000000), ENOMEM);
  EXPECT_EQ(errno_of([] { return memalign(hidden(std::size_t{64}), SIZE_MAX - 100); }), ENOMEM);
}

TEST(PosixMemalign, ChecksItsArgumentsAndLeavesThePointerAloneOnError) {
  int here = 0;
  void* block = &here;
  for (const std::size_t alignment : {0U, 1U, 2U, 3U, 5U, 12U, 24U, 4097U}) {
    EXPECT_EQ(posix_memalign(&block, hidden(alignment), 100), EINVAL) << alignment;
    EXPECT_EQ(block, &here);
  }
  EXPECT_EQ(posix_memalign(&block, 64, hidden(SIZE_MAX - 100)), ENOMEM);
  EXPECT_EQ(block, &here);
}

TEST(PosixMemalign, AlignsToEveryPowerOfTwoFromAWord) {
  for (std::size_t alignment = sizeof(void*); alignment <= 65536; alignment *= 2) {
    void* block = nullptr;
    ASSERT_EQ(posix_memalign(&block, hidden(alignment), 100), 0);
    EXPECT_TRUE(is_aligned(block, alignment));
    std::free(block);
  }
}

TEST(Valloc, GivesWholePagesAtPages) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, page, page + 1}) {
    void* const loose = valloc(hidden(bytes));
    void* const whole = pvalloc(hidden(bytes));
    EXPECT_TRUE(is_aligned(loose, page));
    EXPECT_TRUE(is_aligned(whole, page));
    EXPECT_NE(loose, whole);
    EXPECT_GE(malloc_usable_size(whole), (bytes + page - 1) / page * page);
    std::free(loose);
    std::free(whole);
  }
  EXPECT_EQ(errno_of([] { return valloc(hidden(SIZE_MAX - 100)); }), ENOMEM);
  EXPECT_EQ(errno_of([] { return pvalloc(hidden(SIZE_MAX - 100)); }), ENOMEM);
}

TEST(MallocUsableSize, IsZeroForNull) { EXPECT_EQ(malloc_usable_size(hidden<void*>(nullptr)), 0U); }

TEST(Mallinfo, AddsUp) {
  const struct mallinfo before = mallinfo();
  void* const block = std::malloc(hidden(std::size_t{100000}));
  const struct mallinfo during = mallinfo();
  std::free(hidden(block));
  const struct mallinfo after = mallinfo();
  EXPECT_GE(during.uordblks - before.uordblks, 100000U);
  EXPECT_LT(during.uordblks - before.uordblks, 101000U);
  EXPECT_EQ(after.uordblks, before.uordblks);
  for (const struct mallinfo& info : {before, during, after}) {
    EXPECT_GT(info.uordblks, 0U);
    EXPECT_EQ(info.arena, info.uordblks + info.fordblks);
    EXPECT_LE(info.arena, memory_bytes());
    EXPECT_LE(info.keepcost, info.fordblks);
  }
}

TEST(MallocTrim, LeavesWhatIsLive) {
  void* blocks[100];
  for (void*& block : blocks) std::memset(block = std::malloc(hidden(std::size_t{40})), 7, 40);
  for (std::size_t i = 0; i < std::size(blocks); i += 2) std::free(blocks[i]);
  malloc_trim(0);
  for (std::size_t i = 1; i < std::size(blocks); i += 2) {
    EXPECT_TRUE(is_all(blocks[i], 7, 40));
    std::free(blocks[i]);
  }
}

TEST(OtherNames, AreTheSameHeap) {
  std::free(hidden(__libc_malloc(10)));
  std::free(hidden(__libc_realloc(__libc_calloc(10, 10), 300)));
  __libc_free(hidden(std::malloc(10)));
  std::free(hidden(emscripten_builtin_malloc(10)));
  std::free(hidden(emscripten_builtin_realloc(emscripten_builtin_calloc(10, 10), 300)));
  emscripten_builtin_free(hidden(std::malloc(10)));
  void* const aligned = emscripten_builtin_memalign(256, 10);
  EXPECT_TRUE(is_aligned(aligned, 256));
  std::free(aligned);
  delete[] hidden(new char[1000]);
}

}  // namespace
