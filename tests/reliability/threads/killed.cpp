// SPDX-License-Identifier: MIT
//
//   killed small [SEED]   a dozen threads, one after the other, terminated from outside in the
//   middle
//                         of malloc and free of small objects
//   killed large [SEED]   the same with blocks that are taken and freed under the lock, which the
//                         dead may leave held, with the heap half changed
//
// The others must go on as if nothing were; where a heap is given up for that, malloc says so.
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

// Blocks that lived before anybody died.
class Kept {
 public:
  Kept() {
    for (int i = 0; i < kCount; ++i) {
      blocks_[i] = static_cast<unsigned char*>(std::malloc(bytes(i)));
      std::memset(blocks_[i], i, bytes(i));
    }
  }
  // A third of them are freed, a third resized.
  void change() {
    for (int i = 0; i < kCount; ++i) {
      check(i, bytes(i));
      if (i % 3 == 0) std::free(blocks_[i]);
      if (i % 3 != 1) continue;
      blocks_[i] = static_cast<unsigned char*>(std::realloc(blocks_[i], 2 * bytes(i)));
      if (blocks_[i] == nullptr) fail("no memory for a block that grows");
    }
    for (int i = 0; i < kCount; ++i) {
      if (i % 3 != 0) check(i, bytes(i));
    }
  }

 private:
  static constexpr int kCount = 200;
  static std::size_t bytes(int i) { return 10 + static_cast<std::size_t>(i) * i; }
  void check(int i, std::size_t bytes) const {
    for (std::size_t at = 0; at < bytes; ++at) {
      if (blocks_[i][at] != i) fail("a block that lived on has changed");
    }
  }
  unsigned char* blocks_[kCount];
};

}  // namespace

int main(int argc, char** argv) {
  const bool large = argc > 1 && std::strcmp(argv[1], "large") == 0;
  Random random(argc > 2 ? std::strtoull(argv[2], nullptr, 0) : 1);
  Kept kept;
  for (int i = 0; i < kKills; ++i) {
    kill_one(large, random);
    work(random.next(), 5000, 900);
    work(random.next(), 200, 60000);
    if (heaplet_test::failures != 0) fail("a live block was written to, or memory is out");
  }
  kept.change();
  if (large) {
    std::puts("sound");
    std::fflush(stdout);
    leave(0);
  }
  // What the dead had is lost: their stacks, their blocks and a chunk or more of each size.
  const std::size_t lost_bytes = mallinfo().uordblks / kKills;
  std::printf("%d threads killed, %zu KiB lost with each\n", kKills, lost_bytes / 1024);
  if (lost_bytes > 2000000) fail("more is lost than the dead had");
  std::puts("sound");
  std::fflush(stdout);
  leave(0);
}
