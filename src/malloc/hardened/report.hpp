// SPDX-License-Identifier: MIT
//
// Report: the line that malloc_hardened writes about a fault, unless the program has a hook.
#pragma once

#ifdef __EMSCRIPTEN_SHARED_MEMORY__
#include <emscripten/console.h>
#else
#include <wasi/api.h>
#endif

#include "../../heap/hardening.hpp"

namespace heaplet::detail {
namespace {

class Line {
 public:
  void text(const char* words) {
    while (*words != '\0') bytes_[length_++] = *words++;
  }
  void number(std::size_t value, unsigned base) {
    if (value >= base) number(value / base, base);
    bytes_[length_++] = "0123456789abcdef"[value % base];
  }
  // Needs no memory, and no lock that the program may hold.
  void write() {
#ifdef __EMSCRIPTEN_SHARED_MEMORY__
    bytes_[length_] = '\0';
    emscripten_err(bytes_);
#else
    // Not emscripten_err, which a module without JavaScript does not have.
    bytes_[length_++] = '\n';
    const __wasi_ciovec_t line = {reinterpret_cast<const std::uint8_t*>(bytes_), length_};
    __wasi_size_t written = 0;
    static_cast<void>(__wasi_fd_write(2, &line, 1, &written));
#endif
  }

 private:
  char bytes_[128];
  std::size_t length_ = 0;
};

}  // namespace
}  // namespace heaplet::detail

extern "C" __attribute__((weak, cold, minsize)) void heaplet_hardened_fault(const char* kind,
                                                                            const void* address,
                                                                            std::size_t bytes) {
  heaplet::detail::Line line;
  line.text("==heaplet==ERROR: ");
  line.text(kind);
  line.text(" of 0x");
  line.number(reinterpret_cast<std::uintptr_t>(address), 16);
  if (bytes != 0) {
    line.text(" (");
    line.number(bytes, 10);
    line.text(" bytes)");
  }
  line.write();
}
