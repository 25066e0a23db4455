// SPDX-License-Identifier: MIT
#include "heaplet/panic.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

#ifdef __EMSCRIPTEN__
#include <emscripten/console.h>
#else
#include <unistd.h>
#endif

namespace heaplet {
namespace {

// Constant-initialised: a program may panic before any constructor has run.
std::atomic<PanicHook> g_hook{nullptr};

char* append(char* out, const char* end, const char* text) noexcept {
  while (*text != '\0' && out < end) *out++ = *text++;
  return out;
}

char* append_hex(char* out, const char* end, std::uintptr_t value) noexcept {
  out = append(out, end, "0x");
  for (int shift = static_cast<int>(sizeof value) * 8 - 4; shift >= 0; shift -= 4) {
    const char digit[2] = {"0123456789abcdef"[(value >> shift) & 15U], '\0'};
    out = append(out, end, digit);
  }
  return out;
}

// No printf: it would bring kilobytes into a module whose heap may just have broken.
void print(const char* reason, const void* address) noexcept {
  char line[256];
  const char* const end = line + sizeof line - 2;
  char* out = append(line, end, "heaplet: ");
  out = append(out, end, reason);
  if (address != nullptr) {
    out = append(out, end, " at ");
    // The address as a number, to be read by a person; it is never turned back into a pointer.
    out = append_hex(out, end, reinterpret_cast<std::uintptr_t>(address));
  }
#ifdef __EMSCRIPTEN__
  *out = '\0';
  emscripten_console_error(line);
#else
  *out++ = '\n';
  // Nothing is left to do when stderr is gone, so the result does not matter.
  [[maybe_unused]] const auto written = write(2, line, static_cast<std::size_t>(out - line));
#endif
}

}  // namespace

PanicHook set_panic_hook(PanicHook hook) noexcept {
  // Relaxed: the hook is a function, not a flag for other data.
  return g_hook.exchange(hook, std::memory_order_relaxed);
}

void panic(const char* reason, const void* address) {
  const PanicHook hook = g_hook.load(std::memory_order_relaxed);
  (hook != nullptr ? hook : &print)(reason, address);
  __builtin_trap();
}

}  // namespace heaplet
