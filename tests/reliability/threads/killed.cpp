// SPDX-License-Identifier: MIT
//
//   killed small [SEED]      a dozen threads, one after the other, terminated from outside in the
//   middle of
//                            malloc and free of small objects: the others must go on as if nothing
//                            were
//   killed large [SEED]      one thread, in blocks that are taken and freed under the lock: prints
//   whether
//                            the lock was free. A thread that dies with the lock leaves it held;
//                            that is a limit, and this says how often it is met
//
// POSIX has no such thing; a page has: Worker.terminate().
#include <emscripten.h>
#include <malloc.h>
#include <pthread.h>
#include <time.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "busy.hpp"

EM_JS(void, terminate_thread, (pthread_t id), { PThread.pthreads[id].terminate(); })
// Leaves at once: a way out through destructors would ask for the lock.
EM_JS(void, leave, (int code), { process.exit(code); })

namespace {

constexpr int kKills = 12;
constexpr int kSlots = 64;
using heaplet_test::Random;
using heaplet_test::work;
std::atomic<std::uint32_t> steps{0};

void fail(const char* what) {
  std::printf("FAILED: %s\n", what);
  std::fflush(stdout);
  leave(1);
}

struct Life {
  bool large;
  std::uint64_t seed;
};

// In a steady state, so that small objects never need the shared heap.
void* victim(void* argument) {
  const Life life = *static_cast<Life*>(argument);
  Random random(life.seed);
  void* slots[kSlots] = {};
  for (std::uint32_t i = 0;; ++i) {
    const std::uint32_t at = random.next() % kSlots;
    const std::size_t bytes = life.large ? 2000 + at * 600 : 16 + at * 15;
    std::free(slots[at]);
    slots[at] = std::malloc(bytes);
    std::memset(slots[at], 0xAA, 16);
    if (i > 20000) steps.fetch_add(1, std::memory_order_relaxed);
  }
}

void sleep_microseconds(std::uint32_t microseconds) {
  timespec time = {0, static_cast<long>(microseconds) * 1000};
  nanosleep(&time, nullptr);
}

void kill_one(bool large, Random& random) {
  static Life life;
  life = {large, random.next()};
  steps = 0;
  pthread_t id = {};
  if (pthread_create(&id, nullptr, victim, &life) != 0) fail("no thread");
  while (steps.load(std::memory_order_relaxed) < 1000) sleep_microseconds(100);
  sleep_microseconds(random.next() % 5000);
  terminate_thread(id);
}

std::atomic<bool> go{false};
std::atomic<bool> done{false};
void* probe(void*) {
  while (!go) sleep_microseconds(1000);
  std::free(std::malloc(50000));
  done = true;
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  const bool large = argc > 1 && std::strcmp(argv[1], "large") == 0;
  Random random(argc > 2 ? std::strtoull(argv[2], nullptr, 0) : 1);
  if (large) {
    // Made before, because making a thread takes memory.
    pthread_t id = {};
    if (pthread_create(&id, nullptr, probe, nullptr) != 0) fail("no thread");
    kill_one(true, random);
    go = true;
    for (int i = 0; i < 10000 && !done; ++i) sleep_microseconds(1000);
    std::puts(done ? "goes on" : "the lock is held");
    std::fflush(stdout);
    leave(0);
  }
  for (int i = 0; i < kKills; ++i) {
    kill_one(false, random);
    work(random.next(), 5000, 900);
    work(random.next(), 200, 60000);
    if (heaplet_test::failures != 0) fail("a live block was written to, or memory is out");
  }
  // What the dead had is lost: their stacks, their blocks and a chunk or more of each size.
  const std::size_t lost_bytes = mallinfo().uordblks / kKills;
  std::printf("%d threads killed, %zu KiB lost with each\n", kKills, lost_bytes / 1024);
  if (lost_bytes > 2000000) fail("more is lost than the dead had");
  std::puts("sound");
  std::fflush(stdout);
  leave(0);
}
