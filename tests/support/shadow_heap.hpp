// SPDX-License-Identifier: MIT
//
// A heap together with what it must look like: every call is checked for overlap, alignment and
// contents, and the heap's own account of itself against the shadow's. It knows no test library, so
// that the fuzzer can use it: the first thing that is wrong stays in problem().
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <map>
#include <sstream>
#include <string>

#include "heaplet/heap.hpp"
#include "support/ops.hpp"

namespace heaplet_test {

/// Whether nothing changed between the two but what lies in the heap's caches.
inline bool is_same_use(const heaplet::HeapStats& before, const heaplet::HeapStats& after) {
  return before.live_blocks == after.live_blocks && before.live_bytes == after.live_bytes &&
         before.reserved_bytes == after.reserved_bytes &&
         before.high_water_bytes == after.high_water_bytes &&
         before.growth_count == after.growth_count;
}

class ShadowHeap {
 public:
  explicit ShadowHeap(heaplet::RegionSource source) : heap_(source) {}
  ShadowHeap(const ShadowHeap&) = delete;
  ShadowHeap& operator=(const ShadowHeap&) = delete;

  [[nodiscard]] heaplet::Heap& heap() { return heap_; }
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] std::size_t live_count() const { return live_.size(); }
  [[nodiscard]] std::size_t null_count() const { return null_count_; }

  unsigned char* allocate(std::size_t bytes) {
    return checked([&] { return heap_.allocate(bytes); }, bytes, kNaturalAlignment);
  }
  unsigned char* allocate_aligned(std::size_t bytes, std::size_t alignment) {
    return checked([&] { return heap_.allocate_aligned(bytes, alignment); }, bytes, alignment);
  }
  unsigned char* allocate_zeroed(std::size_t bytes) {
    return checked([&] { return heap_.allocate_zeroed(bytes); }, bytes, kNaturalAlignment, true);
  }

  void deallocate(unsigned char* address) {
    if (address != nullptr) forget(address);
    heap_.deallocate(address);
  }

  /// Null when memory is out; then `address` is still live.
  unsigned char* reallocate(unsigned char* address, std::size_t bytes) {
    if (address == nullptr) {
      return checked([&] { return heap_.reallocate(nullptr, bytes); }, bytes, kNaturalAlignment);
    }
    const Live before = forget(address);
    const heaplet::HeapStats stats = heap_.stats();
    auto* const moved = static_cast<unsigned char*>(heap_.reallocate(address, bytes));
    if (moved == nullptr) {
      refused(stats);
      live_.emplace(address, before);
      check_contents(address, before.usable_bytes, before.seed);
      return nullptr;
    }
    check_contents(moved, before.usable_bytes < bytes ? before.usable_bytes : bytes, before.seed);
    adopt(moved, bytes, kNaturalAlignment);
    return moved;
  }

  /// Frees what is in the operation's slot, or allocates when nothing is.
  void apply(const Op& op) {
    unsigned char*& slot = slots_.at(op.slot);
    if (op.kind == Op::Kind::Trim) {
      heap_.trim();
    } else if (op.kind == Op::Kind::Reallocate) {
      if (unsigned char* const moved = reallocate(slot, op.bytes)) slot = moved;
    } else if (slot != nullptr || op.kind == Op::Kind::Deallocate) {
      deallocate(slot);
      slot = nullptr;
    } else if (op.kind == Op::Kind::AllocateAligned) {
      slot = allocate_aligned(op.bytes, op.alignment);
    } else if (op.kind == Op::Kind::AllocateZeroed) {
      slot = allocate_zeroed(op.bytes);
    } else {
      slot = allocate(op.bytes);
    }
  }

  void deallocate_all() {
    while (!live_.empty()) deallocate(live_.begin()->first);
    slots_.fill(nullptr);
  }

  /// Whether the heap is sound and every live block holds what was written to it.
  bool audit() {
    if (const heaplet::HeapFault fault = heap_.validate()) {
      fail("validate() finds a fault", fault.address) << ": " << fault.invariant;
    }
    std::size_t live_bytes = 0;
    for (const auto& [address, block] : live_) {
      check_contents(address, block.usable_bytes, block.seed);
      live_bytes += block.usable_bytes;
    }
    const heaplet::HeapStats stats = heap_.stats();
    if (stats.live_blocks != live_.size()) {
      fail("wrong live_blocks", nullptr) << ": " << stats.live_blocks << " for " << live_.size();
    }
    if (stats.live_bytes != live_bytes) {
      fail("wrong live_bytes", nullptr) << ": " << stats.live_bytes << " for " << live_bytes;
    }
    return report();
  }

