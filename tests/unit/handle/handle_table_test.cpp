// SPDX-License-Identifier: MIT
#include "heaplet/handle_table.hpp"

#include <cstring>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "support/counting_allocator.hpp"
#include "support/probe.hpp"

namespace {

constexpr std::uint32_t kSlotsPerBlock = heaplet::HandleTable::kBlockSlots - 1;

using heaplet::AllocatorRef;
using heaplet::Handle;
using heaplet::HandleTable;
using heaplet::Status;
using heaplet::TypeId;
using heaplet::TypeInfo;
using heaplet_test::CountingAllocator;
using heaplet_test::Ledger;
using heaplet_test::Probe;

class HandleTableTest : public testing::Test {
 protected:
  Ledger ledger;
  CountingAllocator source{ledger};
  HandleTable table{AllocatorRef::of(source)};

  Handle some() { return table.create(0, 4); }
  Handle named(TypeId type, Probe::Log& log, const char* name) {
    return table.emplace<Probe>(type, log, name);
  }
  // The words that JavaScript counts in, for counts that no test could reach one by one.
  std::uint32_t* words(Handle handle) {
    return reinterpret_cast<std::uint32_t*>(table.address_of(handle));
  }
};

TEST(Handle, PacksIntoAnExactNumber) {
  const Handle last{heaplet::kIndexLimit - 1, heaplet::kLastGeneration};
  EXPECT_EQ(Handle::from_packed(last.packed()), last);
  EXPECT_LT(last.packed(), std::uint64_t{1} << 53);
  EXPECT_EQ(Handle{}.packed(), 0U);
  EXPECT_FALSE(Handle::from_packed(0));
}

TEST(Handle, OfOneObjectIsFalsyNeverButNull) {
  EXPECT_FALSE(Handle{});
  EXPECT_TRUE((Handle{1, 1}));
}

TEST_F(HandleTableTest, TakesNoMemoryBeforeItsFirstObject) { EXPECT_EQ(ledger.request_count, 0U); }

TEST_F(HandleTableTest, CreatesZeroedObjects) {
  const Handle handle = table.create(0, 64);
  ASSERT_TRUE(handle);
  const auto* const bytes = static_cast<const unsigned char*>(table.object_of(handle));
  for (int i = 0; i < 64; ++i) EXPECT_EQ(bytes[i], 0);
  EXPECT_EQ(table.bytes_of(handle), 64U);
  EXPECT_EQ(table.strong_count(handle), 1U);
}

TEST_F(HandleTableTest, EndsAnObjectWithItsLastOwner) {
  Probe::Log log;
  const TypeId type = table.register_type<Probe>("Probe");
  const Handle handle = named(type, log, "a");
  EXPECT_EQ(table.retain(handle), Status::Ok);
  EXPECT_EQ(table.release(handle), Status::Ok);
  EXPECT_TRUE(log.empty());
  EXPECT_EQ(table.release(handle), Status::Ok);
  EXPECT_EQ(log, Probe::Log{"a"});
  EXPECT_FALSE(table.contains(handle));
}

TEST_F(HandleTableTest, RefusesEveryOperationOnAStaleHandle) {
  const Handle handle = some();
  ASSERT_EQ(table.release(handle), Status::Ok);
  void* object = nullptr;
  EXPECT_EQ(table.retain(handle), Status::StaleHandle);
  EXPECT_EQ(table.release(handle), Status::StaleHandle);
  EXPECT_EQ(table.retain_weak(handle), Status::StaleHandle);
  EXPECT_EQ(table.try_borrow(handle), Status::StaleHandle);
  EXPECT_EQ(table.try_borrow_mut(handle), Status::StaleHandle);
  EXPECT_EQ(table.return_borrow(handle), Status::StaleHandle);
  EXPECT_EQ(table.return_borrow_mut(handle), Status::StaleHandle);
  EXPECT_EQ(table.detach(handle, &object), Status::StaleHandle);
  EXPECT_EQ(table.set_name(handle, "x"), Status::StaleHandle);
  EXPECT_EQ(table.watch(handle), Status::StaleHandle);
  EXPECT_EQ(table.object_of(handle), nullptr);
  EXPECT_EQ(table.strong_count(handle), 0U);
  EXPECT_EQ(table.type_of(handle), heaplet::kNoType);
  EXPECT_EQ(table.address_of(handle), 0U);
}

TEST_F(HandleTableTest, RefusesNullAndMadeUpHandles) {
  static_cast<void>(some());
  EXPECT_EQ(table.retain({}), Status::NullHandle);
  for (const Handle made_up :
       {Handle{1, 0}, Handle{1, 2}, Handle{1, 3}, Handle{2, 1}, Handle{HandleTable::kBlockSlots, 1},
        Handle{127, 1}, Handle{128, 1}, Handle{0xffffffff, 1}}) {
    EXPECT_EQ(table.retain(made_up), Status::StaleHandle);
    EXPECT_EQ(table.release(made_up), Status::StaleHandle);
  }
}

TEST_F(HandleTableTest, TellsAnOldHandleFromANewOneToTheSameSlot) {
  const Handle old = some();
  for (std::uint32_t i = 1; i < kSlotsPerBlock; ++i) static_cast<void>(some());
  table.release(old);
  const Handle fresh = some();
  EXPECT_EQ(fresh.index, old.index);
  EXPECT_NE(fresh.generation, old.generation);
  EXPECT_FALSE(table.contains(old));
  EXPECT_TRUE(table.contains(fresh));
}

TEST_F(HandleTableTest, ReusesSlotsInTheOrderInWhichTheyBecameFree) {
  const Handle first = some();
  const Handle second = some();
  const Handle third = some();
  for (std::uint32_t i = 3; i < kSlotsPerBlock; ++i) static_cast<void>(some());
  table.release(second);
  table.release(third);
  table.release(first);
  EXPECT_EQ(some().index, second.index);
  EXPECT_EQ(some().index, third.index);
  EXPECT_EQ(some().index, first.index);
}

TEST_F(HandleTableTest, NeverHandsOutTheFirstSlotOfABlock) {
  for (std::uint32_t i = 0; i < 8 * kSlotsPerBlock; ++i) EXPECT_NE(some().index % 128, 0U);
  EXPECT_EQ(table.stats().slot_count, 8U * kSlotsPerBlock);
}

TEST_F(HandleTableTest, DoesNotMoveItsSlots) {
  const Handle handle = some();
  const heaplet::SlotAddress address = table.address_of(handle);
  for (int i = 0; i < 5000; ++i) static_cast<void>(some());
  EXPECT_EQ(table.address_of(handle), address);
  EXPECT_EQ(table.handle_at(address), handle);
}

TEST_F(HandleTableTest, ReleasesBySlotAddress) {
  const heaplet::SlotAddress slot = table.create_slot(0, 8);
  const Handle handle = table.handle_at(slot);
  EXPECT_EQ(table.release_slot(slot, handle.generation + 2), Status::StaleHandle);
  EXPECT_EQ(table.release_slot(slot, handle.generation), Status::Ok);
  EXPECT_EQ(table.release_slot(slot, handle.generation), Status::StaleHandle);
  EXPECT_EQ(table.release_slot(slot, handle.generation + 1), Status::StaleHandle);
  EXPECT_FALSE(table.handle_at(slot));
}

TEST_F(HandleTableTest, RefusesACountPastItsLimit) {
  const Handle handle = some();
  words(handle)[HandleTable::kSlotStrideWords] = heaplet::kCountLimit;
  words(handle)[2 * HandleTable::kSlotStrideWords] = heaplet::kCountLimit;
  EXPECT_EQ(table.retain(handle), Status::CountOverflow);
  EXPECT_EQ(table.retain_weak(handle), Status::CountOverflow);
  EXPECT_EQ(table.strong_count(handle), heaplet::kCountLimit);
}

TEST_F(HandleTableTest, RefusesTooManyBorrows) {
  const Handle handle = some();
  words(handle)[3 * HandleTable::kSlotStrideWords] = heaplet::kCountLimit;
  EXPECT_EQ(table.try_borrow(handle), Status::CountOverflow);
}

TEST_F(HandleTableTest, CountsObserversThatKeepNothingAlive) {
  const Handle handle = some();
  EXPECT_EQ(table.retain_weak(handle), Status::Ok);
  EXPECT_EQ(table.weak_count(handle), 1U);
  EXPECT_EQ(table.release_weak(handle), Status::Ok);
  EXPECT_EQ(table.release_weak(handle), Status::InvalidArgument);
  table.retain_weak(handle);
  table.release(handle);
  EXPECT_EQ(table.retain(handle), Status::StaleHandle) << "that is what upgrade() is";
  EXPECT_EQ(table.release_weak(handle), Status::Ok);
}

TEST_F(HandleTableTest, LendsToManyReadersOrOneWriter) {
  const Handle handle = some();
  EXPECT_EQ(table.try_borrow(handle), Status::Ok);
  EXPECT_EQ(table.try_borrow(handle), Status::Ok);
  EXPECT_EQ(table.borrow_state(handle), 2);
  EXPECT_EQ(table.try_borrow_mut(handle), Status::Borrowed);
  EXPECT_EQ(table.return_borrow_mut(handle), Status::NotBorrowed);
  table.return_borrow(handle);
  table.return_borrow(handle);
  EXPECT_EQ(table.return_borrow(handle), Status::NotBorrowed);
  EXPECT_EQ(table.try_borrow_mut(handle), Status::Ok);
  EXPECT_EQ(table.borrow_state(handle), -1);
  EXPECT_EQ(table.try_borrow(handle), Status::BorrowedMutably);
  EXPECT_EQ(table.try_borrow_mut(handle), Status::BorrowedMutably);
  EXPECT_EQ(table.return_borrow_mut(handle), Status::Ok);
}

TEST_F(HandleTableTest, DoesNotEndABorrowedObject) {
  const Handle handle = some();
  table.try_borrow(handle);
  EXPECT_EQ(table.release(handle), Status::Borrowed);
  table.return_borrow(handle);
  table.try_borrow_mut(handle);
  EXPECT_EQ(table.release(handle), Status::BorrowedMutably);
  EXPECT_TRUE(table.contains(handle));
  table.return_borrow_mut(handle);
  EXPECT_EQ(table.release(handle), Status::Ok);
}

TEST_F(HandleTableTest, NamesObjectsThatLiveElsewhere) {
  Probe::Log log;
  TypeInfo info;
  info.name = "foreign";
  info.destroy = [](void* object, void* context) {
    static_cast<Probe::Log*>(context)->push_back(*static_cast<std::string*>(object));
  };
  info.context = &log;
  const TypeId type = table.register_type(info);
  std::string first = "first";
  const Handle handle = table.insert(type, &first, sizeof first);
  EXPECT_EQ(table.object_of(handle, type), &first);
  EXPECT_EQ(table.object_of(handle, 0), nullptr);
  table.release(handle);
  EXPECT_EQ(log, Probe::Log{"first"});
}

TEST_F(HandleTableTest, HandsAForeignObjectBack) {
  int value = 1;
  const Handle handle = table.insert(0, &value, sizeof value);
  void* object = nullptr;
  table.retain(handle);
  EXPECT_EQ(table.detach(handle, &object), Status::Shared);
  table.release(handle);
  table.try_borrow(handle);
  EXPECT_EQ(table.detach(handle, &object), Status::Borrowed);
  table.return_borrow(handle);
  EXPECT_EQ(table.detach(handle, &object), Status::Ok);
  EXPECT_EQ(object, &value);
  EXPECT_FALSE(table.contains(handle));
  EXPECT_EQ(table.detach(some(), &object), Status::InvalidArgument);
}

TEST_F(HandleTableTest, RemembersNames) {
  const Handle handle = some();
  EXPECT_EQ(table.name_of(handle), nullptr);
  table.set_name(handle, "albedo");
  EXPECT_STREQ(table.name_of(handle), "albedo");
}

TEST_F(HandleTableTest, RefusesUnknownTypesAndOddAlignments) {
  EXPECT_FALSE(table.create(1, 4));
  EXPECT_FALSE(table.insert(7, nullptr, 0));
  TypeInfo info;
  info.alignment = 3;
  EXPECT_EQ(table.register_type(info), heaplet::kNoType);
  EXPECT_EQ(table.type_info(1), nullptr);
}

TEST_F(HandleTableTest, AlignsObjectsAsTheirTypeAsks) {
  TypeInfo info;
  info.alignment = 64;
  const TypeId type = table.register_type(info);
  for (int i = 0; i < 10; ++i) {
    const auto address = reinterpret_cast<std::uintptr_t>(table.object_of(table.create(type, 10)));
    EXPECT_EQ(address % 64, 0U);
  }
}

TEST_F(HandleTableTest, KeepsSmallObjectsInTheirSlots) {
  const Handle first = table.create(0, HandleTable::kInlineBytes);
  const std::size_t requests = ledger.request_count;
  const Handle second = table.create(0, HandleTable::kInlineBytes);
  EXPECT_EQ(ledger.request_count, requests);
  auto* const bytes = static_cast<unsigned char*>(table.object_of(first));
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(bytes) % HandleTable::kInlineBytes, 0U);
  std::memset(bytes, 0xff, HandleTable::kInlineBytes);
  EXPECT_EQ(*static_cast<unsigned char*>(table.object_of(second)), 0);
  void* object = nullptr;
  EXPECT_EQ(table.detach(first, &object), Status::InvalidArgument);
  table.release(first);
  static_cast<void>(table.create(0, HandleTable::kInlineBytes + 1));
  EXPECT_EQ(ledger.request_count, requests + 1);
}

