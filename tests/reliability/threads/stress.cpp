// SPDX-License-Identifier: MIT
//
//   stress [THREADS [OPERATIONS [SEED]]]      default 4, 200,000 a thread, a random seed
//
// Threads that allocate, resize and free their own blocks and each other's, come and go, and yield
// at random places, so that schedules differ from seed to seed. Every block carries a stamp at both
// ends. Runs on the malloc that it is linked with: in WebAssembly heaplet's, on the host heaplet's
// over a model of memory (host_malloc.hpp), there under ThreadSanitizer.
#include <malloc.h>
#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

#ifdef HEAPLET_HOST
#include "support/host_malloc.hpp"
#define MALLOC host_malloc
#define FREE host_free
#define REALLOC host_realloc
#define CALLOC host_calloc
#define MEMALIGN host_memalign
#else
#define MALLOC std::malloc
#define FREE std::free
#define REALLOC std::realloc
#define CALLOC std::calloc
#define MEMALIGN memalign
#endif

namespace {

constexpr std::size_t kSharedSlots = 512;
constexpr std::size_t kOwnSlots = 128;
constexpr int kMaxThreads = 64;

struct Block {
  std::uint32_t bytes;
  std::uint32_t stamp;
};
static_assert(sizeof(Block) == 8);

std::atomic<Block*> shared_slots[kSharedSlots];
std::atomic<int> failures{0};
std::uint64_t base_seed;
long operations = 200000;

void fail(const char* what) {
  std::printf("FAILED: %s\n", what);
  failures.fetch_add(1);
}

class Worker {
 public:
  explicit Worker(std::uint64_t seed) : random_(seed * 0x9E3779B97F4A7C15U | 1U) {}

  void run() {
    for (long i = 0; i < operations && failures.load(std::memory_order_relaxed) == 0; ++i) step();
    for (Block*& slot : own_) {
      // Half of what is left is for others to free, after this thread has ended.
      if (next() % 2 == 0)
        end(slot);
      else
        exchange(slot);
      end(slot);
    }
  }

 private:
  std::uint32_t next() {
    random_ ^= random_ << 13U;
    random_ ^= random_ >> 7U;
    random_ ^= random_ << 17U;
    return static_cast<std::uint32_t>(random_ >> 32U);
  }

  // Mostly small; one in 64 beyond what the threads keep for themselves.
  std::uint32_t draw_bytes() {
    const std::uint32_t most = next() % 64 == 0 ? 40000 : next() % 4 == 0 ? 1200 : 200;
    return 12 + next() % most;
  }

  void stamp(Block* block, std::uint32_t bytes) {
    if (block == nullptr) return;
    *block = {bytes, next()};
    std::memcpy(reinterpret_cast<char*>(block) + bytes - 4, &block->stamp, 4);
  }
  static void check(const Block* block) {
    if (std::memcmp(reinterpret_cast<const char*>(block) + block->bytes - 4, &block->stamp, 4) !=
        0) {
      fail("a live block was written to");
    }
  }

  Block* begin() {
    const std::uint32_t bytes = draw_bytes();
    const std::uint32_t kind = next() % 16;
    Block* block = nullptr;
    if (kind == 0) {
      block = static_cast<Block*>(CALLOC(1, bytes));
      for (std::uint32_t i = 0; block != nullptr && i < bytes; ++i) {
        if (reinterpret_cast<const char*>(block)[i] != 0) return fail("not zero"), nullptr;
      }
    } else if (kind == 1) {
      block = static_cast<Block*>(MEMALIGN(64, bytes));
      if (reinterpret_cast<std::uintptr_t>(block) % 64 != 0) fail("not aligned");
    } else {
      block = static_cast<Block*>(MALLOC(bytes));
    }
    if (block == nullptr) fail("out of memory");
    stamp(block, bytes);
    return block;
  }
  static void end(Block*& slot) {
    if (slot == nullptr) return;
    check(slot);
    FREE(slot);
    slot = nullptr;
  }
  void exchange(Block*& slot) {
    slot = shared_slots[next() % kSharedSlots].exchange(slot, std::memory_order_acq_rel);
  }

  void step() {
    Block*& slot = own_[next() % kOwnSlots];
    const std::uint32_t kind = next() % 16;
    if (kind < 5) {
      exchange(slot);
    } else if (kind < 7 && slot != nullptr) {
      check(slot);
      const Block before = *slot;
      const std::uint32_t bytes = draw_bytes();
      auto* const moved = static_cast<Block*>(REALLOC(slot, bytes));
      if (moved == nullptr) return fail("out of memory");
      if (std::memcmp(moved, &before, sizeof before) != 0) fail("realloc lost contents");
      stamp(moved, bytes);
      slot = moved;
    } else if (slot == nullptr) {
      slot = begin();
    } else {
      end(slot);
    }
    if (next() % 997 == 0) sched_yield();
  }

  std::uint64_t random_;
  Block* own_[kOwnSlots] = {};
};

void* run_worker(void* seed) {
  Worker(reinterpret_cast<std::uintptr_t>(seed) + base_seed).run();
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 4;
  if (argc > 2) operations = std::atol(argv[2]);
  base_seed = argc > 3 ? std::strtoull(argv[3], nullptr, 0) : std::random_device{}();
  std::printf("seed %llu\n", static_cast<unsigned long long>(base_seed));
#ifdef HEAPLET_HOST
  heaplet_host::reset(heaplet_host::kMostPages);
#endif
  // Three generations of threads: the later ones take over what the earlier ones left.
  std::uintptr_t number = 0;
  for (int generation = 0; generation < 3; ++generation) {
    pthread_t ids[kMaxThreads];
    for (int i = 0; i < threads; ++i) {
      if (pthread_create(&ids[i], nullptr, run_worker, reinterpret_cast<void*>(++number)) != 0) {
        fail("no thread");
        return 1;
      }
    }
    run_worker(reinterpret_cast<void*>(++number));
    for (int i = 0; i < threads; ++i) pthread_join(ids[i], nullptr);
  }
  for (std::atomic<Block*>& slot : shared_slots) FREE(slot.exchange(nullptr));
#ifdef HEAPLET_HOST
  if (heaplet_host::validate()) fail("the heap is not sound");
  // A second sweep after the first: what remains is this thread's own cache, and its record.
  host_malloc_trim(0);
  std::printf("%zu bytes live at the end\n", heaplet_host::stats().live_bytes);
  if (heaplet_host::stats().live_bytes > 8192) fail("chunks were not given back");
#endif
  if (failures.load() != 0) return 1;
  std::puts("sound");
  return 0;
}
