// SPDX-License-Identifier: MIT
//
// Lock: guards the heap that all threads share, for the few hundred nanoseconds of one operation.
//
// A thread that finds it taken spins for a while and then sleeps until it is released; the
// browser's main thread must not sleep and spins on. All-zero is a lock that nobody holds.
#pragma once

#include <atomic>

#ifdef __EMSCRIPTEN__
#ifdef __EMSCRIPTEN_PTHREADS__
#include <emscripten/threading.h>
#endif
#else
#include <sched.h>
#endif

#include "../../heap/layout.hpp"

namespace heaplet::detail {
namespace {

class Lock {
 public:
  void acquire() {
    std::uint32_t expected = kFree;
    // acquire: what the last holder wrote is seen.
    if (state_.compare_exchange_strong(expected, kHeld, std::memory_order_acquire,
                                       std::memory_order_relaxed)) {
      return;
    }
    contend();
  }

  void release() {
    // release: what this holder wrote is seen by the next.
    if (state_.exchange(kFree, std::memory_order_release) == kHeldAndWaitedFor) wake();
  }

 private:
  static constexpr std::uint32_t kFree = 0;
  static constexpr std::uint32_t kHeld = 1;
  static constexpr std::uint32_t kHeldAndWaitedFor = 2;
  static constexpr int kSpins = 200;

  HEAPLET_COLD void contend() {
    for (int i = 0; i < kSpins; ++i) {
      std::uint32_t expected = kFree;
      if (state_.load(std::memory_order_relaxed) == kFree &&
          state_.compare_exchange_weak(expected, kHeld, std::memory_order_acquire,
                                       std::memory_order_relaxed)) {
        return;
      }
    }
    const bool sleeps = may_sleep();
    const std::uint32_t mark = sleeps ? kHeldAndWaitedFor : kHeld;
    for (;;) {
      if (sleeps) {
        // Whoever gets the lock this way leaves the mark: others may wait still.
        if (state_.exchange(mark, std::memory_order_acquire) == kFree) return;
        wait();
      } else {
        std::uint32_t expected = kFree;
        if (state_.compare_exchange_weak(expected, mark, std::memory_order_acquire,
                                         std::memory_order_relaxed)) {
          return;
        }
      }
    }
  }

#if defined(__EMSCRIPTEN__)
  static bool may_sleep() {
#ifdef __EMSCRIPTEN_PTHREADS__
    return !emscripten_is_main_browser_thread();
#else
    return false;  // a Wasm Worker may, but nothing says here whether this is one
#endif
  }
  void wait() {
    __builtin_wasm_memory_atomic_wait32(reinterpret_cast<int*>(&state_), kHeldAndWaitedFor, -1);
  }
  void wake() { __builtin_wasm_memory_atomic_notify(reinterpret_cast<int*>(&state_), 1); }
#else
  static bool may_sleep() { return true; }
  static void wait() { sched_yield(); }
  static void wake() {}
#endif

  std::atomic<std::uint32_t> state_{kFree};
};

class Guard {
 public:
  explicit Guard(Lock& lock) : lock_(lock) { lock_.acquire(); }
  ~Guard() { lock_.release(); }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

 private:
  Lock& lock_;
};

// For a heap whose hook may allocate: a thread that has the lock gets it again.
#if defined(__EMSCRIPTEN_SHARED_MEMORY__)
class Reentry {
 public:
  explicit Reentry(Lock& lock) : lock_(lock) {
    if (depth++ == 0) lock_.acquire();
  }
  ~Reentry() {
    if (--depth == 0) lock_.release();
  }
  Reentry(const Reentry&) = delete;
  Reentry& operator=(const Reentry&) = delete;

 private:
  static inline thread_local int depth = 0;
  Lock& lock_;
};
#else
struct Reentry {
  explicit Reentry(Lock&) {}
  ~Reentry() {}  // declared, so that a guard counts as used
  Reentry(const Reentry&) = delete;
  Reentry& operator=(const Reentry&) = delete;
};
#endif

}  // namespace
}  // namespace heaplet::detail
