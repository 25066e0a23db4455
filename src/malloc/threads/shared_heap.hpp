// SPDX-License-Identifier: MIT
//
// SharedHeap: the core that all threads share, behind a lock, and what becomes of it when a thread
// dies with the lock.
//
//   ┌─ era 0 ───────────────────────┬─ era 1 ────────────────────┬─ ...
//   │ lock, core, what it holds     │ the same anew              │
//   └───────────────────────────────┴────────────────────────────┴─────► addresses
//                                   begin of era 1
//
// Worker.terminate() tells nobody, and a thread that is stopped in a debugger looks like a dead
// one. So nothing is taken from it. When the lock's holder has not moved for seconds, its era is
// given up as it is, and another begins behind it. Live blocks stay what they are; those that are
// freed later, and all that was free, are lost. A holder that goes on after all finds its era
// untouched, ends its operation there, and takes part in the new one from then on.
//
// Invariants
// I1 An era's blocks lie between its begin and the next one's. An era takes memory by moving the
//    break from where it was before the era was seen to be the latest; a new one moves the break
//    after it has become the latest, and begins there.
// I2 What is reached through an era is touched under its lock alone.
#pragma once

#include <new>

#include "cache.hpp"
#include "lock.hpp"
#include "shared_memory.hpp"

#ifdef __EMSCRIPTEN__
#include <emscripten/console.h>
#endif

#if !defined(__EMSCRIPTEN__) || defined(__EMSCRIPTEN_PTHREADS__)
#define HEAPLET_HAS_PTHREADS 1
#include <pthread.h>
#else
#define HEAPLET_HAS_PTHREADS 0
#endif

namespace heaplet::detail {
namespace {

// Null for the first.
constinit std::atomic<void*> latest_era = nullptr;

// Memory for the latest era alone.
class EraMemory : public SharedMemory {
 public:
  explicit constexpr EraMemory(void* era = nullptr) : era_(era) {}
  Range grow(std::size_t bytes) {
    return grow_while(bytes, [this] { return is_latest(); });
  }
  // acquire: who sees the break that a new era has moved sees that era (I1).
  bool is_latest() const { return latest_era.load(std::memory_order_acquire) == era_; }

 private:
  void* era_;
};

template <class Core>
struct Era {
  explicit constexpr Era(EraMemory memory) : core(memory) {}

  Lock lock;
  Core core;
  Address begin = 0;
  Cache* idle = nullptr;  // caches that no thread has
#if HEAPLET_HAS_PTHREADS
  pthread_key_t key{};
  bool has_key = false;
#endif

  bool is_latest() const { return core.source().is_latest(); }
  // Whether a block is of this era and not of one that was given up.
  bool contains(const void* address) const { return reinterpret_cast<Address>(address) >= begin; }
  void deallocate(void* address) {
    if (contains(address)) core.deallocate(address);
  }
  // What a live block has that is not of this era. A thread that stood still may write the tag
  // meanwhile: the bits below the size, for the block before. So nothing here is a function that
  // ThreadSanitizer would look into.
  __attribute__((no_sanitize("thread"))) static std::size_t usable_size_of_lost(
      const void* address) {
    const Address block = reinterpret_cast<Address>(address) - kWordBytes;
    Word tag = *reinterpret_cast<const volatile Word*>(block);
    if constexpr (kHardened) tag ^= seal_of(block);
    return (tag & ~kTagBits) - kWordBytes;
  }
};

template <class Core>
class SharedHeap {
 public:
  explicit constexpr SharedHeap(EraMemory memory) : first_(memory) {}

  // The latest era, with its lock.
  Era<Core>& enter() {
    for (;;) {
      Era<Core>& era = latest();
      if (era.lock.acquire()) return era;
      Era<Core>* const next = begin_after(era);
      if (next != nullptr) return *next;
    }
  }
  Era<Core>& latest() {
    void* const era = latest_era.load(std::memory_order_acquire);
    return era == nullptr ? first_ : *static_cast<Era<Core>*>(era);
  }

 private:
  // Gives `era` up. Null when another thread was faster, or memory is out.
  HEAPLET_COLD Era<Core>* begin_after(Era<Core>& era) {
    void* latest = &era == &first_ ? nullptr : &era;
    if (latest_era.load(std::memory_order_acquire) != latest) return nullptr;
    void* const memory = take(sizeof(Era<Core>));
    if (memory == nullptr) return nullptr;
    auto* const next = ::new (memory) Era<Core>(EraMemory(memory));
    static_cast<void>(next->lock.acquire());
    // release: the new era is seen whole.
    if (!latest_era.compare_exchange_strong(latest, next, std::memory_order_acq_rel)) {
      return nullptr;
    }
    // After this no older era takes memory (I1).
    Address begin = 0;
    do begin = read_break();
    while (!move_break(begin, begin + kLine));
    next->begin = begin;
    tell();
    return next;
  }

  // From the break: null when memory is out.
  static void* take(std::size_t bytes) {
    for (;;) {
      const Address begin = read_break();
      const Address end = align_up(begin + bytes, kLine);
      if (end < begin || !reach(end)) return nullptr;
      if (move_break(begin, end)) return reinterpret_cast<void*>(begin);
    }
  }

  static void tell() {
#ifdef __EMSCRIPTEN__
    emscripten_err(
        "heaplet: a thread was terminated, or stood still for seconds, in the middle of malloc or "
        "free. The memory that was free is lost; the program goes on with new memory.");
#endif
  }

  static constexpr std::size_t kLine = 16;  // the break's alignment
  Era<Core> first_;
};

// The latest era, for as long as this lives.
template <class Core>
class Entry {
 public:
  explicit Entry(SharedHeap<Core>& heap) : era_(heap.enter()) {}
  ~Entry() { era_.lock.release(); }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

  Era<Core>* operator->() const { return &era_; }
  Era<Core>& operator*() const { return era_; }

 private:
  Era<Core>& era_;
};

}  // namespace
}  // namespace heaplet::detail
