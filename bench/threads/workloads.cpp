// SPDX-License-Identifier: MIT
//
//   workloads NAME THREADS OPERATIONS
//
// The classical loads of allocators for threads, on the malloc that this is linked with. Prints one
// line of JSON: nanoseconds an operation (an allocation and its free) of all threads together, by
// the clock on the wall and of processor time, and the bytes of linear memory at the end.
//
//   larson    a server: each thread replaces random ones of the 1,000 blocks (10 to 500 bytes) it
//   was
//             given; every 20,000 replacements its blocks go to a new thread, which frees them
//   xmalloc   pairs: one thread allocates batches of 100 blocks (16 to 512 bytes), another frees
//   them sh6       batches of blocks (1 to 1,000 bytes, mostly small), freed in the order of
//   allocation,
//             in reverse, and every second one first
//   mixed     each thread for itself: 1 in 50 blocks of 2 to 32 KiB, a tenth resized
#include <emscripten.h>
#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

// Of all threads of the process so far.
EM_JS(double, processor_nanoseconds, (), {
  const {user, system} = process.cpuUsage();
  return (user + system) * 1000;
})

namespace {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15U | 1U) {}
  std::uint32_t below(std::uint32_t limit) {
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 7U;
    state_ ^= state_ << 17U;
    return static_cast<std::uint32_t>(state_ >> 32U) % limit;
  }

 private:
  std::uint64_t state_;
};

// Touched at both ends, as a program would.
char* allocate(std::size_t bytes) {
  auto* const block = static_cast<char*>(std::malloc(bytes));
  if (block == nullptr) {
    std::puts("out of memory");
    std::abort();
  }
  block[0] = 1;
  block[bytes - 1] = 1;
  return block;
}

void larson(Random random, long operations) {
  struct Task {
    std::vector<char*> blocks;
    Random random;
    long operations;
  };
  Task task{std::vector<char*>(1000), random, operations};
  for (char*& block : task.blocks) block = allocate(10 + random.below(491));
  while (task.operations > 0) {
    pthread_t thread;
    pthread_create(
        &thread, nullptr,
        [](void* argument) -> void* {
          Task& mine = *static_cast<Task*>(argument);
          const long round = std::min(mine.operations, 20000L);
          for (long i = 0; i < round; ++i) {
            char*& block = mine.blocks[mine.random.below(1000)];
            std::free(block);
            block = allocate(10 + mine.random.below(491));
          }
          mine.operations -= round;
          return nullptr;
        },
        &task);
    pthread_join(thread, nullptr);
  }
  for (char* const block : task.blocks) std::free(block);
}

constexpr int kBatch = 100;
struct Batch {
  Batch* next;
  char* blocks[kBatch];
};

// Holds 32 batches, so that memory stays bounded when the one side is slower.
class Channel {
 public:
  void put(Batch* batch) {
    pthread_mutex_lock(&mutex_);
    while (count_ == kCapacity) pthread_cond_wait(&changed_, &mutex_);
    batch->next = first_;
    first_ = batch;
    ++count_;
    signal();
  }
  void close() {
    pthread_mutex_lock(&mutex_);
    closed_ = true;
    signal();
  }
  // All there is, as a list; null at the end.
  Batch* take_all() {
    pthread_mutex_lock(&mutex_);
    while (first_ == nullptr && !closed_) pthread_cond_wait(&changed_, &mutex_);
    Batch* const batches = first_;
    first_ = nullptr;
    count_ = 0;
    signal();
    return batches;
  }

 private:
  static constexpr int kCapacity = 32;
  void signal() {
    pthread_cond_signal(&changed_);
    pthread_mutex_unlock(&mutex_);
  }
  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t changed_ = PTHREAD_COND_INITIALIZER;
  Batch* first_ = nullptr;
  int count_ = 0;
  bool closed_ = false;
};
Channel channels[16];

