// SPDX-License-Identifier: MIT
//
// malloc on a page's main thread while workers hold its lock most of the time. The main thread must
// not sleep: where it would, browsers trap. page.mjs builds this, and calls turn() from the page.
#include <emscripten.h>
#include <pthread.h>

#include <atomic>

#include "busy.hpp"

namespace {

constexpr int kThreads = 3;
std::atomic<bool> over{false};
std::atomic<int> running{0};

void* contend(void* seed) {
  for (std::uint64_t round = reinterpret_cast<std::uintptr_t>(seed); !over; round += kThreads) {
    heaplet_test::work(round, 2000, 60000);
  }
  --running;
  return nullptr;
}

}  // namespace

extern "C" {
// On the main thread; the failures so far.
EMSCRIPTEN_KEEPALIVE int turn(int seed, int operations) {
  heaplet_test::work(static_cast<std::uint64_t>(seed), operations, 60000);
  heaplet_test::work(static_cast<std::uint64_t>(seed), operations, 900);
  return heaplet_test::failures;
}
// How many threads are at work still.
EMSCRIPTEN_KEEPALIVE int finish() {
  over = true;
  return running;
}
}

int main() {
  for (std::uintptr_t seed = 1; seed <= kThreads; ++seed) {
    pthread_t id = {};
    if (pthread_create(&id, nullptr, contend, reinterpret_cast<void*>(seed)) != 0) return 1;
    pthread_detach(id);
    ++running;
  }
  return 0;
}
