// SPDX-License-Identifier: MIT
//
// Random operations on the table, each compared with a plain map that does the same.
#include <map>
#include <vector>

#include "gtest/gtest.h"
#include "heaplet/handle_table.hpp"
#include "support/counting_allocator.hpp"
#include "support/seeded_random.hpp"

namespace {

using heaplet::AllocatorRef;
using heaplet::Handle;
using heaplet::HandleTable;
using heaplet::Status;
using heaplet_test::CountingAllocator;
using heaplet_test::Ledger;
using heaplet_test::SeededRandom;

struct ModelObject {
  std::uint32_t strong = 1;
  std::uint32_t weak = 0;
  std::int32_t borrow = 0;
  std::size_t bytes = 0;
};

class Model {
 public:
  void created(Handle handle, std::size_t bytes) {
    ASSERT_TRUE(objects_.emplace(handle.packed(), ModelObject{1, 0, 0, bytes}).second)
        << "a handle came back";
  }
  ModelObject* find(Handle handle) {
    const auto found = objects_.find(handle.packed());
    return found == objects_.end() ? nullptr : &found->second;
  }
  Status release(Handle handle) {
    ModelObject* const object = find(handle);
    if (object == nullptr) return Status::StaleHandle;
    if (object->strong > 1) return --object->strong, Status::Ok;
    if (object->borrow != 0) return object->borrow < 0 ? Status::BorrowedMutably : Status::Borrowed;
    objects_.erase(handle.packed());
    return Status::Ok;
  }
  Status borrow(Handle handle) {
    ModelObject* const object = find(handle);
    if (object == nullptr) return Status::StaleHandle;
    if (object->borrow < 0) return Status::BorrowedMutably;
    return ++object->borrow, Status::Ok;
  }
  Status borrow_mut(Handle handle) {
    ModelObject* const object = find(handle);
    if (object == nullptr) return Status::StaleHandle;
    if (object->borrow != 0) return object->borrow < 0 ? Status::BorrowedMutably : Status::Borrowed;
    return object->borrow = -1, Status::Ok;
  }
  Status unborrow(Handle handle, bool exclusive) {
    ModelObject* const object = find(handle);
    if (object == nullptr) return Status::StaleHandle;
    if (exclusive ? object->borrow != -1 : object->borrow <= 0) return Status::NotBorrowed;
    object->borrow = exclusive ? 0 : object->borrow - 1;
    return Status::Ok;
  }
  [[nodiscard]] std::size_t size() const { return objects_.size(); }
  [[nodiscard]] std::size_t bytes() const {
    std::size_t sum = 0;
    for (const auto& [packed, object] : objects_) sum += object.bytes;
    return sum;
  }

 private:
  std::map<std::uint64_t, ModelObject> objects_;
};

// Low generations, so that retiring happens often.
class HandleTableModel : public testing::TestWithParam<std::uint32_t> {};

TEST_P(HandleTableModel, AgreesWithAMap) {
  SeededRandom random;
  SCOPED_TRACE(random.label());
  Ledger ledger;
  CountingAllocator source(ledger);
  HandleTable table(AllocatorRef::of(source), GetParam());
  Model model;
  std::vector<Handle> ever{Handle{1, 1}};
  for (int step = 0; step < 60000; ++step) {
    const Handle handle = ever[random.below(ever.size())];
    switch (random.below(10)) {
      case 0:
      case 1: {
        const std::size_t bytes = random.below(100);
        const Handle made = table.create(0, bytes);
        ASSERT_TRUE(made);
        model.created(made, bytes);
        ever.push_back(made);
        if (ever.size() > 500) ever[random.below(ever.size())] = ever[ever.size() - 2];
        break;
      }
      case 2:
      case 3:
      case 4:
        ASSERT_EQ(table.release(handle), model.release(handle));
        break;
      case 5: {
        ModelObject* const object = model.find(handle);
        ASSERT_EQ(table.retain(handle), object != nullptr ? Status::Ok : Status::StaleHandle);
        if (object != nullptr) ++object->strong;
        break;
      }
      case 6:
        ASSERT_EQ(table.try_borrow(handle), model.borrow(handle));
        break;
      case 7:
        ASSERT_EQ(table.try_borrow_mut(handle), model.borrow_mut(handle));
        break;
      case 8:
        ASSERT_EQ(table.return_borrow(handle), model.unborrow(handle, false));
        break;
      case 9:
        ASSERT_EQ(table.return_borrow_mut(handle), model.unborrow(handle, true));
        break;
    }
    const Handle any = ever[random.below(ever.size())];
    const ModelObject* const object = model.find(any);
    ASSERT_EQ(table.contains(any), object != nullptr);
    if (object != nullptr) {
      ASSERT_EQ(table.strong_count(any), object->strong);
      ASSERT_EQ(table.borrow_state(any), object->borrow);
      ASSERT_EQ(table.bytes_of(any), object->bytes);
    }
    ASSERT_EQ(table.stats().live_count, model.size());
    if (step % 1000 == 0) {
      ASSERT_EQ(table.stats().live_bytes, model.bytes());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Generations, HandleTableModel,
                         testing::Values(heaplet::kLastGeneration, 9U));

}  // namespace
