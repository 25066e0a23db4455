// SPDX-License-Identifier: MIT
//
// Lock: guards the heap that all threads share, for the few hundred nanoseconds of one operation.
//
//   31                                              2     1        0
//   ┌────────────────────────────────────────────────┬──────────┬──────┐
//   │ turns: how often it was taken, and ticks       │ awaited  │ held │
//   └────────────────────────────────────────────────┴──────────┴──────┘
//
// A thread that finds it taken spins for a while and then sleeps until it is released; the
// browser's main thread must not sleep and spins on, and so does a Wasm Worker. All-zero is a lock
// that nobody holds.
//
// A holder that was terminated (Worker.terminate()) tells nobody. What can be seen is that the turn
// does not change: who has watched one turn for kPatience is told, and may do something else.
#pragma once

#include <atomic>

#ifdef __EMSCRIPTEN__
#include <emscripten/emscripten.h>
#ifdef __EMSCRIPTEN_PTHREADS__
#include <emscripten/threading.h>
#endif
#else
#include <sched.h>
#include <time.h>
#endif

#include "../../heap/layout.hpp"

// Long enough that whoever holds the lock for so long is dead or stopped.
#ifndef HEAPLET_LOCK_PATIENCE_MS
#define HEAPLET_LOCK_PATIENCE_MS 5000
#endif

namespace heaplet::detail {
namespace {

class Lock {
 public:
  // False: one thread has held it for all of kPatience, and the caller does not have it.
  [[nodiscard]] bool acquire() {
    std::uint32_t state = state_.load(std::memory_order_relaxed);
    return (state & kHeld) == 0 && take(state, kHeld) ? true : contend();
  }

  void release() {
    // release: what this holder wrote is seen by the next.
    const std::uint32_t state = state_.fetch_and(~kBits, std::memory_order_release);
    if ((state & kAwaited) != 0) wake();
  }

  // For a holder that takes its time: it is alive.
  void tick() { state_.fetch_add(kTurn, std::memory_order_relaxed); }

 private:
  static constexpr std::uint32_t kHeld = 1;
  static constexpr std::uint32_t kAwaited = 2;
  static constexpr std::uint32_t kBits = kHeld | kAwaited;
  static constexpr std::uint32_t kTurn = 4;
  static constexpr int kSpins = 200;
  static constexpr double kPatience = HEAPLET_LOCK_PATIENCE_MS;

  // Counted in slices in which this thread ran: a tab or machine that slept for hours has lost one.
  class Patience {
   public:
    bool ends(std::uint32_t turn) {
      const double now = milliseconds();
      if (turn != turn_) {
        turn_ = turn;
        slices_ = 0;
        slice_begin_ = now;
      } else if (now - slice_begin_ >= kSlice) {
        ++slices_;
        slice_begin_ = now;
      }
      return slices_ >= kSlices;
    }
    static constexpr int kSlices = 50;
    static constexpr double kSlice = kPatience / kSlices;

   private:
    std::uint32_t turn_ = 0;  // no turn that is held
    int slices_ = 0;
    double slice_begin_ = 0;
  };

  // From a state that nobody holds.
  bool take(std::uint32_t& state, std::uint32_t bits) {
    // acquire: what the last holder wrote is seen.
    return state_.compare_exchange_strong(state, (state + kTurn) | bits, std::memory_order_acquire,
                                          std::memory_order_relaxed);
  }

  HEAPLET_COLD bool contend() {
    const bool sleeps = may_sleep();
    Patience patience;
    std::uint32_t state = 0;
    for (int spins = 0;; ++spins) {
      state = state_.load(std::memory_order_relaxed);
      // Whoever has slept leaves the mark: others may be asleep still.
      const bool has_slept = sleeps && spins > kSpins;
      if ((state & kHeld) == 0) {
        if (take(state, has_slept ? kBits : kHeld)) return true;
        continue;
      }
      if (spins < kSpins) continue;
      if (patience.ends(state | kBits)) return false;
      if (!sleeps) continue;
      if ((state & kAwaited) != 0 ||
          state_.compare_exchange_strong(state, state | kAwaited, std::memory_order_relaxed)) {
        wait(state | kAwaited);
      }
    }
  }

#if defined(__EMSCRIPTEN__)
  static double milliseconds() { return emscripten_get_now(); }
  static bool may_sleep() {
#ifdef __EMSCRIPTEN_PTHREADS__
    return !emscripten_is_main_browser_thread();
#else
    return false;  // a Wasm Worker may, but nothing says here whether this is one
#endif
  }
  void wait(std::uint32_t state) {
    constexpr auto kNanoseconds = static_cast<long long>(Patience::kSlice * 1e6);
    __builtin_wasm_memory_atomic_wait32(reinterpret_cast<int*>(&state_), static_cast<int>(state),
                                        kNanoseconds);
  }
  void wake() { __builtin_wasm_memory_atomic_notify(reinterpret_cast<int*>(&state_), 1); }
#else
  static double milliseconds() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
  }
  static bool may_sleep() { return true; }
  static void wait(std::uint32_t) { sched_yield(); }
  static void wake() {}
#endif

  std::atomic<std::uint32_t> state_{0};
};

}  // namespace
}  // namespace heaplet::detail
