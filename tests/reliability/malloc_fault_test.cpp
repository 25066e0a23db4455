// SPDX-License-Identifier: MIT
//
// malloc's family when linear memory does not grow: every growth of a long script refused in turn,
// once and for good, and every limit from one page up.
#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "support/malloc_script.hpp"
#include "support/seeded_random.hpp"

namespace {

using heaplet_test::MallocScript;
using heaplet_test::Op;
using heaplet_test::SeededRandom;

struct Step {
  Op op;
  std::uint8_t variant;
};

std::vector<Step> draw_script(std::uint64_t seed, int steps) {
  SeededRandom random(seed);
  std::vector<Step> script;
  for (int i = 0; i < steps; ++i) {
    Op::Encoded encoded;
    for (std::uint8_t& byte : encoded) byte = static_cast<std::uint8_t>(random.below(256));
    if (!random.one_in(100)) encoded[1] = static_cast<std::uint8_t>(random.below(16));
    script.push_back({Op::decode(encoded), static_cast<std::uint8_t>(random.below(256))});
  }
  return script;
}

// Returns the growths asked for.
std::size_t run(const std::vector<Step>& steps, std::size_t pages, std::size_t granted,
                std::size_t refused) {
  MallocScript script(pages);
  heaplet_host::refuse_after(granted, refused);
  for (const Step& step : steps) script.apply(step.op, step.variant);
  EXPECT_TRUE(script.audit()) << script.problem() << ", growth " << granted << " refused";
  script.free_all();
  EXPECT_TRUE(script.audit()) << script.problem();
  EXPECT_EQ(heaplet_host::stats().live_blocks, 0U);
  return heaplet_host::growth_count();
}

TEST(MallocFaults, EveryGrowthRefusedOnce) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const std::vector<Step> script = draw_script(seed, 1000);
    const std::size_t growths = run(script, heaplet_host::kMostPages, SIZE_MAX, 0);
    ASSERT_GT(growths, 10U);
    for (std::size_t nth = 0; nth < growths; ++nth) {
      run(script, heaplet_host::kMostPages, nth, 1);
      if (HasFailure()) return;
    }
  }
}

TEST(MallocFaults, EveryGrowthRefusedForGood) {
  const std::vector<Step> script = draw_script(5, 1000);
  const std::size_t growths = run(script, heaplet_host::kMostPages, SIZE_MAX, 0);
  for (std::size_t nth = 0; nth < growths && !HasFailure(); ++nth) {
    run(script, heaplet_host::kMostPages, nth, SIZE_MAX);
  }
}

TEST(MallocFaults, EveryLimitFromOnePageUp) {
  const std::vector<Step> script = draw_script(6, 1000);
  for (std::size_t pages = 0; pages <= 96 && !HasFailure(); ++pages) {
    run(script, pages, SIZE_MAX, 0);
  }
}

}  // namespace
