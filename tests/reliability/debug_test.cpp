// SPDX-License-Identifier: MIT
//
// Every fault that malloc_debug knows, provoked, and what the message says of it.
#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "heaplet/malloc_debug.h"
#include "wasm/support.hpp"

// What the stacks must name.
[[gnu::noinline]] unsigned char* allocate_for_test(std::size_t bytes) {
  return static_cast<unsigned char*>(std::malloc(heaplet_test::hidden(bytes)));
}
[[gnu::noinline]] void free_for_test(void* address) {
  std::free(heaplet_test::hidden(address));
  heaplet_test::barrier();
}

namespace {

using heaplet_test::hidden;
using testing::Test;

struct Fault {
  std::string kind;
  const void* address;
  std::string text;
};

class MallocDebug : public Test {
 protected:
  MallocDebug() {
    heaplet_debug_set_hook(
        [](const heaplet_debug_report* report, void* context) {
          static_cast<std::vector<Fault>*>(context)->push_back(
              {report->kind, report->address, report->text});
        },
        &faults_);
  }
  ~MallocDebug() override {
    EXPECT_EQ(heaplet_debug_check(), 0U) << "a fault was reported, and is still there";
    heaplet_debug_set_check_interval(10000);
    heaplet_debug_set_quarantine_bytes(std::size_t{4} << 20U);
    heaplet_debug_set_stack_depth(16);
    heaplet_debug_set_hook(nullptr, nullptr);
  }

  // The one fault there was.
  Fault fault() {
    EXPECT_EQ(faults_.size(), 1U);
    return faults_.empty() ? Fault{} : faults_.front();
  }
  static bool mentions_in_order(const std::string& text, const std::vector<std::string>& words) {
    std::size_t at = 0;
    return std::all_of(words.begin(), words.end(), [&](const std::string& word) {
      at = text.find(word, at);
      return at != std::string::npos;
    });
  }

