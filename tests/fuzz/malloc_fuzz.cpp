// SPDX-License-Identifier: MIT
//
// Any sequence of calls of malloc's family, of the break, and of refused growths. The first two
// bytes choose the limit of memory and which growth is refused.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "support/malloc_script.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
  if (bytes < 2) return 0;
  heaplet_test::MallocScript script(1U + data[0] % 64U);
  heaplet_host::refuse_after(data[1] % 16U, data[1] / 16U);
  data += 2;
  bytes -= 2;
  // The byte after each operation chooses the function.
  while (bytes > heaplet_test::Op::kEncodedBytes) {
    heaplet_test::OpReader reader(data, heaplet_test::Op::kEncodedBytes);
    const auto op = reader.next();
    script.apply(*op, data[heaplet_test::Op::kEncodedBytes]);
    if (!script.audit()) {
      std::fprintf(stderr, "%s, after %s\n", script.problem().c_str(), op->text().c_str());
      std::abort();
    }
    data += heaplet_test::Op::kEncodedBytes + 1;
    bytes -= heaplet_test::Op::kEncodedBytes + 1;
  }
  script.free_all();
  if (!script.audit()) std::abort();
  return 0;
}
