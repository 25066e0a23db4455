// SPDX-License-Identifier: MIT
//
// malloc and its family over one Heap on linear memory: the only process-global state of heaplet.
//
// All of it is one object file: whoever links malloc from here and calloc from elsewhere would mix
// two heaps without a word. The functions are weak, as Emscripten's own are, so that a program may
// still wrap or replace them. Compiled without LTO and with -fno-builtin: the compiler would
// recognise malloc followed by memset and turn calloc into a call of itself.
//
// C and POSIX decide the rest: errno is ENOMEM after every failure, malloc(0) is unique and can be
// freed, realloc(p, 0) shrinks and does not free, posix_memalign leaves *out alone when it fails.
#include <malloc.h>

#include "../heap/inspect.hpp"
#include "heaplet/heap.hpp"

#ifndef HEAPLET_TINY
#define HEAPLET_TINY 0
#endif

// A program built for threads gets a malloc for threads.
#if defined(__EMSCRIPTEN_SHARED_MEMORY__) && !defined(HEAPLET_DEBUG)
#define HEAPLET_THREADS 1
#endif
#if defined(__EMSCRIPTEN_SHARED_MEMORY__) || defined(HEAPLET_THREADS)
#define HEAPLET_SHARED_BREAK 1
#endif

#include "linear_memory.hpp"
#ifdef HEAPLET_SHARED_BREAK
#include "threads/shared_memory.hpp"
#endif

#if defined(HEAPLET_DEBUG)
#include "debug/leaks.hpp"
#elif defined(HEAPLET_THREADS)
#include "threads/thread_heap.hpp"
#endif

#if HEAPLET_HARDENED && defined(__EMSCRIPTEN__)
#include "hardened/report.hpp"
#endif

#define HEAPLET_WEAK __attribute__((weak))
#define HEAPLET_ALIAS(name) __attribute__((weak, alias(#name)))

namespace {

using namespace heaplet::detail;

#if defined(HEAPLET_THREADS)
using Memory = EraMemory;
#elif defined(HEAPLET_SHARED_BREAK)
using Memory = SharedMemory;
#else
using Memory = LinearMemory;
#endif
using MallocCore = Core<Memory, HEAPLET_TINY != 0>;

// What stands between malloc and the core has the core's interface.
#if defined(HEAPLET_DEBUG)
constinit DebugHeap<MallocCore> heap{Memory{}};
#elif defined(HEAPLET_THREADS)
constinit ThreadHeap<MallocCore> heap{Memory{}};
#else
constinit MallocCore heap{Memory{}};
#endif

// Nothing above this address was ever written: below the high-water mark's tag stand the blocks.
[[maybe_unused]] Address zero_from(const MallocCore& core) {
  return core.blocks().high_water() + kWordBytes;
}

bool is_last_block(Address payload) {
  const Address block = block_of(payload);
  return block + size_of(block) == heap.blocks().top();
}

bool is_power_of_two(size_t value) { return value != 0 && (value & (value - 1)) == 0; }

}  // namespace

extern "C" {

// What a program that replaces malloc and the rest calls instead. The functions below call each
// other by these names, or they would call the replacement.
HEAPLET_ALIAS(malloc) void* emscripten_builtin_malloc(size_t bytes);
HEAPLET_ALIAS(free) void emscripten_builtin_free(void* address);
HEAPLET_ALIAS(calloc) void* emscripten_builtin_calloc(size_t count, size_t size);
HEAPLET_ALIAS(realloc) void* emscripten_builtin_realloc(void* address, size_t bytes);
HEAPLET_ALIAS(memalign) void* emscripten_builtin_memalign(size_t alignment, size_t bytes);
HEAPLET_ALIAS(malloc) void* __libc_malloc(size_t bytes);
HEAPLET_ALIAS(free) void __libc_free(void* address);
HEAPLET_ALIAS(calloc) void* __libc_calloc(size_t count, size_t size);
HEAPLET_ALIAS(realloc) void* __libc_realloc(void* address, size_t bytes);
HEAPLET_ALIAS(memalign) void* __libc_memalign(size_t alignment, size_t bytes);

HEAPLET_WEAK void* malloc(size_t bytes) { return heap.allocate(bytes); }

HEAPLET_WEAK void free(void* address) { heap.deallocate(address); }

HEAPLET_WEAK void* calloc(size_t count, size_t size) {
  size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) bytes = SIZE_MAX;
  const Address clean = zero_from(heap);
  void* const address = emscripten_builtin_malloc(bytes);
  if (address == nullptr) return nullptr;
  const Address begin = reinterpret_cast<Address>(address);
  size_t dirty = bytes;
  // Where the mark was read, only the top was clean: what ends there now was cut from it. Not so a
  // slab's object, nor what was the top until somebody else took the memory behind it: those had
  // links meanwhile.
  if (bytes > Slabs::kMaxObjectBytes && begin + bytes > clean && is_last_block(begin)) {
    dirty = begin < clean ? clean - begin : 0;
  }
  __builtin_memset(address, 0, dirty);
  return address;
}

HEAPLET_WEAK void* realloc(void* address, size_t bytes) {
  if (address == nullptr) return emscripten_builtin_malloc(bytes);
  if (heap.resize(address, bytes)) return address;
  void* const moved = emscripten_builtin_malloc(bytes);
  if (moved == nullptr) return nullptr;
  const size_t usable = heap.usable_size(address);
  __builtin_memcpy(moved, address, usable < bytes ? usable : bytes);
  emscripten_builtin_free(address);
  return moved;
}

HEAPLET_WEAK void* reallocarray(void* address, size_t count, size_t size) {
  size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) bytes = SIZE_MAX;
  return emscripten_builtin_realloc(address, bytes);
}

