// SPDX-License-Identifier: MIT
//
// What a C library would bring along, in the module that several threads instantiate over one
// shared memory: Emscripten's libraries for threads take minutes to build, and this needs five
// functions.
//
// The host lets one thread at a time into the module (js/gate.js): nothing here or in the handle
// table is safe otherwise. That also makes the stack one thread's at a time.
#include <cstddef>

extern "C" {

void __wasm_call_ctors();

// The first thread's host calls it; memory is as that left it for the others.
__attribute__((export_name("_initialize"))) void _initialize() { __wasm_call_ctors(); }

// One instruction each: a loop would be recognised for what it is, and call itself. They trap on
// zero bytes at an end that is out of bounds, which C allows.
void* memcpy(void* __restrict to, const void* __restrict from, std::size_t bytes) {
  if (bytes != 0) {
    __asm__ volatile("local.get %0\n local.get %1\n local.get %2\n memory.copy 0, 0"
                     :
                     : "r"(to), "r"(from), "r"(bytes)
                     : "memory");
  }
  return to;
}

void* memset(void* to, int value, std::size_t bytes) {
  if (bytes != 0) {
    __asm__ volatile("local.get %0\n local.get %1\n local.get %2\n memory.fill 0"
                     :
                     : "r"(to), "r"(value), "r"(bytes)
                     : "memory");
  }
  return to;
}

int* __errno_location() {
  static int error = 0;
  return &error;
}

int emscripten_resize_heap(std::size_t bytes) {
  constexpr std::size_t kPageBytes = 65'536;
  const std::size_t pages = (bytes + kPageBytes - 1) / kPageBytes;
  const std::size_t now = __builtin_wasm_memory_size(0);
  return pages <= now || __builtin_wasm_memory_grow(0, pages - now) != static_cast<std::size_t>(-1);
}

// Counts of owners, outside of the gate: one instruction each, where JavaScript's Atomics take a
// call of the engine's. `count` is a slot's strong count.

// One owner more; what it was before.
__attribute__((export_name("heaplet_count_up"))) unsigned heaplet_count_up(unsigned* count) {
  return __atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
}

// One owner less, unless it is the last; 0 then.
__attribute__((export_name("heaplet_count_down"))) unsigned heaplet_count_down(unsigned* count) {
  unsigned seen = __atomic_load_n(count, __ATOMIC_ACQUIRE);
  while (seen > 1) {
    // Both: whoever ends the value must see what the others did with it.
    if (__atomic_compare_exchange_n(count, &seen, seen - 1, true, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
      return 1;
    }
  }
  return 0;
}

}  // extern "C"
