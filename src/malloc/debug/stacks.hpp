// SPDX-License-Identifier: MIT
//
// Stacks: where a block was allocated and freed, as text, each text kept once.
//
// The engine's own account of the stack is all that a WebAssembly program can see of it. It comes
// as text (a few microseconds), is brought to one form for every engine in JavaScript, and is
// interned in the heap: a program has far fewer stacks than blocks. Names need the name section,
// which the target's --profiling-funcs keeps.
#pragma once

#include <emscripten/em_js.h>

#include "../../heap/layout.hpp"

// clang-format off
EM_JS_DEPS(heaplet_debug_stack, "$stringToUTF8")
// V8:      "    at name (url:wasm-function[7]:0x1b2)"   "    at url:wasm-function[7]:0x1b2"
// others:  "name@url:wasm-function[7]:0x1b2"
// (No regular expressions: the preprocessor would take their backslashes away.)
EM_JS(int, heaplet_debug_stack, (char* out, int bytes, int depth), {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = depth + 12;
  const lines = new Error().stack.split("\n");
  Error.stackTraceLimit = limit;
  let text = "";
  let count = 0;
  for (const line of lines) {
    let name = "";
    let place = "";
    if (line.startsWith("    at ")) {
      const open = line.endsWith(")") ? line.lastIndexOf(" (") : -1;
      name = open < 0 ? "" : line.slice(7, open);
      place = open < 0 ? line.slice(7) : line.slice(open + 2, -1);
    } else if (line.includes("@")) {
      const at = line.lastIndexOf("@");
      name = line.slice(0, at);
      place = line.slice(at + 1);
    } else {
      continue;
    }
    if (name.includes("heaplet_debug") || name.includes("heaplet::detail::")) continue;
    const wasm = place.lastIndexOf(":wasm-function[");
    const pc = wasm < 0 ? "" : place.slice(place.lastIndexOf(":0x") + 3);
    const file = (wasm < 0 ? place : place.slice(0, wasm)).split("/").pop();
    if (wasm >= 0) {
      // V8 puts the module's name in front of the function's.
      const module = file.slice(0, file.lastIndexOf("-") + 1).replace("-", ".");
      if (module && name.startsWith(module)) name = name.slice(module.length);
      if (!name || name.startsWith("wasm-function[")) name = place.slice(wasm + 1, place.lastIndexOf(":0x"));
    }
    text += "    #" + count + (pc && " 0x" + pc.padStart(8, "0")) + " in " + (name || "JavaScript") + " (" + file + ")\n";
    if (++count == depth) break;
  }
  return stringToUTF8(text, Number(out), bytes);
})
// clang-format on

namespace heaplet::detail {
namespace {

struct Stack {
  Stack* next;
  std::size_t bytes;
  char* text() { return reinterpret_cast<char*>(this + 1); }
  const char* text() const { return reinterpret_cast<const char*>(this + 1); }
};

// Core: where the texts are allocated.
template <class Core>
class Stacks {
 public:
  // The stack of the caller, or null when there is none or no memory for it.
  const Stack* capture(Core& core) {
    if (depth_ == 0) return nullptr;
    const auto bytes = static_cast<std::size_t>(
        heaplet_debug_stack(buffer_, static_cast<int>(sizeof buffer_), static_cast<int>(depth_)));
    Stack** bucket = &buckets_[hash(bytes) % kBucketCount];
    for (const Stack* stack = *bucket; stack != nullptr; stack = stack->next) {
      if (stack->bytes == bytes && __builtin_memcmp(stack->text(), buffer_, bytes) == 0)
        return stack;
    }
    auto* const stack = static_cast<Stack*>(core.allocate(sizeof(Stack) + bytes + 1));
    if (stack == nullptr) return nullptr;
    stack->next = *bucket;
    stack->bytes = bytes;
    __builtin_memcpy(stack->text(), buffer_, bytes);
    stack->text()[bytes] = '\0';
    *bucket = stack;
    return stack;
  }

  void set_depth(unsigned frames) { depth_ = frames < kMaxDepth ? frames : kMaxDepth; }

 private:
  static constexpr std::size_t kBucketCount = 1024;
  static constexpr unsigned kMaxDepth = 64;

  std::uint32_t hash(std::size_t bytes) const {  // FNV-1a
    std::uint32_t value = 2166136261U;
    for (std::size_t i = 0; i < bytes; ++i) {
      value = (value ^ static_cast<unsigned char>(buffer_[i])) * 16777619U;
    }
    return value;
  }

  unsigned depth_ = 16;
  Stack* buckets_[kBucketCount] = {};
  char buffer_[8192] = {};
};

}  // namespace
}  // namespace heaplet::detail
