// SPDX-License-Identifier: MIT
//
// Mutex and RwLock: values that threads take turns with.
//
// Purpose. As in Rust, the lock holds the value, so it cannot be reached without the lock. A holder
// that fails half-way poisons the lock, and later holders are told.
//
// Layout. One word of state, one of poison, the value.
//
//   Mutex    0 free, 1 held, 2 held and perhaps waited for
//   RwLock   bit 31 a writer holds it | bit 30 somebody sleeps | bits 20-29 writers that wait
//            | bits 0-19 readers
//
// Invariants.
//   I1  a guard exists exactly while the word says held.
//   I2  a thread sleeps only after it has set the word to "waited for", so whoever frees the lock
//       afterwards wakes it.
//   I3  no reader enters while a writer waits.
//
// Cost. Uncontended lock and unlock: one atomic exchange each. 8 bytes a lock.
//
// Decisions. Waiters are not queued: a running thread may overtake a sleeping one of its kind.
// Writers are counted while they wait, not only said to be there: the bit that says so would be
// gone from the moment in which the last reader wakes them, and readers that are awake would always
// be faster.
#pragma once

#include <atomic>
#include <cstdint>
#ifdef __cpp_exceptions
#include <exception>
#endif
#include <type_traits>
#include <utility>

#include "heaplet/detail/futex.hpp"
#include "heaplet/panic.hpp"

namespace heaplet {
namespace detail {

/// How many exceptions are on their way in this thread: a guard that ends with more of them than it
/// began with is being unwound.
inline int exceptions_in_flight() noexcept {
#ifdef __cpp_exceptions
  return std::uncaught_exceptions();
#else
  return 0;
#endif
}

/// The right to use a lock's value. Empty when a try was refused or it was dropped.
template <class Lock, class Value>
class LockGuard {
 public:
  LockGuard() noexcept = default;
  LockGuard(LockGuard&& other) noexcept
      : lock_(std::exchange(other.lock_, nullptr)), exceptions_(other.exceptions_) {}
  LockGuard& operator=(LockGuard&& other) noexcept {
    if (this != &other) {
      drop();
      lock_ = std::exchange(other.lock_, nullptr);
      exceptions_ = other.exceptions_;
    }
    return *this;
  }
  LockGuard(const LockGuard&) = delete;
  LockGuard& operator=(const LockGuard&) = delete;
  ~LockGuard() { drop(); }

  [[nodiscard]] explicit operator bool() const noexcept { return lock_ != nullptr; }
  [[nodiscard]] Value& operator*() const noexcept { return checked()->value_; }
  [[nodiscard]] Value* operator->() const noexcept { return &checked()->value_; }

  /// Whether an earlier holder failed while it could write.
  [[nodiscard]] bool is_poisoned() const noexcept { return checked()->is_poisoned(); }

  /// Gives the lock back now.
  void drop() noexcept {
    const Lock* const lock = std::exchange(lock_, nullptr);
    if (lock == nullptr) return;
    if constexpr (!std::is_const_v<Value>) {
      if (exceptions_in_flight() > exceptions_) lock->poison();
    }
    lock->template unlock<Value>();
  }

 private:
  friend Lock;
  explicit LockGuard(const Lock* lock) noexcept
      : lock_(lock), exceptions_(exceptions_in_flight()) {}
  const Lock* checked() const noexcept {
    if (lock_ == nullptr) panic("a lock's value was used without the lock");
    return lock_;
  }

  const Lock* lock_ = nullptr;
  int exceptions_ = 0;
};

/// What both locks remember about failed holders.
class Poison {
 public:
  // Relaxed throughout: the lock itself orders it.
  [[nodiscard]] bool is_set() const noexcept { return flag_.load(std::memory_order_relaxed) != 0; }
  void set(bool poisoned) noexcept { flag_.store(poisoned ? 1U : 0U, std::memory_order_relaxed); }

 private:
  std::atomic<std::uint32_t> flag_{0};
};

}  // namespace detail

/// A value that one thread at a time may use.
///
/// An exception that leaves the scope of a guard poisons the lock; code without exceptions calls
/// poison(). A poisoned lock still locks: ask the guard's is_poisoned().
template <class T>
class Mutex {
 public:
  using Guard = detail::LockGuard<Mutex, T>;

  explicit Mutex(T value) noexcept : value_(std::move(value)) {}
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  /// Waits for the lock. A thread that already holds it waits for ever.
  [[nodiscard]] Guard lock() const noexcept {
    std::uint32_t seen = kFree;
    // Acquire: what the last holder wrote must be seen.
    if (!word_.compare_exchange_strong(seen, kHeld, std::memory_order_acquire,
                                       std::memory_order_relaxed)) {
      while (word_.exchange(kWaitedFor, std::memory_order_acquire) != kFree) {  // I2
        detail::futex_wait(word_, kWaitedFor);
      }
    }
    return Guard(this);
  }

  /// The lock if it is free, else empty.
  [[nodiscard]] Guard try_lock() const noexcept {
    std::uint32_t seen = kFree;
    return word_.compare_exchange_strong(seen, kHeld, std::memory_order_acquire,
                                         std::memory_order_relaxed)
               ? Guard(this)
               : Guard();
  }

  [[nodiscard]] bool is_poisoned() const noexcept { return poison_.is_set(); }
  void poison() const noexcept { poison_.set(true); }
  void clear_poison() const noexcept { poison_.set(false); }

 private:
  friend Guard;
  static constexpr std::uint32_t kFree = 0;
  static constexpr std::uint32_t kHeld = 1;
  static constexpr std::uint32_t kWaitedFor = 2;

