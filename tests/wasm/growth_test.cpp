// SPDX-License-Identifier: MIT
//
// The break, which malloc shares with whoever else calls sbrk, and the memory's growth.
#include <emscripten/em_js.h>
#include <emscripten/heap.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <vector>

#include "gtest/gtest.h"
#include "support.hpp"

extern "C" uintptr_t* emscripten_get_sbrk_ptr(void);

// clang-format off
EM_JS(int, views_are_of_the_memory, (void), {
  return HEAPU8.buffer === wasmMemory.buffer && HEAPU32.buffer === wasmMemory.buffer &&
         HEAPU8.length === wasmMemory.buffer.byteLength && HEAPU8.length > 0;
})
EM_JS(int, byte_seen_by_javascript, (const void* address), {
  return HEAPU8[Number(address) >>> 0];
})
// clang-format on

namespace {

using heaplet_test::hidden;
using heaplet_test::is_all;

constexpr std::size_t kMebibyte = std::size_t{1} << 20;

std::size_t memory_bytes() { return __builtin_wasm_memory_size(0) * std::size_t{65536}; }

unsigned char* take_from_break(std::intptr_t bytes) {
  return static_cast<unsigned char*>(sbrk(bytes));
}

TEST(Growth, RefreshesJavaScriptsViews) {
  const std::size_t before = memory_bytes();
  std::vector<unsigned char*> blocks;
  while (memory_bytes() < before + 40 * kMebibyte) {
    blocks.push_back(static_cast<unsigned char*>(std::malloc(hidden(3 * kMebibyte))));
    ASSERT_NE(blocks.back(), nullptr);
    EXPECT_TRUE(views_are_of_the_memory());
    blocks.back()[kMebibyte] = 42;
    EXPECT_EQ(byte_seen_by_javascript(blocks.back() + kMebibyte), 42);
  }
  for (unsigned char* const block : blocks) std::free(block);
}

TEST(Growth, UsesFreedMemoryBeforeItGrows) {
  std::free(hidden(std::malloc(hidden(30 * kMebibyte))));
  const std::size_t after_first = memory_bytes();
  for (int i = 0; i < 100; ++i) std::free(hidden(std::malloc(hidden(30 * kMebibyte))));
  EXPECT_EQ(memory_bytes(), after_first);
}

TEST(Break, TakenBySomebodyElseIsSteppedOver) {
  struct Run {
    unsigned char* begin;
    std::size_t bytes;
    unsigned char value;
  };
  std::vector<Run> theirs;
  std::vector<Run> ours;
  for (unsigned char round = 1; round <= 30; ++round) {
    const std::size_t bytes = round % 3 == 0 ? kMebibyte : 1000U * round + 16;
    theirs.push_back({take_from_break(static_cast<std::intptr_t>(bytes)), bytes, round});
    ASSERT_NE(reinterpret_cast<std::intptr_t>(theirs.back().begin), -1);
    std::memset(theirs.back().begin, round, bytes);
    for (const std::size_t size : {20U, 700U, 300000U, 1000000U}) {
      ours.push_back({static_cast<unsigned char*>(std::malloc(hidden<std::size_t>(size))), size,
                      static_cast<unsigned char>(~round)});
      ASSERT_NE(ours.back().begin, nullptr);
      std::memset(ours.back().begin, ours.back().value, size);
    }
  }
  for (const Run& run : theirs) EXPECT_TRUE(is_all(run.begin, run.value, run.bytes));
  for (const Run& run : ours) {
    EXPECT_TRUE(is_all(run.begin, run.value, run.bytes));
    std::free(run.begin);
  }
  for (void* block; (block = std::malloc(hidden<std::size_t>(5000))) < theirs.back().begin;) {
    std::memset(block, 0xff, 5000);
    ASSERT_NE(block, nullptr);
  }
  for (const Run& run : theirs) EXPECT_TRUE(is_all(run.begin, run.value, run.bytes));
}

TEST(Break, GivenBackDirtyIsClearedByCalloc) {
  for (const std::size_t bytes : {1000U, 200000U, 3000000U}) {
    const auto change = static_cast<std::intptr_t>(8 * kMebibyte);
    unsigned char* const taken = take_from_break(change);
    ASSERT_NE(reinterpret_cast<std::intptr_t>(taken), -1);
    std::memset(taken, 0xff, 8 * kMebibyte);
    ASSERT_EQ(brk(taken), 0);
    void* const blocks[] = {std::calloc(hidden(bytes), 1), std::calloc(1, hidden(bytes))};
    for (void* const block : blocks) EXPECT_TRUE(is_all(block, 0, bytes)) << bytes;
    // Left live, so that the next round needs fresh memory.
  }
}

TEST(Break, FreshMemoryFromCallocIsZero) {
  for (int i = 0; i < 40; ++i) {
    void* const block = std::calloc(hidden(kMebibyte), 1);
    ASSERT_NE(block, nullptr);
    EXPECT_TRUE(is_all(block, 0, kMebibyte));
    std::memset(block, 0xff, kMebibyte);
    if (i % 2 == 0) std::free(hidden(block));
  }
}

TEST(Break, MovesBySbrkAndBrk) {
  unsigned char* const begin = take_from_break(0);
  EXPECT_EQ(*emscripten_get_sbrk_ptr(), reinterpret_cast<std::uintptr_t>(begin));
  EXPECT_EQ(take_from_break(4096), begin);
  EXPECT_EQ(take_from_break(0), begin + 4096);
  EXPECT_EQ(brk(begin + 65536), 0);
  EXPECT_EQ(take_from_break(0), begin + 65536);
  // sbrk counts upwards alone, as Emscripten's: its argument is unsigned on wasm32.
  EXPECT_EQ(brk(begin), 0);
  EXPECT_EQ(take_from_break(0), begin);
}

TEST(Break, GrowsTheMemoryAndTheViews) {
  unsigned char* const begin = take_from_break(static_cast<std::intptr_t>(50 * kMebibyte));
  ASSERT_NE(reinterpret_cast<std::intptr_t>(begin), -1);
  begin[50 * kMebibyte - 1] = 9;
  EXPECT_TRUE(views_are_of_the_memory());
  EXPECT_EQ(byte_seen_by_javascript(begin + 50 * kMebibyte - 1), 9);
}

TEST(Break, BeyondTheLimitFailsAndStays) {
  unsigned char* const begin = take_from_break(0);
  errno = 0;
  EXPECT_EQ(reinterpret_cast<std::intptr_t>(sbrk(hidden<std::intptr_t>(INTPTR_MAX))), -1);
  EXPECT_EQ(errno, ENOMEM);
  EXPECT_EQ(take_from_break(0), begin);
  EXPECT_EQ(brk(reinterpret_cast<void*>(hidden<std::uintptr_t>(0xFFFFFF00))), -1);
  EXPECT_EQ(take_from_break(0), begin);
}

}  // namespace
