// SPDX-License-Identifier: MIT
//
// An Allocator for tests: counts what is live, checks what is given back, and can refuse.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <new>

#include "gtest/gtest.h"

namespace heaplet_test {

/// What all copies of one CountingAllocator share. Expects at its end that nothing is live.
class Ledger {
 public:
  struct Entry {
    std::size_t bytes;
    std::size_t alignment;
  };

  ~Ledger() { EXPECT_EQ(live.size(), 0U) << "memory was not given back"; }

  /// Requests that are still granted; the ones after them are refused.
  std::size_t granted = SIZE_MAX;
  std::size_t request_count = 0;
  std::map<void*, Entry> live;

  [[nodiscard]] std::size_t live_bytes() const {
    std::size_t sum = 0;
    for (const auto& [pointer, entry] : live) sum += entry.bytes;
    return sum;
  }
};

class CountingAllocator {
 public:
  explicit CountingAllocator(Ledger& ledger) : ledger_(&ledger) {}

  void* allocate(std::size_t bytes, std::size_t alignment) noexcept {
    ++ledger_->request_count;
    if (ledger_->granted == 0) return nullptr;
    --ledger_->granted;
    void* const pointer = ::operator new (bytes, std::align_val_t{alignment}, std::nothrow);
    if (pointer != nullptr) ledger_->live[pointer] = {bytes, alignment};
    return pointer;
  }

  void deallocate(void* pointer, std::size_t bytes, std::size_t alignment) noexcept {
    if (pointer == nullptr) return;
    const auto found = ledger_->live.find(pointer);
    if (found == ledger_->live.end()) {
      ADD_FAILURE() << "given back, though not live: " << pointer;
      return;
    }
    EXPECT_EQ(found->second.bytes, bytes);
    EXPECT_EQ(found->second.alignment, alignment);
    ledger_->live.erase(found);
    ::operator delete (pointer, std::align_val_t{alignment});
  }

  friend bool operator==(CountingAllocator, CountingAllocator) noexcept = default;

 private:
  Ledger* ledger_;
};

}  // namespace heaplet_test