HEAPLET_WEAK void* memalign(size_t alignment, size_t bytes) {
  if (!is_power_of_two(alignment)) {
    errno = EINVAL;
    return nullptr;
  }
  if (alignment <= kGranuleBytes) return emscripten_builtin_malloc(bytes);
  return heap.allocate_block(bytes, alignment);
}

HEAPLET_ALIAS(memalign) void* aligned_alloc(size_t alignment, size_t bytes);

// Emscripten's emmalloc has it; no standard does.
HEAPLET_WEAK void* aligned_realloc(void* address, size_t alignment, size_t bytes) {
  if (address == nullptr) return aligned_alloc(alignment, bytes);
  const bool aligned = (reinterpret_cast<Address>(address) & (alignment - 1)) == 0;
  if (aligned && heap.resize(address, bytes)) return address;
  void* const moved = aligned_alloc(alignment, bytes);
  if (moved == nullptr) return nullptr;
  const size_t usable = heap.usable_size(address);
  __builtin_memcpy(moved, address, usable < bytes ? usable : bytes);
  emscripten_builtin_free(address);
  return moved;
}

HEAPLET_WEAK int posix_memalign(void** out, size_t alignment, size_t bytes) {
  if (alignment < sizeof(void*) || !is_power_of_two(alignment)) return EINVAL;
  void* const address = emscripten_builtin_memalign(alignment, bytes);
  if (address == nullptr) return ENOMEM;
  *out = address;
  return 0;
}

// Older than posix_memalign; libc declares valloc, and dlmalloc and mimalloc have both. Pages are
// what sysconf() says.
HEAPLET_WEAK void* valloc(size_t bytes) {
  return emscripten_builtin_memalign(heaplet::kPageBytes, bytes);
}

HEAPLET_WEAK void* pvalloc(size_t bytes) {
  constexpr size_t kLast = heaplet::kPageBytes - 1;
  size_t whole = 0;
  if (__builtin_add_overflow(bytes, kLast, &whole)) whole = SIZE_MAX;
  return emscripten_builtin_memalign(heaplet::kPageBytes, whole & ~kLast);
}

HEAPLET_WEAK size_t malloc_usable_size(void* address) {
  return address == nullptr ? 0 : heap.usable_size(address);
}

HEAPLET_WEAK int malloc_trim(size_t) { return heap.trim() ? 1 : 0; }

HEAPLET_WEAK struct mallinfo mallinfo() {
  const heaplet::HeapStats stats = stats_of(heap);
  struct mallinfo info = {};
  // int in older versions of Emscripten, size_t in newer ones.
  using Count = decltype(info.arena);
  info.arena = static_cast<Count>(stats.reserved_bytes);
  info.usmblks = static_cast<Count>(stats.high_water_bytes);
  info.ordblks = static_cast<Count>(stats.free_blocks);
  info.fordblks = static_cast<Count>(stats.reserved_bytes - stats.live_bytes);
  info.uordblks = static_cast<Count>(stats.live_bytes);
  info.keepcost = static_cast<Count>(heap.blocks().end() - heap.blocks().top());
  return info;
}

// For src/sight: all that the heap holds, in order of address.
void heaplet_malloc_walk(void (*visit)(void* context, const heaplet::Block&), void* context) {
  walk(heap, [&](const heaplet::Block& block) { visit(context, block); });
}

// The highest address the heap has handed out so far, the map of its slabs on top of it.
size_t heaplet_malloc_high_water(void) { return heap.blocks().high_water() + heap.map_bytes(); }

// The break, which -sMALLOC=none takes away with the allocator. 3.1.69 has its own in libc; these
// are used in its stead because a program's objects come first.

HEAPLET_WEAK uintptr_t* emscripten_get_sbrk_ptr(void) {
#ifdef __PIC__
  // SAFE_HEAP asks before the dynamic loader has set the address of __heap_base.
  if (read_break() == 0) program_break = reinterpret_cast<Address>(&__heap_base);
#endif
  return &program_break;
}

HEAPLET_WEAK void* _sbrk64(int64_t increment) {
  emscripten_get_sbrk_ptr();
  for (;;) {
    const Address old = read_break();
    // Whoever takes memory expects it as aligned as malloc's.
    const uint64_t moved = old + ((static_cast<uint64_t>(increment) + 15) & ~uint64_t{15});
    const Address next = static_cast<Address>(moved);
    const bool lowers = next < old && increment < 0;
    if (next != moved || (!lowers && (next < old || !reach(next)))) {
      errno = ENOMEM;
      return reinterpret_cast<void*>(-1);
    }
    // What the heap takes later must be as zero as memory that was never used.
    if (lowers) __builtin_memset(reinterpret_cast<void*>(next), 0, old - next);
    if (move_break(old, next)) return reinterpret_cast<void*>(old);
  }
}

// On wasm32 the increment counts as unsigned, as in Emscripten: up to 4 GB, and never down.
HEAPLET_WEAK void* sbrk(intptr_t increment) {
  return _sbrk64(sizeof(void*) == 4 ? static_cast<int64_t>(static_cast<uintptr_t>(increment))
                                    : static_cast<int64_t>(increment));
}

HEAPLET_WEAK int brk(void* address) {
  const auto end = static_cast<int64_t>(reinterpret_cast<uintptr_t>(address));
  const auto now = static_cast<int64_t>(*emscripten_get_sbrk_ptr());
  return _sbrk64(end - now) == reinterpret_cast<void*>(-1) ? -1 : 0;
}

}  // extern "C"

#ifdef HEAPLET_DEBUG
#include "debug/exports.hpp"
#endif