TEST_F(HandleTableTest, ClearsASlotBeforeItsNextObject) {
  for (std::uint32_t i = 0; i < 2 * kSlotsPerBlock; ++i) {
    const Handle handle = table.create(0, HandleTable::kInlineBytes);
    auto* const bytes = static_cast<unsigned char*>(table.object_of(handle));
    for (std::uint32_t at = 0; at < HandleTable::kInlineBytes; ++at) ASSERT_EQ(bytes[at], 0);
    std::memset(bytes, 0xff, HandleTable::kInlineBytes);
    table.release(handle);
  }
}

TEST_F(HandleTableTest, CountsWhatIsAlive) {
  const Handle first = table.create(0, 10);
  static_cast<void>(table.create(0, 20));
  EXPECT_EQ(table.stats().live_count, 2U);
  EXPECT_EQ(table.stats().live_bytes, 30U);
  table.release(first);
  EXPECT_EQ(table.stats().live_count, 1U);
  EXPECT_EQ(table.stats().live_bytes, 20U);
}

TEST_F(HandleTableTest, WalksWhatIsAlive) {
  std::vector<Handle> expected{some(), some(), some()};
  table.release(expected[1]);
  expected.erase(expected.begin() + 1);
  std::vector<Handle> seen;
  table.walk([](void* context,
                Handle handle) { static_cast<std::vector<Handle>*>(context)->push_back(handle); },
             &seen);
  EXPECT_EQ(seen, expected);
}

