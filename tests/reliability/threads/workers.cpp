// SPDX-License-Identifier: MIT
//
// malloc in Wasm Workers, which share memory without pthreads: each works for itself, and blocks go
// from hand to hand through slots that all share. A worker has no end that anybody is told of:
// before it is terminated it gives its cache back with malloc_trim(). Three generations of workers.
#include <emscripten.h>
#include <emscripten/eventloop.h>
#include <emscripten/wasm_worker.h>
#include <malloc.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "busy.hpp"

extern "C" int malloc_trim(std::size_t);  // in no header of Emscripten's

// Ends the program, which workers would keep alive.
EM_JS(void, leave, (int code), {
  if (globalThis.process)
    process.exit(code);
  else
    globalThis.left = code;
})

namespace {

constexpr int kWorkers = 3;
constexpr int kGenerations = 4;
constexpr int kSlots = 256;

std::atomic<std::uint32_t*> slots[kSlots];
std::atomic<int> done{0};
int generation = 0;
bool kills = false;
emscripten_wasm_worker_t workers[kWorkers];
std::size_t live_before = 0;

// Every block holds its own size, at both ends.
std::uint32_t* make(std::uint32_t words) {
  auto* const block = static_cast<std::uint32_t*>(std::malloc(words * 4));
  if (block == nullptr) {
    ++heaplet_test::failures;
  } else {
    block[0] = block[words - 1] = words;
  }
  return block;
}
void end(std::uint32_t* block) {
  if (block != nullptr && block[block[0] - 1] != block[0]) ++heaplet_test::failures;
  std::free(block);
}

void run(int seed) {
  heaplet_test::Random random(static_cast<std::uint64_t>(seed));
  while (kills) {
    heaplet_test::work(random.next(), 2000, 60000);
    ++done;
  }
  heaplet_test::work(random.next(), 5000, 900);
  for (int i = 0; i < 20000; ++i) {
    const std::uint32_t words = 1 + random.next() % (random.next() % 16 == 0 ? 5000 : 200);
    end(slots[random.next() % kSlots].exchange(make(words)));
  }
  heaplet_test::work(random.next(), 300, 60000);
  malloc_trim(0);
  ++done;
}

void start() {
  done = 0;
  for (int i = 0; i < kWorkers; ++i) {
    workers[i] = emscripten_malloc_wasm_worker(65536);
    emscripten_wasm_worker_post_function_vi(workers[i], run, generation * kWorkers + i + 1);
  }
}

void finish() {
  for (auto& slot : slots) end(slot.exchange(nullptr));
  malloc_trim(0);
  // What is left: the workers' stacks and records.
  const std::size_t live_bytes = static_cast<std::size_t>(mallinfo().uordblks) - live_before;
  const bool drained = live_bytes < kWorkers * kGenerations * std::size_t{70000};
  if (!drained && !kills) std::printf("FAILED: %zu bytes are live still\n", live_bytes);
  if (heaplet_test::failures != 0) std::puts("FAILED: a block was written to, or memory is out");
  const bool sound = (drained || kills) && heaplet_test::failures == 0;
  if (sound) std::puts("sound");
  leave(sound ? 0 : 1);
}

// The main thread frees and allocates beside them.
void turn(void*) {
  end(slots[0].exchange(make(100)));
  end(slots[1].exchange(make(3000)));
  if (done >= kWorkers) {
    for (const emscripten_wasm_worker_t worker : workers) emscripten_terminate_wasm_worker(worker);
    if (++generation == kGenerations) return finish();
    start();
  }
  emscripten_set_timeout(turn, 1, nullptr);
}

}  // namespace

int main(int argc, char**) {
  kills = argc > 1;
  malloc_trim(0);
  live_before = static_cast<std::size_t>(mallinfo().uordblks);
  start();
  emscripten_set_timeout(turn, 1, nullptr);
  return 0;
}
