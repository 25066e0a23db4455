// SPDX-License-Identifier: MIT
//
// Status: why an operation was refused. A refused operation leaves everything as it was.
#pragma once

#include <cstdint>

namespace heaplet {

/// Outcome of an operation that can be refused. The values are part of the C ABI.
enum class Status : std::uint8_t {
  Ok = 0,
  OutOfMemory = 1,       ///< no memory for the request
  NullHandle = 2,        ///< the handle is null
  StaleHandle = 3,       ///< the handle's object is gone, or the handle was never of this table
  Moved = 4,             ///< the value was moved away
  Borrowed = 5,          ///< a shared borrow is alive
  BorrowedMutably = 6,   ///< an exclusive borrow is alive
  NotBorrowed = 7,       ///< there is no borrow of this kind to return
  CountOverflow = 8,     ///< a count is at its limit
  Shared = 9,            ///< several owners hold the object, where one alone may do this
  WrongType = 10,        ///< the object is of another type
  InvalidArgument = 11,  ///< a size, alignment or index makes no sense
  Poisoned = 12,         ///< a holder of the lock failed while it held it
  WouldBlock = 13,       ///< the lock is held
};

/// The enumerator's name, for messages and logs. A static string.
[[nodiscard]] constexpr const char* to_string(Status status) noexcept {
  switch (status) {
    case Status::Ok:
      return "Ok";
    case Status::OutOfMemory:
      return "OutOfMemory";
    case Status::NullHandle:
      return "NullHandle";
    case Status::StaleHandle:
      return "StaleHandle";
    case Status::Moved:
      return "Moved";
    case Status::Borrowed:
      return "Borrowed";
    case Status::BorrowedMutably:
      return "BorrowedMutably";
    case Status::NotBorrowed:
      return "NotBorrowed";
    case Status::CountOverflow:
      return "CountOverflow";
    case Status::Shared:
      return "Shared";
    case Status::WrongType:
      return "WrongType";
    case Status::InvalidArgument:
      return "InvalidArgument";
    case Status::Poisoned:
      return "Poisoned";
    case Status::WouldBlock:
      return "WouldBlock";
  }
  return "unknown";
}

}  // namespace heaplet
