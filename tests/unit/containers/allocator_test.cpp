// SPDX-License-Identifier: MIT
#include "heaplet/allocator.hpp"

#include <cstdint>
#include <list>
#include <map>
#include <memory_resource>
#include <new>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "heaplet/handle_table.hpp"
#include "heaplet/pmr.hpp"
#include "support/counting_allocator.hpp"

namespace {

using heaplet::AllocatorRef;
using heaplet::MallocAllocator;
using heaplet_test::CountingAllocator;
using heaplet_test::Ledger;

static_assert(heaplet::Allocator<heaplet::HeapAllocator>);
static_assert(heaplet::Allocator<MallocAllocator>);
static_assert(heaplet::Allocator<AllocatorRef>);
static_assert(heaplet::Allocator<CountingAllocator>);
static_assert(!heaplet::Allocator<std::allocator<int>>);

template <class T>
using Counted = heaplet::allocator<T, CountingAllocator>;

TEST(MallocAllocator, RespectsAlignment) {
  const MallocAllocator source;
  for (std::size_t alignment = 1; alignment <= 4096; alignment *= 2) {
    void* const memory = source.allocate(10, alignment);
    ASSERT_NE(memory, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % alignment, 0U);
    source.deallocate(memory, 10, alignment);
  }
}

TEST(HeapAllocator, ServesContainersAndTheTableFromOneHeap) {
  alignas(16) static unsigned char buffer[1 << 20];
  heaplet::FixedRegion region(buffer, sizeof buffer);
  heaplet::Heap heap(region.source());
  {
    heaplet::HeapAllocator source(heap);
    std::vector<int, heaplet::allocator<int>> numbers(source);
    for (int i = 0; i < 1000; ++i) numbers.push_back(i);
    heaplet::HandleTable table(AllocatorRef::of(source));
    for (int i = 0; i < 500; ++i) ASSERT_TRUE(table.create(0, 24));
    void* const wide = source.allocate(100, 4096);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(wide) % 4096, 0U);
    source.deallocate(wide, 100, 4096);
    EXPECT_EQ(numbers[999], 999);
    EXPECT_FALSE(heap.validate());
  }
  EXPECT_EQ(heap.stats().live_blocks, 0U);
}

TEST(AllocatorRef, ForwardsToTheAllocatorItWasMadeFrom) {
  Ledger ledger;
  CountingAllocator source(ledger);
  const AllocatorRef ref = AllocatorRef::of(source);
  void* const memory = ref.allocate(24, 8);
  EXPECT_EQ(ledger.live_bytes(), 24U);
  ref.deallocate(memory, 24, 8);
}

TEST(StandardAllocator, ServesContainersOfEveryKind) {
  Ledger ledger;
  const CountingAllocator source(ledger);
  std::vector<int, Counted<int>> numbers(source);
  std::list<std::string, Counted<std::string>> names(source);
  std::map<int, int, std::less<>, Counted<std::pair<const int, int>>> map(source);
  for (int i = 0; i < 100; ++i) {
    numbers.push_back(i);
    names.push_back("name");
    map[i] = i;
  }
  EXPECT_EQ(numbers.size() + names.size() + map.size(), 300U);
  EXPECT_GT(ledger.live.size(), 200U);
}

TEST(StandardAllocator, MovesAlongWithAContainer) {
  Ledger first_ledger;
  Ledger second_ledger;
  std::vector<int, Counted<int>> first({1, 2, 3}, CountingAllocator(first_ledger));
  std::vector<int, Counted<int>> second({4}, CountingAllocator(second_ledger));
  const int* const before = first.data();
  second = std::move(first);
  EXPECT_EQ(second.data(), before);
  EXPECT_EQ(second_ledger.live.size(), 0U);
}

TEST(StandardAllocator, IsEqualForTheSameMemoryOnly) {
  Ledger first_ledger;
  Ledger second_ledger;
  const Counted<int> first{CountingAllocator(first_ledger)};
  const Counted<long> same(first);
  EXPECT_TRUE(first == same);
  EXPECT_FALSE(first == Counted<int>(CountingAllocator(second_ledger)));
}

TEST(StandardAllocator, ThrowsWhenMemoryIsOut) {
  Ledger ledger;
  ledger.granted = 0;
  std::vector<int, Counted<int>> numbers{CountingAllocator(ledger)};
  EXPECT_THROW(numbers.push_back(1), std::bad_alloc);
  EXPECT_TRUE(numbers.empty());
}

TEST(StandardAllocator, RefusesACountThatOverflows) {
  Ledger ledger;
  Counted<std::uint64_t> source{CountingAllocator(ledger)};
  EXPECT_THROW(static_cast<void>(source.allocate(SIZE_MAX / 8 + 1)), std::bad_alloc);
  EXPECT_EQ(ledger.request_count, 0U);
}

TEST(MemoryResource, ServesPolymorphicContainers) {
  Ledger ledger;
  heaplet::MemoryResource resource{CountingAllocator(ledger)};
  std::pmr::vector<std::pmr::string> names(&resource);
  names.emplace_back("a string too long for the small buffer");
  EXPECT_EQ(ledger.live.size(), 2U);
}

TEST(MemoryResource, ThrowsWhenMemoryIsOut) {
  Ledger ledger;
  ledger.granted = 0;
  heaplet::MemoryResource resource{CountingAllocator(ledger)};
  EXPECT_THROW(static_cast<void>(resource.allocate(8)), std::bad_alloc);
}

TEST(MemoryResource, IsEqualToItselfOnly) {
  Ledger ledger;
  const heaplet::MemoryResource first{CountingAllocator(ledger)};
  const heaplet::MemoryResource second{CountingAllocator(ledger)};
  EXPECT_TRUE(first == first);
  EXPECT_FALSE(first == second);
}

}  // namespace
