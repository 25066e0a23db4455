// SPDX-License-Identifier: MIT
//
// Report: the words of a fault, in the form of AddressSanitizer's messages, and where they go.
#pragma once

#include <emscripten/console.h>
#include <stdio.h>
#include <stdlib.h>

#include "heaplet/malloc_debug.h"
#include "records.hpp"

// Present when the program has linked stdio.
extern "C" __attribute__((weak)) int fflush(FILE*);

namespace heaplet::detail {
namespace {

class Report {
 public:
  static constexpr int kLeakExitCode = 23;  // LeakSanitizer's

  static void set_hook(heaplet_debug_hook hook, void* context) {
    hook_ = hook;
    context_ = context;
  }

  Report(const char* kind, Address address) : kind_(kind), address_(address) {
    length_ = 0;
    text("=================================================================\n");
    text("==heaplet==ERROR: ").text(kind);
  }

  Report& text(const char* words) {
    while (*words != '\0' && length_ < sizeof buffer_ - 1) buffer_[length_++] = *words++;
    return *this;
  }
  Report& number(std::size_t value) {
    char digits[24];
    char* at = digits + sizeof digits;
    *--at = '\0';
    do *--at = static_cast<char>('0' + value % 10);
    while ((value /= 10) != 0);
    return text(at);
  }
  Report& address(Address value) {
    char digits[2 * sizeof value + 1] = {};
    for (std::size_t i = 2 * sizeof value; i-- != 0; value >>= 4U)
      digits[i] = "0123456789abcdef"[value & 15U];
    return text("0x").text(digits);
  }
  Report& stack(const char* heading, const Stack* stack) {
    if (stack == nullptr) return *this;
    return text(heading).text("\n").text(stack->text());
  }

  // "0x.. is located 4 bytes after 10-byte region [0x..,0x..)", and its two stacks.
  Report& region(const Record& record, Address at) {
    address(at).text(" is located ");
    if (at < record.address) {
      number(record.address - at).text(" bytes before ");
    } else if (at - record.address < record.bytes) {
      number(at - record.address).text(" bytes inside of ");
    } else {
      number(at - record.end()).text(" bytes after ");
    }
    number(record.bytes).text("-byte region [").address(record.address).text(",");
    address(record.end()).text(")\n");
    if (record.state == BlockState::Freed) stack("freed here:", record.freed);
    return stack(
        record.state == BlockState::Freed ? "previously allocated here:" : "allocated here:",
        record.allocated);
  }

  // Ends the program, unless there is a hook and it returns.
  void send() {
    text("SUMMARY: heaplet: ").text(kind_).text("\n");
    buffer_[length_] = '\0';
    if (hook_ != nullptr) {
      const heaplet_debug_report report = {kind_, reinterpret_cast<const void*>(address_), buffer_};
      hook_(&report, context_);
      return;
    }
    emscripten_err(buffer_);
    abort();
  }

  // Like send(), but the program, which is at its end, keeps what it has written.
  void send_at_exit() {
    if (hook_ != nullptr) return send();
    buffer_[length_] = '\0';
    emscripten_err(buffer_);
    if (fflush != nullptr) fflush(nullptr);
    _Exit(kLeakExitCode);
  }

 private:
  const char* kind_;
  Address address_;

  static inline heaplet_debug_hook hook_ = nullptr;
  static inline void* context_ = nullptr;
  // Static, because a fault may be found with little stack left. A hook that provokes a second
  // fault overwrites the first one's text.
  static inline std::size_t length_ = 0;
  static inline char buffer_[16384] = {};
};

inline const char* name_of(AllocatedBy by) {
  constexpr const char* kNames[] = {"malloc", "operator new", "operator new []"};
  return kNames[static_cast<unsigned>(by)];
}

}  // namespace
}  // namespace heaplet::detail
