// SPDX-License-Identifier: MIT
//
// ThreadHeap: a Core that many threads use at once. It has the core's interface, so that malloc.cpp
// is the same above either.
//
//   allocate ── small ──► this thread's chunk of that size: take an object   (no lock, no atomic)
//      │                    │ empty: what others gave back ─► the next chunk ─► a new one, from ▼
//      └──── large ───────► the core, under the lock
//
//   free ── in a chunk of mine ──► push it there                             (no lock, no atomic)
//      ├─── in another's chunk ──► push it on the chunk's remote list          (one or two CAS)
//      └─── large ───────────────► the core, under the lock
//
// Bounds. A thread keeps one empty chunk of a size at the most: 28 sizes, 448 KiB, and nothing when
// it has ended, but for chunks with live objects. Those are swept, under the lock, whenever a
// thread needs a new chunk.
//
// What a thread that is killed (Worker.terminate()) had is lost; shared_heap.hpp says what happens
// when it had the lock. Wasm Workers have no exit hook: what they cached stays with them, unless
// they call malloc_trim() before they end.
#pragma once

#include <utility>

#include "../../heap/validate.hpp"
#include "shared_heap.hpp"

namespace heaplet::detail {
namespace {

// What a size with no chunk, and a thread with no cache, have in their stead: nothing to take.
constinit Chunk no_chunk = {};

template <std::size_t... kIndex>
constexpr Cache make_no_cache(std::index_sequence<kIndex...>) {
  return {{(static_cast<void>(kIndex), &no_chunk)...}, nullptr, nullptr};
}
constinit Cache no_cache = make_no_cache(std::make_index_sequence<SizeClasses::kCount>());

constinit thread_local Cache* current_cache = &no_cache;

template <class Core>
class ThreadHeap {
 public:
  static constexpr bool kCaches = Core::kCaches;

  explicit constexpr ThreadHeap(EraMemory memory) : shared_(memory) {}

  [[gnu::always_inline]] void* allocate(std::size_t bytes) {
    if (bytes > SizeClasses::kMaxBytes) return allocate_block(bytes, kGranuleBytes);
    const std::size_t size_class = SizeClasses::of(bytes);
    Chunk* chunk = current_cache->first[size_class];
    if (chunk->free == nullptr) chunk = refill(size_class);
    if (chunk == nullptr) return nullptr;
    FreeObject* const object = chunk->free;
    if constexpr (kHardened) {
      const Address memory = reinterpret_cast<Address>(chunk);
      if (!is_object_in(memory, kChunkBytes, object)) {
        fault(kCorruption, reinterpret_cast<Address>(object));
      }
    }
    chunk->free = object->next;
    if constexpr (kHardened) mark_of(object) = 0;
    ++chunk->used;
    return object;
  }

  [[gnu::noinline]] void* allocate_block(std::size_t bytes, std::size_t alignment) {
    for (;;) {
      const Entry<Core> era(shared_);
      void* const address = take(*era, bytes, alignment);
      // An era that was given up meanwhile has no more memory; the next one has.
      if (address != nullptr || era->is_latest()) return address;
    }
  }

  [[gnu::always_inline]] void deallocate(void* address) {
    if (address == nullptr) return;
    if (!chunks_.contains(address)) return deallocate_block(address);
    Chunk* const chunk = chunk_at(address);
    expect_live(chunk, address);
    if (chunk->owner != current_cache) return Cache::give_from_afar(chunk, address);
    auto* const object = static_cast<FreeObject*>(address);
    link_free(object, chunk->free);
    chunk->free = object;
    if (--chunk->used == 0 || !chunk->listed) settle(current_cache, chunk);
  }

  bool resize(void* address, std::size_t bytes) {
    if (chunks_.contains(address)) {
      // An object that would fit in half its place moves to a smaller size.
      expect_live(chunk_at(address), address);
      const std::size_t usable = chunk_at(address)->bytes;
      return bytes <= usable && bytes > usable / 2;
    }
    // What shrinks to a chunk's size leaves the shared heap.
    if (bytes <= SizeClasses::kMaxBytes / 2) return false;
    const Entry<Core> era(shared_);
    return era->contains(address) && era->core.resize(address, bytes);
  }

  std::size_t usable_size(const void* address) {
    if (chunks_.contains(address)) {
      expect_live(chunk_at(address), address);
      return chunk_at(address)->bytes;
    }
    const Entry<Core> era(shared_);
    return era->contains(address) ? era->core.usable_size(address)
                                  : era->usable_size_of_lost(address);
  }