  std::vector<Fault> faults_;
};

TEST_F(MallocDebug, TellsADoubleFreeWithThreeStacks) {
  unsigned char* const block = allocate_for_test(40);
  free_for_test(block);
  free_for_test(block);
  EXPECT_EQ(fault().kind, "double-free");
  EXPECT_EQ(fault().address, block);
  EXPECT_TRUE(mentions_in_order(
      fault().text, {"ERROR: double-free", "called here:", "free_for_test", "0 bytes inside of",
                     "40-byte region", "freed here:", "free_for_test",
                     "previously allocated here:", "allocate_for_test", "SUMMARY"}))
      << fault().text;
}

TEST_F(MallocDebug, TellsAFreeOfTheMiddleOfABlock) {
  unsigned char* const block = allocate_for_test(40);
  free_for_test(block + 8);
  EXPECT_EQ(fault().kind, "bad-free");
  EXPECT_TRUE(mentions_in_order(fault().text, {"8 bytes inside of 40-byte", "allocate_for_test"}))
      << fault().text;
  free_for_test(block);
}

TEST_F(MallocDebug, TellsAFreeOfWhatIsNoBlock) {
  static int no_block;
  free_for_test(&no_block);
  EXPECT_EQ(fault().kind, "bad-free");
  EXPECT_EQ(fault().address, &no_block);
}

TEST_F(MallocDebug, TellsAnOverflowWhenTheBlockIsFreed) {
  unsigned char* const block = allocate_for_test(41);
  block[hidden(43)] = 7;
  EXPECT_TRUE(faults_.empty());
  free_for_test(block);
  EXPECT_EQ(fault().kind, "heap-buffer-overflow");
  EXPECT_EQ(fault().address, block + 43);
  EXPECT_TRUE(mentions_in_order(fault().text, {"the value 7", "2 bytes after 41-byte region",
                                               "allocated here:", "allocate_for_test"}))
      << fault().text;
}

TEST_F(MallocDebug, TellsAnUnderflow) {
  unsigned char* const block = allocate_for_test(300);
  block[hidden(-1)] = 7;
  EXPECT_EQ(heaplet_debug_check(), 1U);
  EXPECT_EQ(fault().kind, "heap-buffer-underflow");
  EXPECT_EQ(fault().address, block - 1);
  EXPECT_EQ(heaplet_debug_check(), 0U) << "once is enough";
  free_for_test(block);
}

TEST_F(MallocDebug, TellsAWriteAfterTheFreeWithBothStacks) {
  unsigned char* const block = allocate_for_test(100);
  free_for_test(block);
  block[hidden(99)] = 7;
  EXPECT_EQ(heaplet_debug_check(), 1U);
  EXPECT_EQ(fault().kind, "heap-use-after-free");
  EXPECT_TRUE(mentions_in_order(fault().text, {"99 bytes inside of 100-byte", "freed here:",
                                               "free_for_test", "allocate_for_test"}))
      << fault().text;
}

TEST_F(MallocDebug, TellsAWriteAfterTheFreeWhenTheBlockLeavesTheQuarantine) {
  unsigned char* const block = allocate_for_test(100);
  free_for_test(block);
  block[hidden(0)] = 7;
  heaplet_debug_set_quarantine_bytes(0);
  EXPECT_EQ(fault().kind, "heap-use-after-free");
}

TEST_F(MallocDebug, ChecksEveryNOperations) {
  unsigned char* const block = allocate_for_test(10);
  block[hidden(10)] = 7;
  heaplet_debug_set_check_interval(20);
  for (int i = 0; i < 9; ++i) free_for_test(allocate_for_test(5));
  EXPECT_TRUE(faults_.empty());
  free_for_test(allocate_for_test(5));
  EXPECT_EQ(fault().kind, "heap-buffer-overflow");
  free_for_test(block);
}

TEST_F(MallocDebug, TellsCorruptionOfTheHeapItself) {
  // A free block of the core, found by its pattern of use: the canary's first byte is the block's.
  heaplet_debug_set_quarantine_bytes(0);
  auto* const block = reinterpret_cast<std::size_t*>(allocate_for_test(5000));
  void* const above = allocate_for_test(5000);
  free_for_test(block);
  std::size_t* const tag = block - 16 / sizeof(std::size_t) - 1;
  const std::size_t value = *tag;
  *tag = value + 16;
  heaplet_test::barrier();
  EXPECT_EQ(heaplet_debug_check(), 1U);
  EXPECT_EQ(fault().kind, "heap-corruption");
  *tag = value;
  heaplet_test::barrier();
  free_for_test(above);
}

TEST_F(MallocDebug, TellsNewFromMallocAndFromNewArray) {
  int* const one = hidden(new int(1));
  int* const several = hidden(new int[3]);
  void* const raw = allocate_for_test(4);
  std::free(one);
  ::operator delete(hidden<void*>(several));
  ::operator delete[](hidden(raw));
  ::operator delete[](hidden<void*>(one));
  ASSERT_EQ(faults_.size(), 4U);
  for (const Fault& fault : faults_) EXPECT_EQ(fault.kind, "alloc-dealloc-mismatch");
  EXPECT_NE(faults_[0].text.find("(operator new vs free)"), std::string::npos);
  EXPECT_NE(faults_[1].text.find("(operator new [] vs operator delete)"), std::string::npos);
  EXPECT_NE(faults_[2].text.find("(malloc vs operator delete [])"), std::string::npos);
  EXPECT_NE(faults_[3].text.find("(operator new vs operator delete [])"), std::string::npos);
  delete one;
  delete[] several;
  std::free(raw);
}

TEST_F(MallocDebug, TellsAReallocOfWhatNewGave) {
  int* const block = hidden(new int(1));
  EXPECT_EQ(std::realloc(block, 100), block);
  EXPECT_EQ(fault().kind, "alloc-dealloc-mismatch");
  EXPECT_NE(fault().text.find("(operator new vs realloc)"), std::string::npos);
  delete block;
}

TEST_F(MallocDebug, TellsADeleteOfAnotherSize) {
  void* const block = ::operator new(hidden<std::size_t>(24));
  ::operator delete(block, hidden<std::size_t>(16));
  EXPECT_EQ(fault().kind, "new-delete-type-mismatch");
  EXPECT_NE(fault().text.find("allocated 24 bytes"), std::string::npos);
  EXPECT_NE(fault().text.find("deleted 16 bytes"), std::string::npos);
  ::operator delete(block, hidden<std::size_t>(24));
}

TEST_F(MallocDebug, TellsADeleteOfAnotherAlignment) {
  struct alignas(64) Wide {
    char bytes[64];
  };
  void* const block = ::operator new (64, std::align_val_t{alignof(Wide)});
  EXPECT_TRUE(heaplet_test::is_aligned(block, 64));
  ::operator delete(hidden(block));
  EXPECT_EQ(fault().kind, "new-delete-type-mismatch");
  ::operator delete (block, std::align_val_t{64});
  delete hidden(new Wide);
  EXPECT_EQ(faults_.size(), 1U);
}

TEST_F(MallocDebug, TellsAReallocAndASizeOfAFreedBlock) {
  unsigned char* const block = allocate_for_test(40);
  free_for_test(block);
  EXPECT_EQ(std::realloc(hidden(block), 100), block);
  EXPECT_EQ(malloc_usable_size(hidden(block)), 0U);
  ASSERT_EQ(faults_.size(), 2U);
  EXPECT_EQ(faults_[0].kind, "heap-use-after-free");
  EXPECT_NE(faults_[1].text.find("malloc_usable_size"), std::string::npos);
}

TEST_F(MallocDebug, MovesABlockOnEveryReallocAndLeavesItsOldPlacePoisoned) {
  unsigned char* const block = allocate_for_test(40);
  std::memset(block, 1, 40);
  auto* const moved = static_cast<unsigned char*>(std::realloc(block, hidden<std::size_t>(20)));
  EXPECT_NE(moved, block);
  EXPECT_TRUE(heaplet_test::is_all(moved, 1, 20));
  EXPECT_TRUE(heaplet_test::is_all(hidden(block), 0xfd, 40));
  std::free(moved);
}

TEST_F(MallocDebug, FillsNewMemoryUnlessItMustBeZero) {
  unsigned char* const block = allocate_for_test(1000);
  EXPECT_TRUE(heaplet_test::is_all(block, 0xbe, 1000));
  free_for_test(block);
  for (const std::size_t bytes : {10U, 1000U, 100000U}) {
    void* const zeroed = std::calloc(hidden(bytes), 1);
    EXPECT_TRUE(heaplet_test::is_all(zeroed, 0, bytes));
    free_for_test(zeroed);
  }
}

struct Node {
  Node* next;
  char bytes[20];
};
Node* reached_node = nullptr;
std::uintptr_t masked_leak = 0;  // not a pointer that counts

[[gnu::noinline]] void leak_two_blocks() {
  auto** const head = reinterpret_cast<unsigned char**>(allocate_for_test(8));
  head[0] = allocate_for_test(77);
  masked_leak = ~reinterpret_cast<std::uintptr_t>(head);
}

[[gnu::noinline]] void overwrite_the_stack() {
  char volatile bytes[4096];
  for (char volatile& byte : bytes) byte = 0;
}

TEST_F(MallocDebug, AsksForLeaksByReach) {
  reached_node = new Node{new Node{}, {}};
  const std::size_t before = heaplet_debug_report_leaks();
  faults_.clear();
  leak_two_blocks();
  overwrite_the_stack();
  EXPECT_EQ(heaplet_debug_report_leaks(), before + 2);
  EXPECT_EQ(fault().kind, "detected memory leaks");
  EXPECT_TRUE(mentions_in_order(
      fault().text, {"Direct leak of 8 byte(s) in 1 object(s)", "allocate_for_test", "leaked in"}))
      << fault().text;
  EXPECT_NE(fault().text.find("Indirect leak of 77 byte(s)"), std::string::npos) << fault().text;
  auto** const head = reinterpret_cast<unsigned char**>(~masked_leak);
  free_for_test(head[0]);
  free_for_test(head);
  delete reached_node->next;
  delete reached_node;
}

}  // namespace
