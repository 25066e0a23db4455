// SPDX-License-Identifier: MIT
//
// A thread that takes, checks and frees blocks; what is wrong is counted.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace heaplet_test {

inline std::atomic<int> failures{0};

struct Random {
  explicit Random(std::uint64_t seed) : state(seed * 0x9E3779B97F4A7C15U | 1U) {}
  std::uint64_t state;
  std::uint32_t next() {
    state ^= state << 13U;
    state ^= state >> 7U;
    state ^= state << 17U;
    return static_cast<std::uint32_t>(state >> 32U);
  }
};

/// So many times a block of up to `most_bytes`, each with a stamp at both ends.
inline void work(std::uint64_t seed, int operations, std::uint32_t most_bytes) {
  constexpr int kSlots = 64;
  struct Block {
    std::uint32_t* address;
    std::uint32_t words;
  } blocks[kSlots] = {};
  Random random(seed);
  for (int i = 0; i < operations; ++i) {
    const std::uint32_t at = random.next() % kSlots;
    Block& block = blocks[at];
    if (block.address != nullptr &&
        (block.address[0] != at || block.address[block.words - 1] != at)) {
      ++failures;
    }
    std::free(block.address);
    block.words = 4 + random.next() % (most_bytes / 4);
    block.address = static_cast<std::uint32_t*>(std::malloc(block.words * 4));
    if (block.address == nullptr) {
      ++failures;
      continue;
    }
    block.address[0] = block.address[block.words - 1] = at;
  }
  for (Block& block : blocks) std::free(block.address);
}

}  // namespace heaplet_test