  // This thread has no cache after it, until it needs one: what a Wasm Worker, of whose end nobody
  // is told, may do before it ends.
  std::size_t trim() {
    const Entry<Core> era(shared_);
    const std::size_t chunks = sweep_idle(*era) + leave_cache(*era);
    return chunks * kChunkBytes + era->core.trim();
  }

  // Of the shared heap: an object in a chunk counts as a part of it, as in walk_core().
  HeapStats stats() {
    const Entry<Core> era(shared_);
    return stats_of(era->core);
  }
  template <class Visit>
  void walk_core(Visit visit) {
    const Entry<Core> era(shared_);
    walk(era->core, [&](const Block& block) {
      era->lock.tick();
      visit(block);
    });
  }
  HeapFault validate() {
    const Entry<Core> era(shared_);
    return Validator<Core>(era->core).run();
  }
  const Blocks& blocks() { return shared_.latest().core.blocks(); }
  std::size_t map_bytes() { return shared_.latest().core.map_bytes(); }

 private:
  static void expect_live(const Chunk* chunk, const void* address) {
    if constexpr (kHardened) {
      const char* const kind = fault_in_chunk(chunk, address);
      if (kind == nullptr) return;
      const bool is_known = kind == kDoubleFree;
      fault(kind, reinterpret_cast<Address>(address), is_known ? chunk->bytes : 0);
    }
  }

  // A chunk of that size with a free object, first in its list; null when memory is out.
  [[gnu::noinline]] Chunk* refill(std::size_t size_class) {
    Cache* const cache = current_cache != &no_cache ? current_cache : adopt_cache();
    if (cache == nullptr) return nullptr;
    cache->read_news([&](Chunk* chunk) { settle(cache, chunk); });
    for (;;) {
      Chunk* const chunk = cache->first[size_class];
      if (chunk == &no_chunk) break;
      if (chunk->free != nullptr || add_fresh_objects(chunk)) return chunk;
      cache->unlist(chunk, &no_chunk);  // full: it comes back with its first free object
    }
    return add_chunk(cache, size_class);
  }

  // Objects come into being a few at a time, so that memory is touched when it is used.
  static bool add_fresh_objects(Chunk* chunk) {
    constexpr std::uint32_t kRunBytes = 1024;
    const Address begin = reinterpret_cast<Address>(chunk);
    const Address end = block_of(begin + kChunkBytes);
    const Address first = begin + chunk->fresh;
    Address at = first;
    FreeObject* last = nullptr;
    chunk->free = nullptr;
    for (; at + chunk->bytes <= end && at < first + kRunBytes; at += chunk->bytes) {
      auto* const object = reinterpret_cast<FreeObject*>(at);
      if (last == nullptr) {
        chunk->free = object;
      } else {
        link_free(last, object);
      }
      last = object;
    }
    if (last != nullptr) link_free(last, nullptr);
    chunk->fresh = static_cast<std::uint32_t>(at - begin);
    return at != first;
  }

  HEAPLET_COLD Chunk* add_chunk(Cache* cache, std::size_t size_class) {
    void* memory = nullptr;
    do {
      const Entry<Core> era(shared_);
      sweep_idle(*era);
      memory = take(*era, kChunkBytes - kWordBytes, kChunkBytes);
      if (memory == nullptr && era->is_latest()) return nullptr;
      if (memory != nullptr && !chunks_.reaches(memory)) {
        era->deallocate(memory);
        return nullptr;
      }
    } while (memory == nullptr);
    chunks_.add(static_cast<Chunk*>(memory));
    auto* const chunk = ::new (memory) Chunk{};
    chunk->owner = cache;
    chunk->size_class = static_cast<std::uint32_t>(size_class);
    chunk->bytes = static_cast<std::uint32_t>(SizeClasses::bytes(size_class));
    chunk->fresh = align_up(sizeof(Chunk), kGranuleBytes);
    cache->list(chunk, &no_chunk);
    add_fresh_objects(chunk);
    return chunk;
  }

  // After a free that changed more than a count: a full chunk comes back, an empty one goes, unless
  // it is the only one of its size.
  [[gnu::noinline]] void settle(Cache* cache, Chunk* chunk) {
    if (!chunk->listed) cache->list(chunk, &no_chunk);
    if (chunk->used != 0) return;
    if (cache->first[chunk->size_class] == chunk && chunk->links.next == nullptr) return;
    const Entry<Core> era(shared_);
    give_back(*era, cache, chunk);
  }

