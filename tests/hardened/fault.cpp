// SPDX-License-Identifier: MIT
//
// For tests in which nothing may be at fault.
#include <cstdio>
#include <cstdlib>

#include "heaplet/malloc_hardened.h"

void heaplet_hardened_fault(const char* kind, const void* address, size_t bytes) {
  std::fprintf(stderr, "hardened: %s of %p (%zu bytes)\n", kind, address, bytes);
  std::abort();
}
