// SPDX-License-Identifier: MIT
//
// All of 4 GB. Pages that nobody touches cost the machine nothing.
#include <cstdlib>
#include <vector>

#include "gtest/gtest.h"
#include "support.hpp"

namespace {

using heaplet_test::errno_of;
using heaplet_test::hidden;

constexpr std::size_t kBlockBytes = std::size_t{64} << 20;

std::vector<unsigned char*> fill() {
  std::vector<unsigned char*> blocks;
  blocks.reserve(64);
  while (void* const block = std::malloc(hidden(kBlockBytes))) {
    blocks.push_back(static_cast<unsigned char*>(block));
    blocks.back()[0] = static_cast<unsigned char>(blocks.size());
    blocks.back()[kBlockBytes - 1] = static_cast<unsigned char>(blocks.size());
  }
  return blocks;
}

TEST(FourGigabytes, AreHandedOutToTheLastBlock) {
  const std::vector<unsigned char*> blocks = fill();
  EXPECT_GE(blocks.size() * (kBlockBytes / 1000000), 3900U);
  EXPECT_EQ(errno_of([] { return std::malloc(hidden(kBlockBytes)); }), ENOMEM);
  unsigned char number = 0;
  for (unsigned char* const block : blocks) {
    ++number;
    EXPECT_EQ(block[0], number);
    EXPECT_EQ(block[kBlockBytes - 1], number);
    std::free(block);
  }
  const std::vector<unsigned char*> again = fill();
  EXPECT_EQ(again.size(), blocks.size()) << "after everything was freed";
  for (unsigned char* const block : again) std::free(block);
}

TEST(FourGigabytes, HoldOneBlockOfMoreThanHalf) {
  const std::size_t bytes = std::size_t{3} << 30;
  void* const block = hidden(std::malloc(hidden(bytes)));
  ASSERT_NE(block, nullptr);
  // By its address: C++ has no object of more than half of all memory.
  const auto end = hidden(reinterpret_cast<std::uintptr_t>(block) + bytes);
  auto* const last = reinterpret_cast<unsigned char*>(end - 1);
  *last = 42;
  ASSERT_EQ(hidden(std::realloc(block, hidden(bytes + bytes / 8))), block);
  EXPECT_EQ(errno_of([&] { return std::realloc(block, hidden(SIZE_MAX - 70000)); }), ENOMEM);
  EXPECT_EQ(*last, 42);
  std::free(block);
}

}  // namespace
