// SPDX-License-Identifier: MIT
//
// Chunk: 16 KiB of objects of one size, all of one thread's cache.
//
//   ┌──────────────────────────────┬────────┬────────┬────────┬─ ─ ─┬────────┬──────┐
//   │ header                       │ object │ object │ object │     │ never  │ tag  │
//   └──────────────────────────────┴────────┴────────┴────────┴─ ─ ─┴────────┴──────┘
//   0, aligned to 16 KiB                                        used yet      of the next block
//
// A chunk is a block of the shared core. Its owner alone touches `free`, `used` and the links; any
// other thread that frees an object pushes it on `remote`. The thread that finds `remote` empty
// then tells the owner, so that a chunk is on its owner's list of news once at the most, and nobody
// looks at a chunk after the owner may have given it back.
#pragma once

#include <array>
#include <atomic>

#include "../../heap/layout.hpp"

namespace heaplet::detail {
namespace {

struct Cache;

inline constexpr std::size_t kChunkBytes = 16384;
inline constexpr std::size_t kChunkShift = 14;

struct Chunk {
  Links links;          // among its owner's chunks of this size that may have a free object
  FreeObject* free;     // LIFO, as the next allocation takes the first
  std::uint32_t used;   // objects handed out and not yet back at the owner
  std::uint32_t fresh;  // offset of the first byte that was never an object; 0 when there is none
  std::uint32_t bytes;  // of an object
  std::uint32_t size_class;
  bool listed;
  Cache* owner;
  std::atomic<FreeObject*> remote;  // freed by other threads
  std::atomic<Chunk*> next_news;
};

inline Chunk* chunk_at(const void* object) {
  return reinterpret_cast<Chunk*>(reinterpret_cast<Address>(object) & ~(kChunkBytes - 1));
}

// The sizes of objects: every granule up to 16 of them, then four sizes a doubling, up to 1 KiB on
// wasm32.
class SizeClasses {
 public:
  static constexpr std::size_t kExact = 16;
  static constexpr std::size_t kCount = kExact + 4 * 3;
  static constexpr std::size_t kMaxBytes = kGranuleBytes * kExact * 8;

  static constexpr std::size_t of(std::size_t bytes) {
    const std::size_t granules = (bytes + kGranuleBytes - 1) / kGranuleBytes;
    if (granules <= kExact) return granules - (granules != 0);
    const auto log = static_cast<std::size_t>(std::bit_width(granules - 1)) - 1;  // 4, 5, 6
    return kExact + (log - 4) * 4 + ((granules - 1) >> (log - 2)) - 4;
  }
  static constexpr std::size_t bytes(std::size_t size_class) {
    if (size_class < kExact) return (size_class + 1) * kGranuleBytes;
    const std::size_t step = size_class - kExact;
    return ((5 + step % 4) << (step / 4 + 2)) * kGranuleBytes;
  }
};

constexpr bool size_classes_fit() {
  for (std::size_t bytes = 1; bytes <= SizeClasses::kMaxBytes; ++bytes) {
    const std::size_t size_class = SizeClasses::of(bytes);
    if (size_class >= SizeClasses::kCount || SizeClasses::bytes(size_class) < bytes) return false;
    if (size_class != 0 && SizeClasses::bytes(size_class - 1) >= bytes) return false;
  }
  return true;
}
static_assert(size_classes_fit(), "each request gets the smallest size that holds it");

// Hardened: by size, for is_multiple().
inline constexpr auto kSizeInverses = [] {
  std::array<std::uint32_t, SizeClasses::kCount> inverses{};
  for (std::size_t i = 0; i < inverses.size(); ++i) {
    inverses[i] = inverse_of(static_cast<std::uint32_t>(SizeClasses::bytes(i) / kGranuleBytes));
  }
  return inverses;
}();

// Hardened: what is wrong with an address in a chunk, or null where an object is live. For the
// thread that frees it; the lists themselves are looked at when they are used.
inline const char* fault_in_chunk(const Chunk* chunk, const void* address) {
  const Address at = reinterpret_cast<Address>(address);
  const Address begin = align_up(sizeof(Chunk), kGranuleBytes);
  const std::size_t offset = (at & (kChunkBytes - 1)) - begin;
  if (chunk->size_class >= SizeClasses::kCount) return kCorruption;
  if (at % kGranuleBytes != 0) return kMisalignedFree;
  const std::size_t bytes = SizeClasses::bytes(chunk->size_class);
  if (offset > kChunkBytes - kWordBytes - begin - bytes ||
      !is_multiple(static_cast<std::uint32_t>((offset + bytes) / kGranuleBytes),
                   kSizeInverses[chunk->size_class], kChunkBytes / kGranuleBytes)) {
    return kBadFree;
  }
  const auto* const object = static_cast<const FreeObject*>(address);
  const Address memory = at & ~(kChunkBytes - 1);
  return is_marked_free(memory, kChunkBytes, object) ? kDoubleFree : nullptr;
}

// Which 16 KiB of memory are chunks: one bit each, for all of wasm32's memory, or 16 GB of
// wasm64's. Set and cleared by whoever has the memory; read by threads that have an object there.
class ChunkMap {
 public:
  bool contains(const void* address) const {
    const std::size_t index = index_of(address);
    // relaxed: the thread came by the address after the bit was set.
    return index < kChunks &&
           (words_[index / 32].load(std::memory_order_relaxed) >> index % 32 & 1U) != 0;
  }
  bool reaches(const void* address) const { return index_of(address) < kChunks; }
  void add(const Chunk* chunk) {
    const std::size_t index = index_of(chunk);
    words_[index / 32].fetch_or(1U << index % 32, std::memory_order_relaxed);
  }
  void remove(const Chunk* chunk) {
    const std::size_t index = index_of(chunk);
    words_[index / 32].fetch_and(~(1U << index % 32), std::memory_order_relaxed);
  }

 private:
#ifndef HEAPLET_MEMORY_BASE
#define HEAPLET_MEMORY_BASE 0
#endif
  static std::size_t index_of(const void* address) {
    return (reinterpret_cast<Address>(address) - HEAPLET_MEMORY_BASE) >> kChunkShift;
  }
  static constexpr std::size_t kChunks = std::size_t{1} << (sizeof(void*) == 4 ? 18 : 20);

  std::atomic<std::uint32_t> words_[kChunks / 32] = {};
};

}  // namespace
}  // namespace heaplet::detail
