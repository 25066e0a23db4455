// SPDX-License-Identifier: MIT
#include "heaplet/cell.hpp"

#include <optional>
#include <utility>

#include "gtest/gtest.h"
#include "heaplet/rc.hpp"

namespace {

using heaplet::Cell;
using heaplet::Rc;
using heaplet::RefCell;

TEST(Cell, ChangesThroughSharedOwners) {
  const auto first = Rc<Cell<int>>::make(1);
  const auto second = first.clone();
  second->set(2);
  EXPECT_EQ(first->get(), 2);
  EXPECT_EQ(first->replace(3), 2);
  EXPECT_EQ(second->take(), 3);
  EXPECT_EQ(first->get(), 0);
}

TEST(Cell, Swaps) {
  const Cell<int> left(1);
  const Cell<int> right(2);
  left.swap(right);
  EXPECT_EQ(left.get(), 2);
  EXPECT_EQ(right.get(), 1);
}

TEST(RefCell, LendsToManyReaders) {
  const RefCell<int> cell(5);
  const auto first = cell.borrow();
  const auto second = cell.borrow();
  EXPECT_EQ(*first + *second, 10);
  EXPECT_EQ(cell.borrow_state(), 2);
}

TEST(RefCell, LendsToOneWriterAlone) {
  const RefCell<int> cell(5);
  {
    const auto writer = cell.borrow_mut();
    *writer = 6;
    EXPECT_EQ(cell.borrow_state(), -1);
    EXPECT_FALSE(cell.try_borrow());
    EXPECT_FALSE(cell.try_borrow_mut());
  }
  EXPECT_EQ(*cell.borrow(), 6);
}

TEST(RefCell, RefusesAWriterWhileThereAreReaders) {
  const RefCell<int> cell(5);
  auto reader = cell.borrow();
  EXPECT_FALSE(cell.try_borrow_mut());
  reader.drop();
  EXPECT_TRUE(cell.try_borrow_mut());
}

TEST(RefCell, ReturnsABorrowOnceThoughItsGuardWasMoved) {
  const RefCell<int> cell(5);
  auto first = cell.borrow();
  auto second = std::move(first);
  first.drop();  // NOLINT(bugprone-use-after-move): that is what is tested
  EXPECT_EQ(cell.borrow_state(), 1);
  second.drop();
  EXPECT_EQ(cell.borrow_state(), 0);
}

TEST(RefCell, PanicsOnAConflict) {
  const RefCell<int> cell(5);
  EXPECT_DEATH_IF_SUPPORTED(
      {
        const auto reader = cell.borrow();
        static_cast<void>(cell.borrow_mut());
      },
      "RefCell: already borrowed at");
  EXPECT_DEATH_IF_SUPPORTED(
      {
        const auto writer = cell.borrow_mut();
        static_cast<void>(cell.borrow());
      },
      "RefCell: already mutably borrowed at");
}

TEST(RefCell, PanicsWhenItEndsWhileBorrowed) {
  EXPECT_DEATH_IF_SUPPORTED(
      {
        std::optional<RefCell<int>> cell(5);
        const auto reader = cell->borrow();
        cell.reset();
      },
      "RefCell: ended while borrowed");
}

}  // namespace