  template <class>
  void unlock() const noexcept {
    // Release: the next holder must see what this one wrote.
    if (word_.exchange(kFree, std::memory_order_release) == kWaitedFor) {
      detail::futex_wake_one(word_);
    }
  }

  // All change through shared owners: the lock, not const, guards the value.
  mutable std::atomic<std::uint32_t> word_{kFree};
  mutable detail::Poison poison_;
  mutable T value_;
};

/// A value that many threads at a time may read or one may write.
///
/// Poisoned by a failed writer only, as Mutex is.
template <class T>
class RwLock {
 public:
  using ReadGuard = detail::LockGuard<RwLock, const T>;
  using WriteGuard = detail::LockGuard<RwLock, T>;

  explicit RwLock(T value) noexcept : value_(std::move(value)) {}
  RwLock(const RwLock&) = delete;
  RwLock& operator=(const RwLock&) = delete;

  /// Waits until nobody writes or waits to. A thread that reads already and reads again while
  /// another waits to write stops both for ever.
  [[nodiscard]] ReadGuard read() const noexcept {
    for (;;) {
      std::uint32_t seen = word_.load(std::memory_order_relaxed);
      if (try_enter_shared(seen)) return ReadGuard(this);
      sleep(seen);
    }
  }
  /// Waits until nobody reads or writes; from now on no reader enters before this writer.
  [[nodiscard]] WriteGuard write() const noexcept {
    std::uint32_t seen = word_.load(std::memory_order_relaxed);
    if (try_enter_exclusive(seen, 0)) return WriteGuard(this);
    const std::uint32_t announced = announce_writer(seen);
    while (!try_enter_exclusive(seen, announced)) {
      sleep(seen);
      seen = word_.load(std::memory_order_relaxed);
    }
    return WriteGuard(this);
  }
  /// Empty while somebody writes or waits to.
  [[nodiscard]] ReadGuard try_read() const noexcept {
    std::uint32_t seen = word_.load(std::memory_order_relaxed);
    return try_enter_shared(seen) ? ReadGuard(this) : ReadGuard();
  }
  /// Empty while somebody reads or writes.
  [[nodiscard]] WriteGuard try_write() const noexcept {
    std::uint32_t seen = word_.load(std::memory_order_relaxed);
    return try_enter_exclusive(seen, 0) ? WriteGuard(this) : WriteGuard();
  }

  [[nodiscard]] bool is_poisoned() const noexcept { return poison_.is_set(); }
  void poison() const noexcept { poison_.set(true); }
  void clear_poison() const noexcept { poison_.set(false); }

 private:
  friend ReadGuard;
  friend WriteGuard;
  static constexpr std::uint32_t kWriter = 1U << 31;
  static constexpr std::uint32_t kSleepers = 1U << 30;
  static constexpr std::uint32_t kWaitingWriter = 1U << 20;  // one of them
  static constexpr std::uint32_t kWaitingWriters = kSleepers - kWaitingWriter;
  static constexpr std::uint32_t kReaders = kWaitingWriter - 1;

  // What follows leaves in `seen` what the word was last.
  bool try_enter_shared(std::uint32_t& seen) const noexcept {
    while ((seen & (kWriter | kWaitingWriters)) == 0 && (seen & kReaders) < kReaders) {  // I3
      // Acquire: what the last writer wrote must be seen.
      if (word_.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire,
                                      std::memory_order_relaxed)) {
        return true;
      }
    }
    return false;
  }
  // `announced` is what announce_writer() returned, or 0.
  bool try_enter_exclusive(std::uint32_t& seen, std::uint32_t announced) const noexcept {
    while ((seen & (kWriter | kReaders)) == 0) {
      if (word_.compare_exchange_weak(seen, (seen | kWriter) - announced, std::memory_order_acquire,
                                      std::memory_order_relaxed)) {
        return true;
      }
    }
    return false;
  }
  // What it has added to the word: nothing when as many writers wait as can be counted.
  std::uint32_t announce_writer(std::uint32_t& seen) const noexcept {
    while ((seen & kWaitingWriters) != kWaitingWriters) {
      if (word_.compare_exchange_weak(seen, seen + kWaitingWriter, std::memory_order_relaxed)) {
        seen += kWaitingWriter;
        return kWaitingWriter;
      }
    }
    return 0;
  }
  // Until the word may no longer be `seen`, which was in the way.
  void sleep(std::uint32_t seen) const noexcept {
    if ((seen & kSleepers) == 0 &&
        !word_.compare_exchange_strong(seen, seen | kSleepers, std::memory_order_relaxed)) {
      return;
    }
    detail::futex_wait(word_, seen | kSleepers);  // I2
  }

  template <class Value>
  void unlock() const noexcept {
    constexpr std::uint32_t kMine = std::is_const_v<Value> ? 1U : kWriter;
    // Release: the next holder must see what this one wrote, and that this one has stopped reading.
    const std::uint32_t before = word_.fetch_sub(kMine, std::memory_order_release);
    const bool is_free = ((before - kMine) & (kWriter | kReaders)) == 0;
    if (!is_free || (before & kSleepers) == 0) return;
    // All wake and take turns again; whoever has come in between and sleeps is among them.
    word_.fetch_and(~kSleepers, std::memory_order_relaxed);
    detail::futex_wake_all(word_);
  }

  // As in Mutex.
  mutable std::atomic<std::uint32_t> word_{0};
  mutable detail::Poison poison_;
  mutable T value_;
};

}  // namespace heaplet