 private:
  static constexpr std::size_t kNaturalAlignment = 2 * sizeof(void*);
  static constexpr std::size_t kPeriodBytes = 256;
  static constexpr std::size_t kOne = 1;  // even a block of no bytes has an address of its own

  struct Live {
    std::size_t usable_bytes;
    std::uint8_t seed;
  };

  template <class Allocate>
  unsigned char* checked(Allocate allocate, std::size_t bytes, std::size_t alignment,
                         bool zeroed = false) {
    const heaplet::HeapStats before = heap_.stats();
    auto* const address = static_cast<unsigned char*>(allocate());
    if (address == nullptr) {
      refused(before);
      return nullptr;
    }
    for (std::size_t i = 0; zeroed && i < bytes; ++i) {
      if (address[i] != 0) return fail("not zero", address + i), address;
    }
    adopt(address, bytes, alignment);
    return address;
  }

  // Takes down a new block and fills all that may be used of it.
  void adopt(unsigned char* address, std::size_t bytes, std::size_t alignment) {
    const std::size_t usable_bytes = heap_.usable_size(address);
    if (usable_bytes < bytes) fail("fewer bytes usable than asked for", address);
    if (reinterpret_cast<std::uintptr_t>(address) % kNaturalAlignment != 0 ||
        reinterpret_cast<std::uintptr_t>(address) % alignment != 0) {
      fail("not aligned", address) << " to " << alignment;
    }
    const auto above = live_.lower_bound(address);
    if (above != live_.end() && above->first < address + std::max(usable_bytes, kOne)) {
      fail("overlaps the block above", address);
    }
    if (above != live_.begin()) {
      const auto& [below, block] = *std::prev(above);
      if (below + std::max(block.usable_bytes, kOne) > address)
        fail("overlaps the block below", address);
    }
    if (!problem_.empty() || !message_.str().empty()) return;  // what is broken is not written to
    live_.insert_or_assign(address, Live{usable_bytes, ++seed_});
    for (std::size_t i = 0; i < usable_bytes; i += kPeriodBytes) {
      std::memcpy(address + i, pattern(seed_), std::min(usable_bytes - i, kPeriodBytes));
    }
  }

  Live forget(unsigned char* address) {
    const auto found = live_.find(address);
    const Live block = found->second;
    check_contents(address, block.usable_bytes, block.seed);
    if (heap_.usable_size(address) != block.usable_bytes) fail("usable_size changed", address);
    live_.erase(found);
    return block;
  }

  void check_contents(const unsigned char* address, std::size_t bytes, std::uint8_t seed) {
    for (std::size_t i = 0; i < bytes; i += kPeriodBytes) {
      if (std::memcmp(address + i, pattern(seed), std::min(bytes - i, kPeriodBytes)) == 0) continue;
      fail("contents changed", address) << " after byte " << i;
      return;
    }
  }

  void refused(const heaplet::HeapStats& before) {
    ++null_count_;
    // Memory that a first growth gave before a second one was refused stays with the heap.
    const heaplet::HeapStats after = heap_.stats();
    const bool grew = after.growth_count != before.growth_count;
    const bool same_live =
        before.live_blocks == after.live_blocks && before.live_bytes == after.live_bytes;
    if (grew ? !same_live : !is_same_use(before, after))
      fail("a refused request changed the heap", nullptr);
  }

  // 256 different bytes, beginning with another one for each seed.
  static const std::uint8_t* pattern(std::uint8_t seed) {
    static constexpr auto kBytes = [] {
      std::array<std::uint8_t, 2 * kPeriodBytes> bytes{};
      for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 31);
      return bytes;
    }();
    return kBytes.data() + seed;
  }

  // Only the first problem counts: what follows may be its consequence.
  std::ostream& fail(const char* what, const void* address) {
    report();
    message_ << what << " at " << address;
    return message_;
  }
  bool report() {
    if (problem_.empty()) problem_ = message_.str();
    message_.str({});
    return problem_.empty();
  }

  heaplet::Heap heap_;
  std::map<unsigned char*, Live> live_;
  std::array<unsigned char*, Op::kSlotCount> slots_{};
  std::uint8_t seed_ = 0;
  std::size_t null_count_ = 0;
  std::ostringstream message_;
  std::string problem_;
};

}  // namespace heaplet_test
