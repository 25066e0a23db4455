// SPDX-License-Identifier: MIT
//
// Waiting for a word of memory to change, on each kind of platform.
#pragma once

#include <atomic>
#include <cstdint>

#if defined(__EMSCRIPTEN__) && defined(__EMSCRIPTEN_PTHREADS__)
#include <emscripten/threading.h>

#include <cmath>
#elif defined(__EMSCRIPTEN__)
#include "heaplet/panic.hpp"
#endif

namespace heaplet::detail {

/// Sleeps until `word` may no longer be `expected`. May wake for no reason.
inline void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected) noexcept {
#if defined(__EMSCRIPTEN__) && defined(__EMSCRIPTEN_PTHREADS__)
  // Emscripten's own, not the instruction: it spins where a browser forbids sleeping.
  emscripten_futex_wait(&word, expected, INFINITY);
#elif defined(__EMSCRIPTEN__)
  if (word.load(std::memory_order_relaxed) == expected) {
    panic("deadlock: a lock is waited for, and there is no other thread to give it back", &word);
  }
#else
  word.wait(expected, std::memory_order_relaxed);
#endif
}

inline void futex_wake_one(std::atomic<std::uint32_t>& word) noexcept {
#if defined(__EMSCRIPTEN__) && defined(__EMSCRIPTEN_PTHREADS__)
  emscripten_futex_wake(&word, 1);
#elif defined(__EMSCRIPTEN__)
  static_cast<void>(word);
#else
  word.notify_one();
#endif
}

inline void futex_wake_all(std::atomic<std::uint32_t>& word) noexcept {
#if defined(__EMSCRIPTEN__) && defined(__EMSCRIPTEN_PTHREADS__)
  emscripten_futex_wake(&word, 0x7fffffff);
#elif defined(__EMSCRIPTEN__)
  static_cast<void>(word);
#else
  word.notify_all();
#endif
}

}  // namespace heaplet::detail
