// SPDX-License-Identifier: MIT
//
// Reentry: the lock of a heap whose hook may allocate. A thread that has the lock gets it again.
#pragma once

#include "../threads/lock.hpp"

#ifdef __EMSCRIPTEN_SHARED_MEMORY__
#include <emscripten/console.h>
#include <stdlib.h>
#endif

namespace heaplet::detail {
namespace {

#ifdef __EMSCRIPTEN_SHARED_MEMORY__
class Reentry {
 public:
  explicit Reentry(Lock& lock) : lock_(lock) {
    if (depth++ == 0 && !lock_.acquire()) give_up();
  }
  ~Reentry() {
    if (--depth == 0) lock_.release();
  }
  Reentry(const Reentry&) = delete;
  Reentry& operator=(const Reentry&) = delete;

 private:
  // Not a report that a hook may answer: nothing can be said of the heap's state.
  [[noreturn]] HEAPLET_COLD static void give_up() {
    emscripten_err(
        "==heaplet==ERROR: a thread was terminated, or stood still for seconds, in the middle of "
        "malloc or free: the heap is as it left it\n");
    abort();
  }

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
