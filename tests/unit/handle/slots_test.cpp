// SPDX-License-Identifier: MIT
//
// Slots and what is in them, beyond what a handle shows.
#include <cstring>

#include "gtest/gtest.h"
#include "heaplet/handle_table.hpp"
#include "support/counting_allocator.hpp"

namespace {

using heaplet::Handle;
using heaplet::Status;
using heaplet::TypeId;
using heaplet::TypeInfo;

class HandleSlots : public testing::Test {
 protected:
  heaplet_test::Ledger ledger;
  heaplet_test::CountingAllocator source{ledger};
  heaplet::HandleTable table{heaplet::AllocatorRef::of(source)};

  Handle some() { return table.create(0, 4); }
};

TEST_F(HandleSlots, FindsASlotByItsIndex) {
  const Handle handle = some();
  EXPECT_EQ(table.slot_address(handle.index), table.address_of(handle));
  for (const std::uint32_t no_slot : {0U, 127U, 128U, 129U, 0xffffffffU}) {
    EXPECT_EQ(table.slot_address(no_slot), 0U) << no_slot;
  }
}

TEST_F(HandleSlots, ClearsObjectsOfEverySize) {
  for (std::size_t bytes = 1; bytes < 300; bytes += bytes < 20 ? 1 : 13) {
    for (int again = 0; again < 2; ++again) {  // the memory is likely to be the same
      const Handle handle = table.create(0, bytes);
      auto* const object = static_cast<unsigned char*>(table.object_of(handle));
      for (std::size_t i = 0; i < bytes; ++i) ASSERT_EQ(object[i], 0) << i << " of " << bytes;
      std::memset(object, 0xff, bytes);
      table.release(handle);
    }
  }
}

TEST_F(HandleSlots, TellsAHandedBackObjectsHandleFromTheNextOneToItsSlot) {
  int value = 1;
  const Handle old = table.insert(0, &value, sizeof value);
  void* object = nullptr;
  ASSERT_EQ(table.detach(old, &object), Status::Ok);
  Handle next;
  while (next.index != old.index) next = table.insert(0, &value, sizeof value);
  EXPECT_NE(next, old);
  EXPECT_FALSE(table.contains(old));
  EXPECT_TRUE(table.contains(next));
}

TEST_F(HandleSlots, EndsObjectsOfATypeWithOwnedFieldsAndNoSize) {
  static constexpr std::uint32_t kOffsets[] = {0};
  TypeInfo info;
  info.owned_count = 1;
  info.owned_offsets = kOffsets;
  const TypeId type = table.register_type(info);
  const Handle handle = table.create(type, 8);
  ASSERT_TRUE(handle);
  EXPECT_EQ(table.walk_owned(
                handle, [](void*, Handle) { FAIL(); }, nullptr),
            Status::Ok);
  EXPECT_EQ(table.release(handle), Status::Ok);
}

TEST_F(HandleSlots, HoldSmallObjectsOfEveryAlignmentTheyHave) {
  for (const std::uint32_t alignment : {1U, 2U, 4U, 8U}) {
    TypeInfo info;
    info.alignment = alignment;
    const TypeId type = table.register_type(info);
    static_cast<void>(table.create(type, 8));
    const std::size_t requests = ledger.request_count;
    static_cast<void>(table.create(type, 8));
    EXPECT_EQ(ledger.request_count, requests) << alignment;
  }
}

TEST_F(HandleSlots, TellTheDropHookOnlyOfWhatIsWatched) {
  TypeInfo info;
  int destroyed = 0;
  info.context = &destroyed;
  info.destroy = [](void*, void* context) { ++*static_cast<int*>(context); };
  const TypeId type = table.register_type(info);
  int told = 0;
  table.set_drop_hook([](void* context, Handle, void*) { ++*static_cast<int*>(context); }, &told);
  const Handle watched = table.create(type, 8);
  ASSERT_EQ(table.watch(watched), Status::Ok);
  EXPECT_EQ(table.release(table.create(type, 8)), Status::Ok);
  EXPECT_EQ(told, 0);
  EXPECT_EQ(table.release(watched), Status::Ok);
  EXPECT_EQ(told, 1);
  EXPECT_EQ(destroyed, 2);
}

}  // namespace
