// SPDX-License-Identifier: MIT
//
// Random operations on a heap beside its shadow. The memory is small, so that it runs out often.
#include <cstdint>
#include <ostream>
#include <string>

#include "gtest/gtest.h"
#include "support/ops.hpp"
#include "support/seeded_random.hpp"
#include "support/shadow_heap.hpp"
#include "support/test_region.hpp"

namespace {

using heaplet_test::Op;
using heaplet_test::RegionOptions;
using heaplet_test::SeededRandom;
using heaplet_test::ShadowHeap;
using heaplet_test::TestRegion;

struct Profile {
  const char* name;
  std::size_t slot_count;
  std::size_t least_exponent;  // sizes are around powers of two
  std::size_t exponent_count;
  RegionOptions region;
};

void PrintTo(const Profile& profile, std::ostream* stream) { *stream << profile.name; }

constexpr std::size_t kKilobyte = 1024;

constexpr Profile kProfiles[] = {
    {"Tiny", 256, 0, 6, {.bytes = 24 * kKilobyte, .step_bytes = 2048}},
    {"TinyWithGaps", 256, 0, 6, {.bytes = 40 * kKilobyte, .step_bytes = 2048, .gap_bytes = 1000}},
    {"OneSize", 256, 4, 1, {.bytes = 12 * kKilobyte, .step_bytes = 4096}},
    {"Slabs",
     256,
     0,
     8,
     {.bytes = 780 * kKilobyte, .step_bytes = 4096, .hole_bytes = 700 * kKilobyte}},
    {"SlabsWithGaps",
     256,
     0,
     9,
     {.bytes = 780 * kKilobyte, .step_bytes = 1, .gap_bytes = 200, .hole_bytes = 700 * kKilobyte}},
    {"Mixed", 128, 0, 13, {.bytes = 72 * kKilobyte, .step_bytes = 8192}},
    {"MixedWithGaps", 128, 0, 13, {.bytes = 88 * kKilobyte, .step_bytes = 1, .gap_bytes = 24}},
    {"Large", 24, 9, 8, {.bytes = 512 * kKilobyte, .step_bytes = 65536}},
    {"LargeWithGaps", 24, 9, 8, {.bytes = 780 * kKilobyte, .step_bytes = 1, .gap_bytes = 2000}},
    {"OddBegin", 64, 0, 11, {.bytes = 64 * kKilobyte, .step_bytes = 3001, .offset = 4093}},
};

class HeapModel : public testing::TestWithParam<Profile> {
 protected:
  Op draw(SeededRandom& random) {
    Op::Encoded encoded;
    for (std::uint8_t& byte : encoded) byte = static_cast<std::uint8_t>(random.below(256));
    // One request in a hundred keeps its size, which may be one that no heap has.
    if (!random.one_in(100)) {
      encoded[1] = static_cast<std::uint8_t>(GetParam().least_exponent +
                                             random.below(GetParam().exponent_count));
    }
    // Alignments beyond the page would leave room for nothing else.
    encoded[3] = static_cast<std::uint8_t>(random.below(13));
    encoded[4] = static_cast<std::uint8_t>(random.below(GetParam().slot_count));
    return Op::decode(encoded);
  }

  void run(SeededRandom random) {
    SCOPED_TRACE(random.label());
    TestRegion region(GetParam().region);
    ShadowHeap shadow(region.source());
    for (int step = 0; step < kSteps; ++step) {
      const Op op = draw(random);
      shadow.apply(op);
      ASSERT_TRUE(shadow.audit()) << shadow.problem() << " after step " << step << ": "
                                  << op.text();
    }
    null_count_ += shadow.null_count();
    shadow.deallocate_all();
    shadow.heap().trim();
    EXPECT_TRUE(shadow.audit()) << shadow.problem();
    EXPECT_TRUE(region.rest_is_untouched());
  }

  std::size_t null_count_ = 0;

  static constexpr int kSteps = 3000;
};

TEST_P(HeapModel, AgreesWithItsShadow) {
  for (std::uint64_t seed = 1; seed <= 4 && !HasFailure(); ++seed) run(SeededRandom(seed));
  EXPECT_GT(null_count_, 0U) << "the memory was never out";
}

TEST_P(HeapModel, AgreesWithItsShadowOnNewNumbersEachTime) { run(SeededRandom()); }

INSTANTIATE_TEST_SUITE_P(Profiles, HeapModel, testing::ValuesIn(kProfiles),
                         [](const auto& profile) { return std::string(profile.param.name); });

}  // namespace
