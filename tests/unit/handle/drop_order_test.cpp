// SPDX-License-Identifier: MIT
//
// In which order objects end, and what their destructors may do to the table meanwhile.
#include <cstddef>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "heaplet/handle_table.hpp"
#include "support/counting_allocator.hpp"

namespace {

using heaplet::AllocatorRef;
using heaplet::Handle;
using heaplet::HandleTable;
using heaplet::Status;
using heaplet::TypeId;
using heaplet::TypeInfo;
using heaplet_test::CountingAllocator;
using heaplet_test::Ledger;

struct Node {
  int label;
  Handle left;
  Handle right;
};
constexpr std::uint32_t kOwned[] = {offsetof(Node, left), offsetof(Node, right)};

class DropOrder : public testing::Test {
 protected:
  DropOrder() {
    TypeInfo info;
    info.name = "Node";
    info.bytes = sizeof(Node);
    info.destroy = [](void* object, void* context) {
      static_cast<DropOrder*>(context)->ended.push_back(static_cast<Node*>(object)->label);
    };
    info.context = this;
    info.owned_offsets = kOwned;
    info.owned_count = 2;
    type = table.register_type(info);
  }

  Handle node(int label, Handle left = {}, Handle right = {}) {
    return table.emplace<Node>(type, Node{label, left, right});
  }
  Node& at(Handle handle) { return *static_cast<Node*>(table.object_of(handle)); }

  Ledger ledger;
  CountingAllocator source{ledger};
  std::vector<int> ended;
  HandleTable table{AllocatorRef::of(source)};
  TypeId type = 0;
};

TEST_F(DropOrder, EndsTheOwnerFirstThenItsFieldsInOrderEachWithAllBelow) {
  const Handle root = node(1, node(2, node(3), node(4)), node(5, node(6)));
  table.release(root);
  EXPECT_EQ(ended, (std::vector<int>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(table.stats().live_count, 0U);
}

TEST_F(DropOrder, KeepsWhatOthersOwnToo) {
  const Handle shared = node(2);
  table.retain(shared);
  table.release(node(1, shared));
  EXPECT_EQ(ended, std::vector<int>{1});
  EXPECT_EQ(table.strong_count(shared), 1U);
}

TEST_F(DropOrder, EndsWhatTwoFieldsOfOneOwnerShareOnce) {
  const Handle shared = node(2);
  table.retain(shared);
  table.release(node(1, shared, shared));
  EXPECT_EQ(ended, (std::vector<int>{1, 2}));
}

TEST_F(DropOrder, EndsALongListWithoutRecursion) {
  Handle head = node(0);
  for (int i = 1; i < 200000; ++i) head = node(i, head);
  table.release(head);
  EXPECT_EQ(ended.size(), 200000U);
  EXPECT_EQ(ended.back(), 0);
}

TEST_F(DropOrder, EndsTheElementsOfAnArrayInOrder) {
  const Handle array = table.create(type, 3 * sizeof(Node));
  Node* const nodes = &at(array);
  for (int i = 0; i < 3; ++i) nodes[i].left = node(10 + i);
  table.release(array);
  EXPECT_EQ(ended, (std::vector<int>{0, 10, 11, 12}));
}

TEST_F(DropOrder, LeavesACycleToItself) {
  const Handle first = node(1);
  const Handle second = node(2, first);
  at(first).left = second;
  table.retain(first);
  table.release(first);
  EXPECT_TRUE(ended.empty());
  EXPECT_EQ(table.stats().live_count, 2U);
}

TEST_F(DropOrder, ShowsWhatAnObjectOwns) {
  const Handle left = node(2);
  const Handle root = node(1, left);
  std::vector<Handle> owned;
  const Status status = table.walk_owned(
      root,
      [](void* context, Handle child) {
        static_cast<std::vector<Handle>*>(context)->push_back(child);
      },
      &owned);
  EXPECT_EQ(status, Status::Ok);
  EXPECT_EQ(owned, std::vector<Handle>{left});
  EXPECT_EQ(table.walk_owned({}, nullptr, nullptr), Status::NullHandle);
}

TEST_F(DropOrder, EndsABorrowedChildAndItsGuardFindsItGone) {
  const Handle child = node(2);
  table.try_borrow(child);
  table.release(node(1, child));
  EXPECT_EQ(ended, (std::vector<int>{1, 2}));
  EXPECT_EQ(table.return_borrow(child), Status::StaleHandle);
}

struct Meddler {
  HandleTable* table;
  Handle self;
  Handle other;
  Handle made;
  Status own_status = Status::Ok;
};

TEST(ReentrantDestructor, MeetsAStaleHandleAndMayUseTheTable) {
  Ledger ledger;
  CountingAllocator source(ledger);
  HandleTable table(AllocatorRef::of(source));
  TypeInfo info;
  info.destroy = [](void* object, void*) {
    auto& meddler = *static_cast<Meddler*>(object);
    meddler.own_status = meddler.table->release(meddler.self);
    meddler.table->release(meddler.other);
    meddler.made = meddler.table->create(0, 8);
    static_cast<void>(meddler.table->register_type<int>("int"));
    for (int i = 0; i < 500; ++i) meddler.table->release(meddler.table->create(0, 1));
  };
  const TypeId type = table.register_type(info);
  Meddler meddler{&table, {}, table.create(0, 4), {}};
  meddler.self = table.insert(type, &meddler, sizeof meddler);
  table.release(meddler.self);
  EXPECT_EQ(meddler.own_status, Status::StaleHandle);
  EXPECT_FALSE(table.contains(meddler.other));
  EXPECT_TRUE(table.contains(meddler.made));
  EXPECT_EQ(table.stats().live_count, 1U);
}

}  // namespace
