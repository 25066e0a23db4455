// SPDX-License-Identifier: MIT
//
// Random numbers for model tests. The seed is in the message of every failure; HEAPLET_SEED repeats
// a run.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace heaplet_test {

class SeededRandom {
 public:
  SeededRandom() : SeededRandom(choose_seed()) {}
  explicit SeededRandom(std::uint64_t seed) : seed_(seed), engine_(seed) {}

  /// Below `limit`, which is at least 1.
  std::size_t below(std::size_t limit) { return engine_() % limit; }
  bool one_in(std::size_t n) { return below(n) == 0; }

  /// For SCOPED_TRACE.
  [[nodiscard]] std::string label() const { return "HEAPLET_SEED=" + std::to_string(seed_); }

 private:
  static std::uint64_t choose_seed() {
    if (const char* const text = std::getenv("HEAPLET_SEED"))
      return std::strtoull(text, nullptr, 0);
    return std::random_device{}();
  }

  std::uint64_t seed_;
  std::mt19937_64 engine_;
};

}  // namespace heaplet_test
