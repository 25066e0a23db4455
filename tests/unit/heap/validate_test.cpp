// SPDX-License-Identifier: MIT
//
// Every invariant broken by hand, one at a time: validate() must name it. What finds nothing wrong
// here would find nothing wrong elsewhere.
#include <cstdint>
#include <cstring>

#include "gtest/gtest.h"
#include "heap/layout.hpp"
#include "heaplet/heap.hpp"
#include "support/test_region.hpp"

namespace {

using namespace heaplet::detail;
using heaplet::Heap;

constexpr std::size_t kBinned = 3000;  // freed blocks of this size join at once
constexpr std::size_t kListed = 400;   // and of this one wait in a quick list

Address address_of(const void* pointer) { return reinterpret_cast<Address>(pointer); }
Address block_at(const void* pointer) { return block_of(address_of(pointer)); }

class Validate : public testing::Test {
 protected:
  void expect(const char* invariant) {
    const heaplet::HeapFault fault = heap_.validate();
    EXPECT_STREQ(fault.invariant == nullptr ? "sound" : fault.invariant, invariant);
  }

  // The word of the heap itself that has this value.
  Word* word_with(std::size_t value) {
    auto* const words = reinterpret_cast<Word*>(&heap_);
    for (std::size_t i = 0; i < sizeof heap_ / sizeof(Word); ++i) {
      if (words[i] == value) return &words[i];
    }
    ADD_FAILURE() << "the heap has no such word";
    return words;
  }

  std::uint8_t& map_entry(Address address) {
    const heaplet::Region& last = region_.regions().back();
    const Address end = (address_of(last.begin) + last.bytes) & ~(kGranuleBytes - 1);
    const Address map = end - (end >> kSlabShift) - 1;
    return *reinterpret_cast<std::uint8_t*>(map + (address >> kSlabShift));
  }

