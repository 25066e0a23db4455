// SPDX-License-Identifier: MIT
//
// Purpose: carry out the operations of a trace against the allocator this file is linked with.
// JavaScript decodes a trace into `chunk`, calls replay_run and reads the results: no call crosses
// the boundary per operation.
//
// Every block is touched at its first and last byte, as a program would at least do, and checked:
// the bytes carry a mark derived from the slot, looked at again when the block is reallocated or
// freed; calloc's memory must read zero, aligned memory must be aligned.
//
// Everything of this file is static, below __heap_base: the heap under test starts empty.
// REPLAY_TIMED times every call by itself, which costs more than most calls: only its largest
// figures mean something.
// REPLAY_NULL builds the loop for an allocator that returns one address for everything: offsets
// wrap inside its arena and nothing is checked, so that the cost of the loop can be known.

#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define EXPORT(name) __attribute__((export_name(#name), used)) name

// lib/replay.mjs relies on these through the functions that return them.
enum { kChunkOperations = 1 << 16, kSlots = 1 << 18 };

enum Kind { kFree = 1, kMalloc, kCalloc, kRealloc, kAligned, kReallocNew };

enum Failure { kNone, kOutOfMemory, kMarkLost, kNotZero, kMisaligned };

typedef struct {
  uint32_t what;  // kind | log2(alignment) << 3 | slot << 8
  uint32_t size;
} Operation;

typedef struct {
  unsigned char* block;
  size_t size;
} Slot;

#ifdef REPLAY_TIMED
#include <emscripten.h>
// One clock reading before and one after every call of the allocator, touches left out.
EM_JS(double, replay_now, (void), { return performance.now(); });
static double call_milliseconds[kChunkOperations];
#define CALL(...)                                \
  do {                                           \
    const double start = replay_now();           \
    __VA_ARGS__;                                 \
    call_milliseconds[i] = replay_now() - start; \
  } while (0)
double* EXPORT(replay_call_milliseconds)(void) { return call_milliseconds; }
#else
#define CALL(...) __VA_ARGS__
#endif

static Operation chunk[kChunkOperations];
static Slot slots[kSlots];
static uint32_t failure;

extern unsigned char __heap_base;

// How far up the heap has ever reached, by the first of these the allocator has.
extern size_t bench_heap_top(void) __attribute__((weak));
extern size_t heaplet_malloc_high_water(void) __attribute__((weak));
extern void* sbrk(intptr_t) __attribute__((weak));

// Limits that never reuse memory start afresh here; real allocators do not have it.
extern void bench_reset(void) __attribute__((weak));

#ifdef REPLAY_NULL
enum { kChecked = 0 };
static size_t last_of(size_t size) { return (size - 1) & 0xffff; }
#else
enum { kChecked = 1 };
static size_t last_of(size_t size) { return size - 1; }
#endif

static unsigned char mark_of(uint32_t slot) { return (unsigned char)(slot * 37 + 11); }

static int holds_mark(const unsigned char* block, size_t size, unsigned char mark) {
  return !kChecked || size == 0 || (block[0] == mark && block[last_of(size)] == mark);
}

static void set_mark(unsigned char* block, size_t size, unsigned char mark) {
  if (size == 0) return;
  block[0] = mark;
  block[last_of(size)] = mark;
}

static uint32_t fail(enum Failure reason, uint32_t at) {
  failure = reason;
  return at;
}

// Returns `count`, or the index of the operation that failed; replay_failure says how.
uint32_t EXPORT(replay_run)(uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t what = chunk[i].what;
    const size_t size = chunk[i].size;
    const uint32_t number = what >> 8;
    Slot* const slot = &slots[number];
    const unsigned char mark = mark_of(number);
    unsigned char* block;

    switch (what & 7) {
      case kFree:
        if (!holds_mark(slot->block, slot->size, mark)) return fail(kMarkLost, i);
        CALL(free(slot->block));
        slot->block = NULL;
        continue;
      case kMalloc:
        CALL(block = malloc(size));
        break;
      case kCalloc:
        CALL(block = calloc(1, size));
        if (kChecked && block && size && (block[0] | block[last_of(size)]))
          return fail(kNotZero, i);
        break;
      case kRealloc: {
        if (!holds_mark(slot->block, slot->size, mark)) return fail(kMarkLost, i);
        CALL(block = realloc(slot->block, size));
        const size_t kept = slot->size < size ? slot->size : size;
        if (kChecked && block && kept) {
          if (block[0] != mark) return fail(kMarkLost, i);
          if (slot->size <= size && block[last_of(kept)] != mark) return fail(kMarkLost, i);
        }
        break;
      }
      case kAligned: {
        const size_t alignment = (size_t)1 << (what >> 3 & 31);
        CALL(block = memalign(alignment, size));
        if (kChecked && ((uintptr_t)block & (alignment - 1))) return fail(kMisaligned, i);
        break;
      }
      default:
        CALL(block = realloc(NULL, size));
    }
    if (!block && size) return fail(kOutOfMemory, i);
    slot->block = block;
    slot->size = size;
    set_mark(block, size, mark);
  }
  return count;
}

// Frees what the trace left behind, lowest slot first; returns the number of blocks that had lost
// their marks. Slots beyond `count` were never used.
uint32_t EXPORT(replay_free_all)(uint32_t count) {
  uint32_t lost = 0;
  for (uint32_t number = 0; number < count; ++number) {
    Slot* const slot = &slots[number];
    if (!slot->block) continue;
    if (!holds_mark(slot->block, slot->size, mark_of(number))) ++lost;
    free(slot->block);
    slot->block = NULL;
  }
  if (bench_reset) bench_reset();
  return lost;
}

uint32_t EXPORT(replay_failure)(void) { return failure; }
Operation* EXPORT(replay_chunk)(void) { return chunk; }
uint32_t EXPORT(replay_chunk_operations)(void) { return kChunkOperations; }
uint32_t EXPORT(replay_slots)(void) { return kSlots; }
size_t EXPORT(replay_heap_base)(void) { return (size_t)&__heap_base; }

size_t EXPORT(replay_heap_top)(void) {
  if (bench_heap_top) return bench_heap_top();
  if (heaplet_malloc_high_water) {
    const size_t top = heaplet_malloc_high_water();
    return top ? top : (size_t)&__heap_base;  // zero until the heap is used
  }
  if (sbrk) return (size_t)sbrk(0);
  return (size_t)&__heap_base;
}
