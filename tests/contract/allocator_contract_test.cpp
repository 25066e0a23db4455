// SPDX-License-Identifier: MIT
//
// What the concept Allocator promises, for each allocator that comes with the library.
#include <cstdint>
#include <cstring>
#include <vector>

#include "gtest/gtest.h"
#include "heaplet/allocator.hpp"
#include "heaplet/arena.hpp"
#include "support/test_region.hpp"

namespace {

using heaplet::AllocatorRef;
using heaplet::Heap;
using heaplet::HeapAllocator;
using heaplet::MallocAllocator;
using heaplet_test::TestRegion;

using Arena = heaplet::Arena<HeapAllocator>;

// Where an allocator's memory comes from, and how to make one.
struct FromHeap {
  static constexpr bool kReuses = true;
  TestRegion region;
  Heap heap{region.source()};
  HeapAllocator allocator{heap};
};

struct FromMalloc {
  static constexpr bool kReuses = true;
  MallocAllocator allocator;
};

struct FromRef {
  static constexpr bool kReuses = true;
  TestRegion region;
  Heap heap{region.source()};
  HeapAllocator inner{heap};
  AllocatorRef allocator = AllocatorRef::of(inner);
};

struct FromArena {
  static constexpr bool kReuses = false;
  TestRegion region;
  Heap heap{region.source()};
  Arena arena{HeapAllocator(heap)};
  heaplet::ArenaAllocator<HeapAllocator> allocator{arena};
};

template <class Source>
class AllocatorContract : public testing::Test {
 protected:
  Source source;
};

using Sources = testing::Types<FromHeap, FromMalloc, FromRef, FromArena>;
TYPED_TEST_SUITE(AllocatorContract, Sources);

TYPED_TEST(AllocatorContract, IsAnAllocator) {
  static_assert(heaplet::Allocator<decltype(this->source.allocator)>);
}

TYPED_TEST(AllocatorContract, AlignsToEveryPowerOfTwoUpToAPage) {
  for (std::size_t alignment = 1; alignment <= 65536; alignment *= 2) {
    for (const std::size_t bytes : {1U, 24U, 1000U}) {
      void* const memory = this->source.allocator.allocate(bytes, alignment);
      ASSERT_NE(memory, nullptr);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % alignment, 0U);
      std::memset(memory, 0xff, bytes);
      this->source.allocator.deallocate(memory, bytes, alignment);
    }
  }
}

TYPED_TEST(AllocatorContract, HandsOutMemoryThatDoesNotOverlap) {
  std::vector<unsigned char*> blocks;
  for (std::size_t bytes = 1; bytes <= 200; ++bytes) {
    blocks.push_back(static_cast<unsigned char*>(this->source.allocator.allocate(bytes, 1)));
    ASSERT_NE(blocks.back(), nullptr);
    std::memset(blocks.back(), static_cast<int>(bytes), bytes);
  }
  for (std::size_t bytes = 1; bytes <= 200; ++bytes) {
    unsigned char* const block = blocks[bytes - 1];
    for (std::size_t i = 0; i < bytes; ++i) ASSERT_EQ(block[i], bytes);
    this->source.allocator.deallocate(block, bytes, 1);
  }
}

TYPED_TEST(AllocatorContract, TakesZeroBytes) {
  void* const memory = this->source.allocator.allocate(0, 8);
  EXPECT_NE(memory, nullptr);
  this->source.allocator.deallocate(memory, 0, 8);
}

TYPED_TEST(AllocatorContract, TakesBackNull) {
  this->source.allocator.deallocate(nullptr, 0, 1);
  this->source.allocator.deallocate(nullptr, 100, 64);
}

TYPED_TEST(AllocatorContract, CopiesDrawOnTheSameMemory) {
  auto copy = this->source.allocator;
  EXPECT_TRUE(copy == this->source.allocator);
  void* const memory = copy.allocate(100, 8);
  ASSERT_NE(memory, nullptr);
  this->source.allocator.deallocate(memory, 100, 8);
}

TYPED_TEST(AllocatorContract, HandsOutAgainWhatWasGivenBack) {
  // In all 100 MB, from heaps of one; an arena gives nothing back before it is reset.
  const int rounds = TypeParam::kReuses ? 1000 : 1;
  for (int i = 0; i < rounds; ++i) {
    void* const memory = this->source.allocator.allocate(100000, 64);
    ASSERT_NE(memory, nullptr);
    this->source.allocator.deallocate(memory, 100000, 64);
  }
}

// The sanitizers end a program that asks its malloc for this much.
#if !defined(__SANITIZE_ADDRESS__)
TYPED_TEST(AllocatorContract, ReturnsNullForMoreThanThereCanBe) {
  volatile std::size_t bytes = SIZE_MAX / 2;
  EXPECT_EQ(this->source.allocator.allocate(bytes, 8), nullptr);
  EXPECT_EQ(this->source.allocator.allocate(bytes + bytes / 2, 4096), nullptr);
  void* const memory = this->source.allocator.allocate(100, 8);
  EXPECT_NE(memory, nullptr);
  this->source.allocator.deallocate(memory, 100, 8);
}
#endif

}  // namespace