  heaplet_test::TestRegion region_{{.bytes = std::size_t{1} << 20}};
  Heap heap_{region_.source()};
};

TEST_F(Validate, FindsAnEmptyHeapSound) { expect("sound"); }

// a in use, b free, c in use, d free, e in use, the top.
class ValidateBlocks : public Validate {
 protected:
  void SetUp() override {
    Address* const places[] = {&a_, &b_, &c_, &d_, &e_};
    std::size_t bytes = kBinned;
    for (Address* const place : places) *place = block_at(heap_.allocate(bytes += 500));
    heap_.deallocate(reinterpret_cast<void*>(payload_of(b_)));
    heap_.deallocate(reinterpret_cast<void*>(payload_of(d_)));
    top_ = e_ + size_of(e_);
    expect("sound");
    ASSERT_TRUE(!in_use(b_) && !in_use(d_) && !in_use(top_));
  }
  Address a_, b_, c_, d_, e_, top_;
};

TEST_F(ValidateBlocks, K1ASizeOfNothing) {
  tag_of(a_) &= kTagBits;
  expect("K1");
}

TEST_F(ValidateBlocks, K1ASizeOfNothingThatSaysItIsForeign) {
  tag_of(a_) = kInUse | kPreviousInUse | kForeign;
  expect("K1");
}

TEST_F(ValidateBlocks, K1LessThanTheSmallestBlock) {
  tag_of(a_) = kGranuleBytes | kInUse | kPreviousInUse;
  expect("K1");
}

#if UINTPTR_MAX > 0xffffffff  // else a tag cannot say so
TEST_F(ValidateBlocks, K1ASizeThatIsNoMultipleOfTheGranule) {
  tag_of(a_) += kGranuleBytes / 2;
  expect("K1");
}
#endif

TEST_F(ValidateBlocks, K1BeyondTheTop) {
  tag_of(e_) += kGranuleBytes;
  expect("K1");
  tag_of(a_) |= ~kTagBits << 8U;
  expect("K1");
}

TEST_F(ValidateBlocks, K1ATopThatDoesNotEndTheHeap) {
  tag_of(top_) += kGranuleBytes;
  expect("K1");
}

TEST_F(ValidateBlocks, K2NeighboursThatAreBothFree) {
  tag_of(a_) &= ~kInUse;
  expect("K2");
}

TEST_F(ValidateBlocks, K2AFreeBlockBelowTheTop) {
  tag_of(e_) &= ~kInUse;
  expect("K2");
}

TEST_F(ValidateBlocks, K2AFreeBlockBelowATopThatSaysItIsInUse) {
  tag_of(e_) &= ~kInUse;
  tag_of(top_) |= kInUse;
  expect("K2");
}

TEST_F(ValidateBlocks, K3AFreeBlockThatTheNextTakesToBeInUse) {
  tag_of(c_) |= kPreviousInUse;
  expect("K3");
}

TEST_F(ValidateBlocks, K3ABlockInUseThatTheNextTakesToBeFree) {
  tag_of(b_) &= ~kPreviousInUse;
  expect("K3");
}

TEST_F(ValidateBlocks, K3ATopThatSaysItIsInUse) {
  tag_of(top_) |= kInUse;
  expect("K3");
}

TEST_F(ValidateBlocks, K3ATopAboveABlockItTakesToBeFree) {
  tag_of(top_) &= ~kPreviousInUse;
  expect("K3");
}

TEST_F(ValidateBlocks, K4AFreeBlockThatRepeatsAnotherSize) {
  size_of_previous(c_) += kGranuleBytes;
  expect("K4");
}

TEST_F(ValidateBlocks, B1AFreeBlockInNoBin) {
  unlink(links_of(b_));
  expect("B1");
}

TEST_F(ValidateBlocks, B1AFreeBlockInAnotherBin) {
  unlink(links_of(b_));
  push(links_of(d_)->back, links_of(b_));
  expect("B1");
}

TEST_F(ValidateBlocks, B1ABlockInUseInABin) {
  push(links_of(b_)->back, links_of(a_));
  expect("B1");
}

TEST_F(ValidateBlocks, B1ALinkBackToElsewhere) {
  links_of(b_)->back = &links_of(d_)->next;
  expect("B1");
}

TEST_F(ValidateBlocks, B1ABinWithABlockThatIsNowhere) {
  // Something like a free block in the middle of one that is in use.
  const Address fake = c_ + kMinBlockBytes;
  tag_of(fake) = size_of(b_) | kPreviousInUse;
  push(&links_of(b_)->next, links_of(fake));
  expect("B1");
}

TEST_F(ValidateBlocks, B2ABinThatIsNotMarked) {
  std::uint64_t marks = 0;  // the first of the heap's words
  std::memcpy(static_cast<void*>(&heap_), &marks, sizeof marks);
  expect("B2");
}

// Two blocks of one size in a quick list, the later first; two in use.
class ValidateQuickLists : public Validate {
 protected:
  void SetUp() override {
    for (void*& block : blocks_) block = heap_.allocate(kListed);
    heap_.deallocate(blocks_[0]);
    heap_.deallocate(blocks_[2]);
    expect("sound");
    list_ = word_with(address_of(blocks_[2]) + 2);
    ASSERT_EQ(word_at(address_of(blocks_[2])), address_of(blocks_[0]) + 1);
  }
  void* blocks_[4] = {};
  Word* list_ = nullptr;
};

TEST_F(ValidateQuickLists, Q1AListedBlockOfAnotherSize) {
  // It swallows its neighbour, as the tags have it.
  tag_of(block_at(blocks_[0])) += size_of(block_at(blocks_[1]));
  expect("Q1");
}

TEST_F(ValidateQuickLists, Q1AListedBlockThatIsFree) {
  heap_.trim();
  *list_ = address_of(blocks_[2]) + 1;
  word_at(address_of(blocks_[2])) = 0;
  EXPECT_TRUE(heap_.validate());
}

TEST_F(ValidateQuickLists, Q2AListThatCountsTooMany) {
  *list_ += 1;
  expect("Q2");
}

TEST_F(ValidateQuickLists, Q2AListThatCountsTooFew) {
  *list_ -= 1;
  expect("Q2");
}

TEST_F(ValidateQuickLists, Q2AnEntryThatCountsWrong) {
  word_at(address_of(blocks_[2])) += 1;
  expect("Q2");
}

TEST_F(ValidateQuickLists, Q2AListThatEndsEarly) {
  word_at(address_of(blocks_[2])) = 0;
  expect("Q2");
}

TEST_F(ValidateQuickLists, Q2ABlockInAListOfAHeapThatSaysItHasNone) {
  const Word entry = *list_;
  heap_.trim();
  *list_ = entry;
  expect("Q2");
}

// A slab of 64-byte objects with more than one live and more than one free.
class ValidateSlabs : public Validate {
 protected:
  static constexpr std::size_t kBytes = 64;

