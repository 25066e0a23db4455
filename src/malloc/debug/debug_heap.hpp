// SPDX-License-Identifier: MIT
//
// DebugHeap: a Core that watches what is done with its blocks. It has the core's interface, so that
// malloc.cpp is the same above either.
//
//   a block of the core
//   ┌────────────────────┬─────────────────────────┬───────────────────────────┐
//   │ canary 0xfa        │ what the program has    │ canary 0xfb, to the end   │
//   └────────────────────┴─────────────────────────┴───────────────────────────┘
//   16 bytes, or the       new: 0xbe                 16 bytes or more
//   alignment              freed: 0xfd, in quarantine
//
// A canary that has changed is an overflow; a freed byte that is not 0xfd was written after the
// free. Both are found when the block is freed, leaves the quarantine, or by check(), which also
// validates the core; a read is not found (AddressSanitizer finds those). A block is never resized
// in place, so that every pointer kept across a realloc is a stale one.
//
// When a hook lets the program go on, the call at fault does nothing.
#pragma once

#include "../../heap/validate.hpp"
#include "reentry.hpp"
#include "report.hpp"

namespace heaplet::detail {
namespace {

// A call of the program's, and what is wrong when its address is not that of a live block.
struct Call {
  const char* name;
  const char* on_freed = "double-free";
  const char* on_other = "bad-free";
};
inline constexpr Call kFreeing[] = {{"free"}, {"operator delete"}, {"operator delete []"}};
inline constexpr Call kRealloc = {"realloc", "heap-use-after-free"};
inline constexpr Call kUsableSize = {"malloc_usable_size", "heap-use-after-free",
                                     "bad-malloc_usable_size"};

template <class Core>
class DebugHeap {
 public:
  static constexpr bool kCaches = Core::kCaches;

  template <class Source>
  explicit constexpr DebugHeap(Source source) : core_(source) {}

  void* allocate(std::size_t bytes) {
    return allocate_by(AllocatedBy::Malloc, bytes, kGranuleBytes);
  }
  void* allocate_block(std::size_t bytes, std::size_t alignment) {
    return allocate_by(AllocatedBy::Malloc, bytes, alignment);
  }
  void deallocate(void* address) { deallocate_by(AllocatedBy::Malloc, address, kAnySize, 0); }

  // False: the block moves. A block that cannot be resized at all stays what it is.
  bool resize(void* address, std::size_t) {
    const Reentry guard(lock_);
    Record* const record = live_record(kRealloc, address);
    return record == nullptr || !has_kind(*record, AllocatedBy::Malloc, kRealloc);
  }

  std::size_t usable_size(const void* address) {
    const Reentry guard(lock_);
    const Record* const record = live_record(kUsableSize, address);
    return record == nullptr ? 0 : record->bytes;
  }

  std::size_t trim() {
    const Reentry guard(lock_);
    return shrink_quarantine(0) + core_.trim();
  }

  void* allocate_by(AllocatedBy by, std::size_t bytes, std::size_t alignment) {
    const Reentry guard(lock_);
    tick();
    const std::size_t front = alignment < kCanaryBytes ? kCanaryBytes : alignment;
    if (bytes > kMaxRequestBytes - front - kCanaryBytes) return core_.allocate(SIZE_MAX);
    const std::size_t wanted = front + bytes + kCanaryBytes;
    void* memory = take(wanted, alignment);
    if (memory == nullptr && shrink_quarantine(0) != 0) memory = take(wanted, alignment);
    if (memory == nullptr) return nullptr;
    const Address begin = reinterpret_cast<Address>(memory);
    Record* const record = records_.add(core_, begin + front, !checking_);
    if (record == nullptr) return core_.deallocate(memory), nullptr;
    record->bytes = bytes;
    record->alignment = alignment;
    record->front = front;
    record->back = core_.usable_size(memory) - front - bytes;
    record->allocated = stacks_.capture(core_);
    record->by = by;
    fill(begin, kFrontByte, front);
    fill(record->address, kNewByte, bytes);
    fill(record->end(), kBackByte, record->back);
    ++live_count_;
    live_bytes_ += bytes;
    return reinterpret_cast<void*>(record->address);
  }

