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

// In a program with threads the break is moved by whoever read it last, and by others meanwhile.
#ifdef HEAPLET_SHARED_BREAK
Address read_break() {
  // acquire: pairs with move_break(), for what was written before the break was moved.
  return __atomic_load_n(&program_break, __ATOMIC_ACQUIRE);
}
bool move_break(Address from, Address to) {
  return __atomic_compare_exchange_n(&program_break, &from, to, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED);
}
#else
Address read_break() { return program_break; }
bool move_break(Address, Address to) {
  program_break = to;
  return true;
}
#endif

// Whether memory reaches up to `end`, after growing if it must.
bool reach(Address end) {
  // emscripten_resize_heap hands the size to JavaScript as a number, takes what no number can say
  // for NaN, and reports that memory has grown.
  if (sizeof(Address) == 8 && static_cast<uint64_t>(end) >> 53U != 0) return false;
  if (end <= __builtin_wasm_memory_size(0) * kLinearPageBytes) return true;
  if (emscripten_resize_heap(end) == 0) {
#ifdef HEAPLET_SHARED_BREAK
    // It refuses as well what another thread has brought about meanwhile.
    return end <= __builtin_wasm_memory_size(0) * kLinearPageBytes;
#else
    return false;
#endif
  }
  if (heaplet_on_growth != nullptr) heaplet_on_growth();
  return true;
}

struct LinearMemory {
  static constexpr bool kContinues = true;
  static constexpr bool kZeroed = true;
  static Range grow(size_t bytes) {
    const Address begin = read_break();
    const Address end = align_up(begin + bytes, kLinearPageBytes);
    if (end < begin || !reach(end)) return {0, 0};  // below: past the end of the address space
    move_break(begin, end);
    return {begin, end};
  }
  static Address next() { return read_break(); }
  static void on_exhaustion() { errno = ENOMEM; }
};

}  // namespace
}  // namespace heaplet::detail
