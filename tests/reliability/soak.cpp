// SPDX-License-Identifier: MIT
//
//   soak [OPERATIONS [CAP_MIB]]      default 20,000,000 in 64 MiB
//
// A long life of one heap in fixed memory: phases of different sizes and lifetimes, over and over.
// Every block carries a stamp at both ends, looked at when it dies; the heap is validated at the
// end of each phase. At the end of a lap everything is freed but a tenth. Fails when memory runs
// out, or when the reserved bytes after the last lap are more than a twentieth above those after
// the first half of the operations; a tenth in fewer than 50 laps, in which the highest of them is
// still a matter of chance.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "heaplet/heap.hpp"

namespace {

using heaplet::Heap;

struct Phase {
  const char* name;
  std::size_t slots;  // at most so many live blocks
  unsigned least_log, most_log;
  unsigned resizes_of_256;
  unsigned aligned_of_256;
};

// About 6 MiB live at the most, each.
constexpr Phase kPhases[] = {
    {"objects", 60000, 3, 7, 2, 0},   {"strings", 20000, 4, 9, 60, 0},
    {"buffers", 200, 9, 16, 120, 10}, {"pages", 60, 14, 18, 10, 60},
    {"mixture", 8000, 3, 13, 40, 10}, {"churn", 300, 3, 8, 0, 0},
};

struct Slot {
  unsigned char* address;
  std::uint32_t bytes;
  std::uint32_t stamp;
};

[[noreturn]] void fail(const char* what) {
  std::printf("FAILED: %s\n", what);
  std::exit(1);
}

class Soak {
 public:
  explicit Soak(std::size_t cap_bytes)
      : memory_(static_cast<unsigned char*>(::operator new (cap_bytes, std::align_val_t{65536}))),
        cap_bytes_(cap_bytes),
        heap_({this, &Soak::grow}),
        slots_(std::max_element(
                   std::begin(kPhases), std::end(kPhases),
                   [](const Phase& left, const Phase& right) { return left.slots < right.slots; })
                   ->slots) {}
  ~Soak() { ::operator delete (memory_, std::align_val_t{65536}); }
  Soak(const Soak&) = delete;
  Soak& operator=(const Soak&) = delete;

  void run(std::uint64_t operations) {
    while (done_ < operations) {
      for (const Phase& phase : kPhases) {
        const std::uint64_t share = std::max<std::uint64_t>(operations / 300, 200000);
        for (std::uint64_t i = std::min<std::uint64_t>(share, 5000000); i != 0; --i) step(phase);
        validate(phase.name);
      }
      shrink();
      ++laps_;
      const std::size_t reserved = heap_.stats().reserved_bytes;
      if (laps_ <= 3 || done_ <= operations / 2) settled_ = reserved;
      if (laps_ <= 3 || laps_ % 100 == 0 || done_ >= operations) report();
    }
    if (laps_ < 4) fail("fewer than four laps show no drift");
    const std::size_t allowed = settled_ / (laps_ < 50 ? 10 : 20);
    if (heap_.stats().reserved_bytes > settled_ + allowed) fail("the heap has drifted");
    for (Slot& slot : slots_) end(slot);
    validate("the end");
    if (heap_.stats().live_blocks != 0) fail("blocks are live that nobody has");
    std::puts("sound, and no drift");
  }

 private:
  static heaplet::Region grow(void* context, std::size_t min_bytes) {
    auto& self = *static_cast<Soak*>(context);
    const std::size_t bytes = (min_bytes + 65535) & ~std::size_t{65535};
    if (bytes > self.cap_bytes_ - self.taken_bytes_) return {};
    unsigned char* const begin = self.memory_ + self.taken_bytes_;
    self.taken_bytes_ += bytes;
    return {begin, bytes};
  }

  std::uint32_t random() {  // xorshift
    random_ ^= random_ << 13U;
    random_ ^= random_ >> 7U;
    random_ ^= random_ << 17U;
    return static_cast<std::uint32_t>(random_ >> 32U);
  }

  std::uint32_t draw_bytes(const Phase& phase) {
    const unsigned log = phase.least_log + random() % (phase.most_log - phase.least_log + 1);
    return (1U << log) + random() % (1U << log);
  }

  void begin(Slot& slot, void* address, std::uint32_t bytes) {
    if (address == nullptr) fail("out of memory");
    slot = {static_cast<unsigned char*>(address), bytes, random()};
    std::memcpy(slot.address, &slot.stamp, 4);
    std::memcpy(slot.address + bytes - 4, &slot.stamp, 4);
  }
  static void check(const unsigned char* at, std::uint32_t stamp) {
    if (std::memcmp(at, &stamp, 4) != 0) fail("a live block was written to");
  }
  void end(Slot& slot) {
    if (slot.address == nullptr) return;
    check(slot.address, slot.stamp);
    check(slot.address + slot.bytes - 4, slot.stamp);
    heap_.deallocate(slot.address);
    slot.address = nullptr;
  }

  void step(const Phase& phase) {
    ++done_;
    Slot& slot = slots_[random() % phase.slots];
    const unsigned choice = random() % 256;
    if (slot.address == nullptr) {
      const std::uint32_t bytes = draw_bytes(phase);
      begin(slot,
            choice < phase.aligned_of_256 ? heap_.allocate_aligned(bytes, 16U << choice % 9)
                                          : heap_.allocate(bytes),
            bytes);
    } else if (choice < phase.resizes_of_256) {
      check(slot.address + slot.bytes - 4, slot.stamp);
      const std::uint32_t bytes = draw_bytes(phase);
      void* const moved = heap_.reallocate(slot.address, bytes);
      if (moved == nullptr) fail("out of memory");
      check(static_cast<unsigned char*>(moved), slot.stamp);
      begin(slot, moved, bytes);
    } else {
      end(slot);
    }
  }

  void shrink() {
    for (Slot& slot : slots_) {
      if (random() % 10 != 0 || slot.bytes > 4096) end(slot);
    }
  }

  void validate(const char* after) {
    if (const heaplet::HeapFault fault = heap_.validate()) {
      std::printf("invariant %s after %s\n", fault.invariant, after);
      fail("the heap is not sound");
    }
  }

  void report() {
    const heaplet::HeapStats stats = heap_.stats();
    std::printf("lap %llu: %.3g operations, %zu KiB live, %zu KiB reserved, %zu free blocks\n",
                static_cast<unsigned long long>(laps_), static_cast<double>(done_),
                stats.live_bytes / 1024, stats.reserved_bytes / 1024, stats.free_blocks);
    std::fflush(stdout);
  }

  unsigned char* memory_;
  std::size_t cap_bytes_;
  std::size_t taken_bytes_ = 0;
  Heap heap_;
  std::vector<Slot> slots_;
  std::uint64_t random_ = 0x9E3779B97F4A7C15U;
  std::uint64_t done_ = 0;
  std::uint64_t laps_ = 0;
  std::size_t settled_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const double operations = argc > 1 ? std::atof(argv[1]) : 2e7;
  const std::size_t cap_mib = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 64;
  const auto soak = std::make_unique<Soak>(cap_mib << 20U);
  soak->run(static_cast<std::uint64_t>(operations));
}
