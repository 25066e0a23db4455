// SPDX-License-Identifier: MIT
//
// Faults as values: heaplet_hardened_fault() leaves the call at fault by longjmp.
#pragma once

#include <csetjmp>
#include <cstddef>

#include "heaplet/malloc_hardened.h"
#include "wasm/support.hpp"

namespace heaplet_test {

struct Fault {
  const char* kind = "none";
  const void* address = nullptr;
  std::size_t bytes = 0;
};
inline Fault met;
inline std::jmp_buf way_out;

/// What is wrong with a call, whose frames have nothing to destroy.
template <class Call>
Fault fault_of(Call call) {
  met = {};
  if (setjmp(way_out) == 0) {
    call();
    barrier();
  }
  return met;
}

}  // namespace heaplet_test

extern "C" [[gnu::used]] inline void heaplet_hardened_fault(const char* kind, const void* address,
                                                            std::size_t bytes) {
  heaplet_test::met = {kind, address, bytes};
  std::longjmp(heaplet_test::way_out, 1);
}
