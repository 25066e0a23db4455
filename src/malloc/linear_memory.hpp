// SPDX-License-Identifier: MIT
//
// LinearMemory: the break, and the region source that stands on it.
//
//   0          __heap_base              break                     memory.size
//   ┌──────────┬────────────────────────┬──────────────────────────┐
//   │ statics, │ heap, and what others  │ not taken by anybody     │
//   │ stack    │ took with sbrk         │                          │
//   └──────────┴────────────────────────┴──────────────────────────┘
//
// The heap takes whole pages from the break. Linear memory itself grows through
// emscripten_resize_heap, so that JavaScript's views follow; how much that adds beyond the need is
// Emscripten's MEMORY_GROWTH_GEOMETRIC_STEP, which heaplet::malloc sets to 2 %.
#pragma once

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "../heap/core.hpp"

extern "C" {
extern unsigned char __heap_base;
int emscripten_resize_heap(size_t bytes);
// Where the break is kept; SAFE_HEAP and dynamic linking read it.
uintptr_t* emscripten_get_sbrk_ptr(void);
// Told of every growth where it is linked (src/sight); costs nothing where it is not.
__attribute__((weak)) void heaplet_on_growth(void);
}

namespace heaplet::detail {
namespace {

constexpr size_t kLinearPageBytes = 65536;

Address program_break = reinterpret_cast<Address>(&__heap_base);

// Moves the break up to `end`, growing memory when it must.
bool raise_break(Address end) {
  if (end < program_break) return false;  // past the end of the address space
  // emscripten_resize_heap hands the size to JavaScript as a number, takes what no number can say
  // for NaN, and reports that memory has grown.
  if (sizeof(Address) == 8 && static_cast<uint64_t>(end) >> 53U != 0) return false;
  const size_t have = __builtin_wasm_memory_size(0) * kLinearPageBytes;
  if (end > have) {
    if (emscripten_resize_heap(end) == 0) return false;
    if (heaplet_on_growth != nullptr) heaplet_on_growth();
  }
  program_break = end;
  return true;
}

struct LinearMemory {
  static constexpr bool kContinues = true;
  static constexpr bool kZeroed = true;
  static Range grow(size_t bytes) {
    const Address begin = program_break;
    const Address end = align_up(begin + bytes, kLinearPageBytes);
    return raise_break(end) ? Range{begin, end} : Range{0, 0};
  }
  static Address next() { return program_break; }
  static void on_exhaustion() { errno = ENOMEM; }
};

}  // namespace
}  // namespace heaplet::detail
