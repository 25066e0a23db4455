// SPDX-License-Identifier: MIT
//
// Every sequence of operations up to a depth, on memory so small that all its corners are near.
// After each operation the heap is validated, walked, and every live block's contents are compared.
//
// A heap and its memory are a few kilobytes of plain bytes at fixed addresses: a state is copied
// away and copied back. Two sequences that lead to the same bytes continue the same, so that each
// state is left only once per depth. HEAPLET_DEPTH sets the depth; the figures are printed.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <unordered_map>
#include <vector>

#include "gtest/gtest.h"
#include "heaplet/heap.hpp"

namespace {

using heaplet::Block;
using heaplet::Heap;
using heaplet::Region;

constexpr std::size_t kWord = sizeof(void*);
constexpr std::size_t kSlotCount = 4;

struct Scope {
  const char* name;
  int depth;
  std::size_t offset;      // of the memory from a multiple of 64 KiB
  std::size_t bytes;       // of it
  std::size_t step_bytes;  // of one growth
  std::size_t gap_bytes;   // between two
  std::size_t hole_bytes;  // between the first two: the heap spans enough to have slabs
  std::vector<std::size_t> sizes;
  std::size_t aligned_bytes, alignment;
};

void PrintTo(const Scope& scope, std::ostream* stream) { *stream << scope.name; }

struct Slot {
  unsigned char* address;
  std::size_t bytes;  // usable
};

// All that a state is, besides the memory.
struct State {
  alignas(Heap) unsigned char heap[sizeof(Heap)];
  std::array<Slot, kSlotCount> slots;
  std::size_t used_bytes;  // of the region
  std::size_t regions;
};

class Exhaustive : public testing::TestWithParam<Scope> {
 protected:
  static constexpr std::size_t kReach = std::size_t{2} << 20;

  void SetUp() override {
    memory_ = static_cast<unsigned char*>(::operator new (kReach, std::align_val_t{65536}));
    std::memset(memory_, 0, kReach);
    std::memset(&state_, 0, sizeof state_);
    ::new (static_cast<void*>(state_.heap)) Heap({this, &Exhaustive::grow});
  }
  void TearDown() override { ::operator delete (memory_, std::align_val_t{65536}); }

  Heap& heap() { return *std::launder(reinterpret_cast<Heap*>(state_.heap)); }

  static Region grow(void* context, std::size_t min_bytes) {
    auto& self = *static_cast<Exhaustive*>(context);
    const Scope& scope = GetParam();
    const std::size_t bytes = std::max(min_bytes, scope.step_bytes);
    if (bytes > scope.bytes - self.state_.used_bytes) return {};
    std::size_t begin = scope.offset + self.state_.used_bytes;
    begin += self.state_.regions * scope.gap_bytes;
    if (self.state_.regions != 0) begin += scope.hole_bytes;
    self.state_.used_bytes += bytes;
    ++self.state_.regions;
    return {self.memory_ + begin, bytes};
  }

  // The parts of the memory that the heap may have touched.
  template <class Visit>
  void each_part(Visit visit) {
    const Scope& scope = GetParam();
    const std::size_t gaps = scope.gap_bytes * (scope.bytes / scope.step_bytes + 1);
    visit(memory_ + scope.offset, scope.bytes + gaps);
    if (scope.hole_bytes != 0) {
      visit(memory_ + scope.offset + scope.hole_bytes, scope.bytes + gaps);
    }
  }

  struct Snapshot {
    State state;
    std::vector<unsigned char> memory;
  };
  void save(Snapshot& snapshot) {
    std::memcpy(&snapshot.state, &state_, sizeof state_);
    snapshot.memory.clear();
    each_part([&](const unsigned char* begin, std::size_t bytes) {
      snapshot.memory.insert(snapshot.memory.end(), begin, begin + bytes);
    });
  }
  void restore(const Snapshot& snapshot) {
    std::memcpy(&state_, &snapshot.state, sizeof state_);
    const unsigned char* from = snapshot.memory.data();
    each_part([&](unsigned char* begin, std::size_t bytes) {
      std::memcpy(begin, from, bytes);
      from += bytes;
    });
  }
  std::uint64_t hash() {
    std::uint64_t value = 0xcbf29ce484222325U;
    const auto mix = [&](const void* begin, std::size_t bytes) {
      const auto* const at = static_cast<const unsigned char*>(begin);
      for (std::size_t i = 0; i + 8 <= bytes; i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at + i, 8);
        value = (value ^ word) * 0x9E3779B97F4A7C15U;
        value ^= value >> 29U;
      }
    };
    mix(&state_, sizeof state_);
    each_part([&](const unsigned char* begin, std::size_t bytes) { mix(begin, bytes); });
    return value;
  }

  void adopt(std::size_t slot, void* address) {
    state_.slots[slot] = {static_cast<unsigned char*>(address), heap().usable_size(address)};
    std::memset(address, static_cast<int>(slot + 1), state_.slots[slot].bytes);
  }

