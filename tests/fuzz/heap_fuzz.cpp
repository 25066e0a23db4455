// SPDX-License-Identifier: MIT
//
// Any sequence of operations, on little memory with gaps. The first two bytes choose the memory;
// with an odd first byte the heap spans so much of it that it has slabs.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "support/ops.hpp"
#include "support/shadow_heap.hpp"
#include "support/test_region.hpp"

namespace {

void require(bool sound, const heaplet_test::ShadowHeap& shadow, const std::string& after) {
  if (sound) return;
  std::fprintf(stderr, "%s, after %s\n", shadow.problem().c_str(), after.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
  if (bytes < 2) return 0;
  const std::size_t hole_bytes = data[0] % 2 == 0 ? 0 : 600U * 1024U;
  heaplet_test::TestRegion region({.bytes = hole_bytes + 1024U * (8U + data[0]),
                                   .step_bytes = 64U * (1U + data[1] / 16U),
                                   .gap_bytes = data[1] % 16U * 40U,
                                   .hole_bytes = hole_bytes});
  heaplet_test::ShadowHeap shadow(region.source());
  heaplet_test::OpReader reader(data + 2, bytes - 2);
  while (const auto op = reader.next()) {
    shadow.apply(*op);
    require(shadow.audit(), shadow, op->text());
  }
  shadow.deallocate_all();
  shadow.heap().trim();
  require(shadow.audit(), shadow, "everything was freed");
  if (!region.rest_is_untouched()) std::abort();
  return 0;
}