  // `bytes` and `alignment`: what a sized or aligned delete says, else kAnySize and 0.
  void deallocate_by(AllocatedBy by, void* address, std::size_t bytes, std::size_t alignment) {
    if (address == nullptr) return;
    const Reentry guard(lock_);
    tick();
    const Call call = kFreeing[static_cast<unsigned>(by)];
    Record* const record = live_record(call, address);
    if (record == nullptr || !has_kind(*record, by, call)) return;
    const bool wrong_size = bytes != kAnySize && bytes != record->bytes;
    // Only blocks of more than the natural alignment were allocated with one.
    const bool wrong_alignment = by != AllocatedBy::Malloc &&
                                 (record->alignment > kGranuleBytes || alignment != 0) &&
                                 record->alignment != alignment;
    if (wrong_size || wrong_alignment) return report_mismatch(*record, bytes, alignment);
    check(*record, call.name);
    record->state = BlockState::Freed;
    record->freed = stacks_.capture(core_);
    fill(record->address, kFreedByte, record->bytes);
    --live_count_;
    live_bytes_ -= record->bytes;
    (newest_ == nullptr ? oldest_ : newest_->next_listed) = record;
    newest_ = record;
    quarantined_bytes_ += cost_of(*record);
    shrink_quarantine(quarantine_limit_);
  }

  // Returns the number of faults, all reported.
  std::size_t check() {
    const Reentry guard(lock_);
    const std::size_t before = fault_count_;
    // A hook may allocate and free: no record goes away or changes its bucket meanwhile.
    const bool was_checking = checking_;
    checking_ = true;
    records_.each([&](const Record* record) { check(*record, "check"); });
    checking_ = was_checking;
    if (const HeapFault fault = Validator<Core>(core_).run()) {
      ++fault_count_;
      Report report("heap-corruption", reinterpret_cast<Address>(fault.address));
      report.text(" at ").address(reinterpret_cast<Address>(fault.address));
      report.text(": the heap's own data are not what they should be (invariant ");
      report.text(fault.invariant).text(")\n").send();
    }
    return fault_count_ - before;
  }

  void set_check_interval(std::size_t operations) {
    const Reentry guard(lock_);
    interval_ = operations;
    until_check_ = operations;
  }
  void set_quarantine_bytes(std::size_t bytes) {
    const Reentry guard(lock_);
    quarantine_limit_ = bytes;
    shrink_quarantine(bytes);
  }
  void set_stack_depth(unsigned frames) {
    const Reentry guard(lock_);
    stacks_.set_depth(frames);
  }

  const Blocks& blocks() const { return core_.blocks(); }
  std::size_t map_bytes() const { return core_.map_bytes(); }
  const Records<Core>& records() const { return records_; }
  Core& core() { return core_; }
  Lock& lock() const { return lock_; }
  const Core& core() const { return core_; }

  // What the program has; all that is there for finding faults counts as free.
  HeapStats stats() const {
    const Reentry guard(lock_);
    HeapStats stats = stats_of(core_);
    stats.live_blocks = live_count_;
    stats.live_bytes = live_bytes_;
    return stats;
  }

  static constexpr std::size_t kAnySize = SIZE_MAX;

 private:
  static constexpr std::size_t kCanaryBytes = 16;
  static constexpr unsigned char kFrontByte = 0xfa;
  static constexpr unsigned char kBackByte = 0xfb;
  static constexpr unsigned char kNewByte = 0xbe;
  static constexpr unsigned char kFreedByte = 0xfd;

  static void fill(Address begin, unsigned char value, std::size_t bytes) {
    __builtin_memset(reinterpret_cast<void*>(begin), value, bytes);
  }

  // The first byte of a range that is not `value`, or 0.
  static Address first_other(Address begin, unsigned char value, std::size_t bytes) {
    const auto* const at = reinterpret_cast<const unsigned char*>(begin);
    for (std::size_t i = 0; i < bytes; ++i) {
      if (at[i] != value) return begin + i;
    }
    return 0;
  }

  void* take(std::size_t bytes, std::size_t alignment) {
    return alignment <= kGranuleBytes ? core_.allocate(bytes)
                                      : core_.allocate_block(bytes, alignment);
  }

  static std::size_t cost_of(const Record& record) {
    return record.front + record.bytes + record.back;
  }

  void tick() {
    if (interval_ == 0 || --until_check_ != 0) return;
    until_check_ = interval_;
    check();
  }

  // The record of a live block, or null after a report.
  Record* live_record(const Call& call, const void* address) {
    const Address at = reinterpret_cast<Address>(address);
    Record* const record = records_.find(at);
    if (record != nullptr && record->state == BlockState::Live) return record;
    ++fault_count_;
    const Stack* const here = stacks_.capture(core_);
    Report report(record == nullptr ? call.on_other : call.on_freed, at);
    report.text(": ").text(call.name).text(" of ").address(at);
    if (record == nullptr) {
      report.text(", which is not the start of a block that malloc() gave out");
    } else {
      report.text(", which was freed before");
    }
    report.stack("\ncalled here:", here);
    if (const Record* const near = records_.nearest(at)) report.region(*near, at);
    report.send();
    return nullptr;
  }