  void SetUp() override {
    ASSERT_NE(heap_.allocate(40 * kSlabBytes), nullptr);
    for (int i = 0; i < 20; ++i) object_ = heap_.allocate(kBytes);
    slab_ = slab_at(address_of(object_));
    begin_ = address_of(slab_);
    expect("sound");
    ASSERT_EQ(map_entry(begin_), kBytes / kGranuleBytes);
    ASSERT_GT(slab_->used, 2U);
    ASSERT_NE(slab_->free->next, nullptr);
  }
  void* object_ = nullptr;
  Slab* slab_ = nullptr;
  Address begin_ = 0;
};

TEST_F(ValidateSlabs, S1AClassThatThereIsNot) {
  map_entry(begin_) = 17;
  expect("S1");
}

TEST_F(ValidateSlabs, S1AClassWhereNoSlabStands) {
  map_entry(begin_ - 3 * kSlabBytes) = 1;
  expect("S1");
}

TEST_F(ValidateSlabs, S1ASlabLongerThanASlab) {
  const Address block = block_of(begin_);
  const Address above = block + size_of(block);
  for (int i = 0; i < 100 && !in_use(above); ++i) ASSERT_NE(heap_.allocate(kBinned), nullptr);
  tag_of(block) += size_of(above);
  expect("S1");
}

TEST_F(ValidateSlabs, S2AFreeObjectBetweenTwo) {
  slab_->free = reinterpret_cast<FreeObject*>(address_of(slab_->free) + kGranuleBytes);
  expect("S2");
}

TEST_F(ValidateSlabs, S2AFreeObjectElsewhere) {
  slab_->free = reinterpret_cast<FreeObject*>(address_of(slab_->free) + 4 * kSlabBytes);
  expect("S2");
  slab_->free = reinterpret_cast<FreeObject*>(begin_);
  expect("S2");
}

TEST_F(ValidateSlabs, S2AFreeObjectThatLeadsToItself) {
  slab_->free->next = slab_->free;
  expect("S2");
}

TEST_F(ValidateSlabs, S2ACountThatIsWrong) {
  ++slab_->used;
  expect("S2");
  slab_->used -= 2;
  expect("S2");
}

TEST_F(ValidateSlabs, S3ASlabWithAFreeObjectInNoList) {
  unlink(&slab_->links);
  expect("S3");
}

TEST_F(ValidateSlabs, S3AFullSlabInAList) {
  for (const FreeObject* object = slab_->free; object != nullptr; object = object->next) {
    ++slab_->used;
  }
  slab_->free = nullptr;
  expect("S3");
}

TEST_F(ValidateSlabs, S3ASlabListedTwice) {
  slab_->links.next = &slab_->links;
  expect("S3");
}

TEST_F(ValidateSlabs, S3AListedSlabThatTheMapDoesNotKnow) {
  map_entry(begin_) = 0;
  expect("S3");
}

TEST_F(ValidateSlabs, S4ASlabWithoutALiveObject) {
  // What give() does, but for taking the slab away.
  const Address end = begin_ + kSlabBytes - kGranuleBytes;
  const std::size_t capacity = (kSlabBytes - kGranuleBytes - sizeof(Slab)) / kBytes;
  FreeObject* first = nullptr;
  for (std::size_t i = 1; i <= capacity; ++i) {
    auto* const object = reinterpret_cast<FreeObject*>(end - i * kBytes);
    object->next = first;
    first = object;
  }
  slab_->free = first;
  slab_->used = 0;
  expect("S4");
}

}  // namespace