  // False: the operation makes no sense here.
  bool apply(std::size_t operation, std::string& name) {
    const Scope& scope = GetParam();
    const auto empty = static_cast<std::size_t>(
        std::find_if(state_.slots.begin(), state_.slots.end(),
                     [](const Slot& slot) { return slot.address == nullptr; }) -
        state_.slots.begin());
    const std::size_t size_count = scope.sizes.size();
    if (operation <= size_count) {
      if (empty == kSlotCount) return false;
      void* address = nullptr;
      if (operation == size_count) {
        name = "allocate_aligned";
        address = heap().allocate_aligned(scope.aligned_bytes, scope.alignment);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(address) % scope.alignment, 0U);
      } else {
        name = "allocate " + std::to_string(scope.sizes[operation]);
        address = heap().allocate(scope.sizes[operation]);
      }
      if (address != nullptr) adopt(empty, address);
      return true;
    }
    operation -= size_count + 1;
    if (operation == 0) {
      name = "trim";
      heap().trim();
      return true;
    }
    const std::size_t slot = (operation - 1) / (size_count + 1);
    const std::size_t what = (operation - 1) % (size_count + 1);
    Slot& block = state_.slots[slot];
    if (block.address == nullptr) return false;
    if (what == size_count) {
      name = "deallocate slot " + std::to_string(slot);
      std::memset(block.address, 0, block.bytes);
      heap().deallocate(block.address);
      block = {};
      return true;
    }
    name = "reallocate slot " + std::to_string(slot) + " " + std::to_string(scope.sizes[what]);
    void* const moved = heap().reallocate(block.address, scope.sizes[what]);
    if (moved == nullptr) return true;
    const std::size_t kept = std::min(block.bytes, scope.sizes[what]);
    for (std::size_t i = 0; i < kept; ++i) {
      if (static_cast<unsigned char*>(moved)[i] != slot + 1) {
        ADD_FAILURE() << "reallocate lost byte " << i;
        break;
      }
    }
    adopt(slot, moved);
    return true;
  }
  std::size_t operation_count() const {
    const std::size_t sizes = GetParam().sizes.size();
    return sizes + 2 + kSlotCount * (sizes + 1);
  }

  // What is wrong, or an empty string.
  std::string audit() {
    if (const heaplet::HeapFault fault = heap().validate()) return fault.invariant;
    std::size_t live = 0;
    for (std::size_t i = 0; i < kSlotCount; ++i) {
      const Slot& slot = state_.slots[i];
      if (slot.address == nullptr) continue;
      ++live;
      for (std::size_t at = 0; at < slot.bytes; ++at) {
        if (slot.address[at] != i + 1) return "contents of slot " + std::to_string(i);
      }
    }
    std::size_t walked = 0;
    heap().walk(
        [](void* context, const Block& block) {
          if (block.state == Block::State::Live) ++*static_cast<std::size_t*>(context);
        },
        &walked);
    return walked == live ? "" : "wrong number of live blocks";
  }

  // Returns the number of sequences below this state.
  std::uint64_t explore(int depth) {
    const std::uint64_t key = hash() + static_cast<std::uint64_t>(depth) * 0x9E3779B97F4A7C15U;
    states_[hash()] = true;
    if (depth == 0) return 1;
    if (const auto known = explored_.find(key); known != explored_.end()) return known->second;
    Snapshot& before = snapshots_[static_cast<std::size_t>(depth)];
    save(before);
    std::uint64_t sequences = 0;
    for (std::size_t operation = 0; operation < operation_count(); ++operation) {
      std::string name;
      if (!apply(operation, name)) continue;
      ++steps_;
      path_.push_back(name);
      const std::string problem = audit();
      if (!problem.empty() || HasFailure()) {
        std::string path;
        for (const std::string& step : path_) path += "\n  " + step;
        ADD_FAILURE() << problem << " after" << path;
        return 0;
      }
      sequences += explore(depth - 1);
      path_.pop_back();
      if (HasFailure()) return 0;
      restore(before);
    }
    explored_[key] = sequences;
    return sequences;
  }

  void run() {
    int depth = GetParam().depth;
    if (const char* const text = std::getenv("HEAPLET_DEPTH")) depth = std::atoi(text);
    snapshots_.resize(static_cast<std::size_t>(depth) + 1);
    const std::uint64_t sequences = explore(depth);
    std::printf("%s: depth %d, %llu sequences, %zu states, %llu operations validated\n",
                GetParam().name, depth, static_cast<unsigned long long>(sequences), states_.size(),
                static_cast<unsigned long long>(steps_));
    EXPECT_GT(states_.size(), 1000U);
  }

  unsigned char* memory_ = nullptr;
  State state_;
  std::vector<Snapshot> snapshots_;
  std::unordered_map<std::uint64_t, std::uint64_t> explored_;
  std::unordered_map<std::uint64_t, bool> states_;
  std::vector<std::string> path_;
  std::uint64_t steps_ = 0;
};

TEST_P(Exhaustive, EverySequenceLeavesTheHeapSound) { run(); }

const Scope kScopes[] = {
    {"Blocks", 5, 0, 400 * kWord, 64 * kWord, 0, 0, {0, 5 * kWord, 40 * kWord}, 6 * kWord, 128},
    {"Gaps", 5, 8, 300 * kWord, 40 * kWord, 48, 0, {kWord, 20 * kWord, 70 * kWord}, 16, 64},
    {"Slabs",
     4,
     0,
     1800 * kWord,
     64 * kWord,
     0,
     130 * 512 * kWord,
     {kWord, 16 * kWord, 300 * kWord},
     kWord,
     64 * kWord},
};

INSTANTIATE_TEST_SUITE_P(Scopes, Exhaustive, testing::ValuesIn(kScopes),
                         [](const auto& scope) { return std::string(scope.param.name); });

}  // namespace