TEST_F(HandleTableTest, CallsTheDropHookForWatchedObjectsOnly) {
  std::vector<Handle> dropped;
  table.set_drop_hook(
      [](void* context, Handle handle, void* object) {
        EXPECT_NE(object, nullptr);
        static_cast<std::vector<Handle>*>(context)->push_back(handle);
      },
      &dropped);
  const Handle watched = some();
  const Handle other = some();
  table.watch(watched);
  table.release(other);
  table.release(watched);
  EXPECT_EQ(dropped, std::vector<Handle>{watched});
}

TEST_F(HandleTableTest, IsNullWhenMemoryIsOutAndGoesOnAfterwards) {
  for (std::size_t granted = 0; granted < 6; ++granted) {
    Ledger own_ledger;
    CountingAllocator own_source(own_ledger);
    HandleTable own(AllocatorRef::of(own_source));
    own_ledger.granted = granted;
    std::size_t count = 0;
    while (own.create(0, 8)) ++count;
    EXPECT_EQ(own.stats().live_count, count);
    EXPECT_EQ(own.register_type<int>("int"), heaplet::kNoType);
    own_ledger.granted = SIZE_MAX;
    EXPECT_TRUE(own.create(0, 8));
  }
}

TEST(HandleTableWrap, RetiresASlotAfterItsLastGeneration) {
  Ledger ledger;
  CountingAllocator source(ledger);
  HandleTable table(AllocatorRef::of(source), 5);
  std::set<std::uint64_t> ever;
  constexpr std::uint32_t kSlots = 3 * kSlotsPerBlock;
  for (std::uint32_t i = 0; i < 3 * kSlots; ++i) {
    const Handle handle = table.create(0, 1);
    EXPECT_TRUE(ever.insert(handle.packed()).second) << "a handle came back";
    EXPECT_LE(handle.generation, 5U);
    table.release(handle);
  }
  EXPECT_EQ(table.stats().retired_count, kSlots);
}

TEST(HandleTableEnd, EndsWhatIsStillAlive) {
  Ledger ledger;
  CountingAllocator source(ledger);
  Probe::Log log;
  {
    HandleTable table(AllocatorRef::of(source));
    const TypeId type = table.register_type<Probe>("Probe");
    static_cast<void>(table.emplace<Probe>(type, log, "a"));
    static_cast<void>(table.emplace<Probe>(type, log, "b"));
  }
  EXPECT_EQ(log, (Probe::Log{"a", "b"}));
}

}  // namespace