  bool has_kind(const Record& record, AllocatedBy by, const Call& call) {
    if (record.by == by) return true;
    ++fault_count_;
    const Stack* const here = stacks_.capture(core_);
    Report report("alloc-dealloc-mismatch", record.address);
    report.text(" (").text(name_of(record.by)).text(" vs ").text(call.name).text(") on ");
    report.address(record.address).stack("\ncalled here:", here);
    report.region(record, record.address).send();
    return false;
  }

  void report_mismatch(const Record& record, std::size_t bytes, std::size_t alignment) {
    ++fault_count_;
    const Stack* const here = stacks_.capture(core_);
    Report report("new-delete-type-mismatch", record.address);
    report.text(" on ").address(record.address).text(": allocated ").number(record.bytes);
    report.text(" bytes, alignment ").number(record.alignment).text("; deleted ");
    if (bytes != kAnySize) report.number(bytes).text(" bytes, ");
    report.text("alignment ").number(alignment == 0 ? kGranuleBytes : alignment);
    report.stack("\ncalled here:", here).region(record, record.address).send();
  }

  // Whether somebody wrote where nobody may. What is found is put right, to be reported once.
  void check(const Record& record, const char* found_by) {
    const Address begin = record.address - record.front;
    const bool freed = record.state == BlockState::Freed;
    const char* kind = "heap-buffer-underflow";
    Address bad = first_other(begin, kFrontByte, record.front);
    if (bad == 0) {
      kind = "heap-buffer-overflow";
      bad = first_other(record.end(), kBackByte, record.back);
    }
    if (bad == 0 && freed) bad = first_other(record.address, kFreedByte, record.bytes);
    if (bad == 0) return;
    if (freed) kind = "heap-use-after-free";
    ++fault_count_;
    const unsigned char value = *reinterpret_cast<const unsigned char*>(bad);
    fill(begin, kFrontByte, record.front);
    fill(record.end(), kBackByte, record.back);
    if (freed) fill(record.address, kFreedByte, record.bytes);
    const Stack* const here = stacks_.capture(core_);
    Report report(kind, bad);
    report.text(" on ").address(bad).text(": the value ").number(value);
    report.text(" was written there, found by ").text(found_by);
    report.stack(", here:", here).region(record, bad).send();
  }

  // Gives the oldest freed blocks back until no more than `limit` bytes are kept.
  std::size_t shrink_quarantine(std::size_t limit) {
    std::size_t bytes = 0;
    while (!checking_ && quarantined_bytes_ > limit && oldest_ != nullptr) {
      Record* const record = oldest_;
      oldest_ = record->next_listed;
      if (oldest_ == nullptr) newest_ = nullptr;
      quarantined_bytes_ -= cost_of(*record);
      bytes += cost_of(*record);
      check(*record, "reuse");
      void* const memory = reinterpret_cast<void*>(record->address - record->front);
      records_.remove(core_, record);
      core_.deallocate(memory);
    }
    return bytes;
  }

  mutable Lock lock_;  // of a program with threads; for one thread it does nothing
  Core core_;
  Records<Core> records_;
  Stacks<Core> stacks_;
  Record* oldest_ = nullptr;
  Record* newest_ = nullptr;
  std::size_t quarantined_bytes_ = 0;
  std::size_t quarantine_limit_ = std::size_t{4} << 20U;
  std::size_t interval_ = 10000;
  std::size_t until_check_ = 10000;
  std::size_t live_count_ = 0;
  std::size_t live_bytes_ = 0;
  std::size_t fault_count_ = 0;
  bool checking_ = false;
};

// What malloc.cpp asks of a heap by name.
template <class Core>
HeapStats stats_of(const DebugHeap<Core>& heap) {
  return heap.stats();
}
// Guards, records and what waits in quarantine are live to the core.
template <class Core, class Visit>
void walk(const DebugHeap<Core>& heap, Visit visit) {
  const Reentry guard(heap.lock());
  walk(heap.core(), visit);
}
template <class Core, class Visit>
void walk(DebugHeap<Core>& heap, Visit visit) {
  const Reentry guard(heap.lock());
  walk(heap.core(), visit);
}
template <class Core>
Address zero_from(const DebugHeap<Core>&) {
  return SIZE_MAX;  // every new block is filled
}

}  // namespace
}  // namespace heaplet::detail
