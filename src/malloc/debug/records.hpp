// SPDX-License-Identifier: MIT
//
// Records: what is known of every block that the program has, or had a while ago, by its address.
//
// They lie apart from the blocks, so that a program that writes past a block's end spoils the block
// and not what is known of it, and so that any address at all can be asked for without reading it.
#pragma once

#include "stacks.hpp"

namespace heaplet::detail {
namespace {

enum class AllocatedBy : std::uint8_t { Malloc, New, NewArray };
enum class BlockState : std::uint8_t { Live, Freed };
enum class Reach : std::uint8_t { Unknown, Pending, Reached, Indirect };

struct Record {
  Record* next;         // of its bucket
  Record* next_listed;  // in the quarantine, or of those whose contents are yet to be scanned
  Address address;      // what the program has
  std::size_t bytes;    // what it asked for
  std::size_t alignment;
  std::size_t front;       // bytes of the canary below, which starts the heap's own block
  std::size_t back;        // bytes of the canary above, which ends it
  const Stack* allocated;  // null: not known
  const Stack* freed;
  AllocatedBy by;
  BlockState state;
  Reach reach;

  Address end() const { return address + bytes; }
  // An empty block holds its own address.
  bool holds(Address at) const { return at - address < (bytes == 0 ? 1 : bytes); }
};

template <class Core>
class Records {
 public:
  Record* find(Address address) const {
    if (buckets_ == nullptr) return nullptr;
    Record* record = buckets_[index_of(address)];
    while (record != nullptr && record->address != address) record = record->next;
    return record;
  }

  // A record to be filled in, or null when memory is out.
  Record* add(Core& core, Address address, bool may_extend) {
    if (count_ >= bucket_count_ && (may_extend || bucket_count_ == 0) && !extend(core))
      return nullptr;
    auto* const record = static_cast<Record*>(core.allocate(sizeof(Record)));
    if (record == nullptr) return nullptr;
    *record = {};
    record->address = address;
    Record** const bucket = &buckets_[index_of(address)];
    record->next = *bucket;
    *bucket = record;
    ++count_;
    return record;
  }

  void remove(Core& core, Record* record) {
    Record** link = &buckets_[index_of(record->address)];
    while (*link != record) link = &(*link)->next;
    *link = record->next;
    --count_;
    core.deallocate(record);
  }

  // visit(Record*), in no order; it may not add or remove.
  template <class Visit>
  void each(Visit visit) const {
    for (std::size_t i = 0; i < bucket_count_; ++i) {
      for (Record* record = buckets_[i]; record != nullptr; record = record->next) visit(record);
    }
  }

  // The block that holds an address, or else the nearest one.
  const Record* nearest(Address address) const {
    const Record* best = nullptr;
    std::size_t best_distance = SIZE_MAX;
    each([&](const Record* record) {
      std::size_t distance = 0;
      if (address < record->address) {
        distance = record->address - address;
      } else if (!record->holds(address)) {
        distance = address - record->end() + 1;
      }
      if (distance < best_distance) {
        best = record;
        best_distance = distance;
      }
    });
    return best;
  }

  std::size_t count() const { return count_; }

 private:
  std::size_t index_of(Address address) const {
    const auto mixed = static_cast<std::uint64_t>(address / kGranuleBytes) * 0x9E3779B97F4A7C15U;
    return static_cast<std::size_t>(mixed >> 32U) & (bucket_count_ - 1);
  }

  bool extend(Core& core) {
    const std::size_t old_count = bucket_count_;
    Record** const old = buckets_;
    const std::size_t count = old_count == 0 ? 256 : 2 * old_count;
    auto** const memory = static_cast<Record**>(core.allocate(count * sizeof(Record*)));
    if (memory == nullptr) return old_count != 0;  // longer buckets will do
    __builtin_memset(memory, 0, count * sizeof(Record*));
    buckets_ = memory;
    bucket_count_ = count;
    for (std::size_t i = 0; i < old_count; ++i) {
      for (Record* record = old[i]; record != nullptr;) {
        Record* const next = record->next;
        Record** const bucket = &buckets_[index_of(record->address)];
        record->next = *bucket;
        *bucket = record;
        record = next;
      }
    }
    core.deallocate(old);
    return true;
  }

  Record** buckets_ = nullptr;
  std::size_t bucket_count_ = 0;  // a power of two
  std::size_t count_ = 0;
};

}  // namespace
}  // namespace heaplet::detail