  void give_back(Era<Core>& era, Cache* cache, Chunk* chunk) {
    cache->unlist(chunk, &no_chunk);
    chunks_.remove(chunk);
    era.deallocate(chunk);
  }

  // Gives back every empty chunk of a cache that is this thread's, or idle; returns how many.
  std::size_t drain(Era<Core>& era, Cache* cache) {
    cache->read_news([&](Chunk* chunk) {
      if (!chunk->listed) cache->list(chunk, &no_chunk);
    });
    std::size_t count = 0;
    for (Chunk* first : cache->first) {
      for (Chunk* chunk = first == &no_chunk ? nullptr : first; chunk != nullptr;) {
        auto* const next = reinterpret_cast<Chunk*>(chunk->links.next);
        if (chunk->used == 0) {
          give_back(era, cache, chunk);
          ++count;
        }
        chunk = next;
      }
    }
    return count;
  }

  // What threads that have ended left, and others have freed since.
  std::size_t sweep_idle(Era<Core>& era) {
    std::size_t count = 0;
    for (Cache* cache = era.idle; cache != nullptr; cache = cache->next_idle) {
      if (cache->news.load(std::memory_order_relaxed) != nullptr) count += drain(era, cache);
    }
    return count;
  }

  // All that this thread can give back.
  HEAPLET_COLD std::size_t sweep(Era<Core>& era) {
    const std::size_t count = sweep_idle(era);
    return current_cache == &no_cache ? count : count + drain(era, current_cache);
  }

  // A block of the core; when memory is out, after a sweep.
  void* take(Era<Core>& era, std::size_t bytes, std::size_t alignment) {
    void* const address = era.core.allocate_block(bytes, alignment);
    if (address != nullptr || sweep(era) == 0) return address;
    return era.core.allocate_block(bytes, alignment);
  }

  [[gnu::noinline]] void deallocate_block(void* address) {
    const Entry<Core> era(shared_);
    era->deallocate(address);
  }

  // A cache for this thread: one that a thread has left, or a new one.
  HEAPLET_COLD Cache* adopt_cache() {
    const Entry<Core> era(shared_);
    Cache* cache = era->idle;
    if (cache != nullptr) {
      era->idle = cache->next_idle;
    } else {
      void* const memory = era->core.allocate(sizeof(Cache));
      if (memory == nullptr) return nullptr;
      cache = ::new (memory) Cache{};
      for (Chunk*& first : cache->first) first = &no_chunk;
    }
    current_cache = cache;
    at_thread_exit(*era);
    return cache;
  }

  // Gives this thread's cache to the next that wants one; returns how many chunks that frees.
  std::size_t leave_cache(Era<Core>& era) {
    Cache* const cache = std::exchange(current_cache, &no_cache);
    if (cache == &no_cache) return 0;
    const std::size_t chunks = drain(era, cache);
    cache->next_idle = era.idle;
    era.idle = cache;
    return chunks;
  }

#if HEAPLET_HAS_PTHREADS
  // A thread that allocates after this, in another destructor, adopts a cache again.
  static void leave(void* self) {
    auto* const heap = static_cast<ThreadHeap*>(self);
    const Entry<Core> era(heap->shared_);
    heap->leave_cache(*era);
  }

  void at_thread_exit(Era<Core>& era) {
    // A Wasm Worker in a program with pthreads is none, and may have no place for keys.
    if (!pthread_self()) return;
    if (!era.has_key) era.has_key = pthread_key_create(&era.key, &ThreadHeap::leave) == 0;
    if (era.has_key) pthread_setspecific(era.key, this);
  }
#else
  void at_thread_exit(Era<Core>&) {}
#endif

  SharedHeap<Core> shared_;
  ChunkMap chunks_;
};

// What malloc.cpp asks of a heap by name.
template <class Core>
HeapStats stats_of(ThreadHeap<Core>& heap) {
  return heap.stats();
}
template <class Core, class Visit>
void walk(ThreadHeap<Core>& heap, Visit visit) {
  heap.walk_core(visit);
}
template <class Core>
Address zero_from(const ThreadHeap<Core>&) {
  return SIZE_MAX;  // objects are used again
}

}  // namespace
}  // namespace heaplet::detail
