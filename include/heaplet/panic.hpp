// SPDX-License-Identifier: MIT
//
// Panic: what happens when a contract is broken and there is no state to go on with.
#pragma once

namespace heaplet {

/// Called with a static sentence and the address it is about (null when there is none). It may
/// print, record or leave by longjmp; when it returns, the program traps.
using PanicHook = void (*)(const char* reason, const void* address);

/// Installs `hook` for the whole program and returns the one before. Null restores the default,
/// which prints one line to the console or to stderr.
PanicHook set_panic_hook(PanicHook hook) noexcept;

/// Reports through the hook, then traps.
[[noreturn]] void panic(const char* reason, const void* address = nullptr);

}  // namespace heaplet
