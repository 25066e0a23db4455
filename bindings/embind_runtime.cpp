// SPDX-License-Identifier: MIT
//
// What the C ABI imports in a module with Emscripten's runtime, and what attachHeaplet() of js/
// asks of it.
#include <emscripten/em_js.h>

#include "heaplet/heaplet.h"

// clang-format off
EM_JS(void, heaplet_call_on_drop, (heaplet_slot slot, uint32_t generation, heaplet_address object), {
  Module["heapletOnDrop"]?.(slot, generation, object);
})

EM_JS_DEPS(heaplet_attach, "$getWasmTableEntry")
EM_JS(void, heaplet_show_module, (), {
  Module["heapletMemory"] = wasmMemory;
  Module["heapletFunction"] = (index) => getWasmTableEntry(index);
})
// clang-format on

// A definition of its own, because linkers take no object from a library for the sake of an EM_JS.
extern "C" void heaplet_on_drop(heaplet_slot slot, uint32_t generation, heaplet_address object) {
  heaplet_call_on_drop(slot, generation, object);
}

// Programs need not export their memory and their table of functions for it.
extern "C" __attribute__((used)) void heaplet_attach() { heaplet_show_module(); }