void produce(Channel& channel, Random random, long operations) {
  for (long done = 0; done < operations; done += kBatch) {
    auto* const batch = reinterpret_cast<Batch*>(allocate(sizeof(Batch)));
    for (char*& block : batch->blocks) block = allocate(16 + random.below(497));
    channel.put(batch);
  }
  channel.close();
}

void consume(Channel& channel) {
  while (Batch* batch = channel.take_all()) {
    while (batch != nullptr) {
      for (char* const block : batch->blocks) std::free(block);
      Batch* const next = batch->next;
      std::free(batch);
      batch = next;
    }
  }
}

void sh6(Random random, long operations) {
  std::vector<char*> blocks(3000);
  for (long done = 0; done < operations; done += static_cast<long>(blocks.size())) {
    for (char*& block : blocks) {
      const std::uint32_t most = random.below(10) == 0 ? 1000 : 100;
      block = allocate(1 + random.below(most));
    }
    switch (random.below(3)) {
      case 0:
        for (char* const block : blocks) std::free(block);
        break;
      case 1:
        for (auto at = blocks.rbegin(); at != blocks.rend(); ++at) std::free(*at);
        break;
      default:
        for (std::size_t i = 0; i < blocks.size(); i += 2) std::free(blocks[i]);
        for (std::size_t i = 1; i < blocks.size(); i += 2) std::free(blocks[i]);
    }
  }
}

void mixed(Random random, long operations) {
  std::vector<char*> blocks(2000);
  const auto bytes = [&] {
    return random.below(50) == 0 ? 2048 + random.below(30720) : 8 + random.below(250);
  };
  for (long done = 0; done < operations; ++done) {
    char*& block = blocks[random.below(2000)];
    if (block != nullptr && random.below(10) == 0) {
      block = static_cast<char*>(std::realloc(block, bytes()));
    } else {
      std::free(block);
      block = allocate(bytes());
    }
  }
  for (char* const block : blocks) std::free(block);
}

struct Job {
  const char* name;
  std::uintptr_t number;
  std::uintptr_t threads;
  long operations;  // of this thread
};

void* run_job(void* argument) {
  const Job job = *static_cast<const Job*>(argument);
  const Random random(job.number + 1);
  if (std::strcmp(job.name, "larson") == 0) larson(random, job.operations);
  if (std::strcmp(job.name, "sh6") == 0) sh6(random, job.operations);
  if (std::strcmp(job.name, "mixed") == 0) mixed(random, job.operations);
  if (std::strcmp(job.name, "xmalloc") == 0) {
    Channel& channel = channels[job.number / 2];
    job.number % 2 == 0 ? produce(channel, random, 2 * job.operations) : consume(channel);
  }
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const auto threads = static_cast<std::uintptr_t>(std::atoi(argv[2]));
  const long operations = std::atol(argv[3]);
  std::vector<Job> jobs;
  for (std::uintptr_t i = 0; i < threads; ++i) {
    jobs.push_back({argv[1], i, threads, operations / static_cast<long>(threads)});
  }
  std::vector<pthread_t> ids(threads);
  const double processor_start = processor_nanoseconds();
  const auto start = std::chrono::steady_clock::now();
  for (std::uintptr_t i = 0; i < threads; ++i) {
    pthread_create(&ids[i], nullptr, run_job, &jobs[i]);
  }
  for (const pthread_t id : ids) pthread_join(id, nullptr);
  const auto end = std::chrono::steady_clock::now();
  const double nanoseconds = std::chrono::duration<double, std::nano>(end - start).count();
  const double processor = processor_nanoseconds() - processor_start;
  std::printf("{\"nanoseconds\":%.2f,\"processor\":%.2f,\"bytes\":%zu}\n",
              nanoseconds / static_cast<double>(operations),
              processor / static_cast<double>(operations),
              __builtin_wasm_memory_size(0) * std::size_t{65536});
}
