// SPDX-License-Identifier: MIT
//
// A limit, not an allocator to use: the fastest that C's interface allows, for all we know. One
// list of free blocks a size, last in, first out; free() learns the size from a map of pages, since
// nobody tells it. Nothing is ever joined or split, and no page changes its size.

#include <errno.h>
#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <emscripten/heap.h>

extern unsigned char __heap_base;

enum { kGranule = 8, kExact = 512, kClasses = 160, kPageBytes = 65536 };

static void* lists[kClasses];
static uintptr_t next[kClasses], end[kClasses];  // of the pages each class is cut from
static uint8_t class_of_page[65536];
static uintptr_t top;

// Exact up to kExact bytes, then four classes a doubling.
static inline unsigned class_for(size_t size) {
  if (size <= kExact) return (unsigned)((size + kGranule - 1) / kGranule) + (size == 0);
  const unsigned log = 31 - (unsigned)__builtin_clz(size - 1);
  return 65 + ((log - 9) << 2) + (((size - 1) >> (log - 2)) & 3);
}

static inline size_t bytes_of(unsigned size_class) {
  if (size_class <= kExact / kGranule) return size_class * kGranule;
  const unsigned step = size_class - 65;
  return (size_t)(5 + (step & 3)) << (7 + (step >> 2));
}

// Whole pages, all for one class.
static uintptr_t take_pages(size_t bytes, unsigned size_class) {
  if (top == 0) top = ((uintptr_t)&__heap_base + kPageBytes - 1) & -(uintptr_t)kPageBytes;
  const uintptr_t begin = top;
  const uintptr_t last = begin + ((bytes + kPageBytes - 1) & -(size_t)kPageBytes);
  const size_t have = __builtin_wasm_memory_size(0) * kPageBytes;
  if (bytes > SIZE_MAX / 4 || last < begin || (last > have && !emscripten_resize_heap(last))) {
    errno = ENOMEM;
    return 0;
  }
  for (top = begin; top != last; top += kPageBytes) {
    class_of_page[top / kPageBytes] = (uint8_t)size_class;
  }
  return begin;
}

static __attribute__((noinline)) void* cut(unsigned size_class) {
  const size_t bytes = bytes_of(size_class);
  if (end[size_class] - next[size_class] < bytes) {
    const uintptr_t begin = take_pages(bytes, size_class);
    if (begin == 0) return NULL;
    next[size_class] = begin;
    end[size_class] = top;
  }
  void* const block = (void*)next[size_class];
  next[size_class] += bytes;
  return block;
}

void* malloc(size_t size) {
  const unsigned size_class = class_for(size);
  void** const block = lists[size_class];
  if (block == NULL) return cut(size_class);
  lists[size_class] = *block;
  return block;
}

void free(void* block) {
  if (block == NULL) return;
  const unsigned size_class = class_of_page[(uintptr_t)block / kPageBytes];
  *(void**)block = lists[size_class];
  lists[size_class] = block;
}

void* calloc(size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) bytes = SIZE_MAX;
  void* const block = malloc(bytes);
  return block ? memset(block, 0, bytes) : NULL;
}

void* realloc(void* block, size_t size) {
  const size_t have = block ? bytes_of(class_of_page[(uintptr_t)block / kPageBytes]) : 0;
  if (size <= have && block) return block;
  void* const moved = malloc(size);
  if (moved == NULL || block == NULL) return moved;
  memcpy(moved, block, have);
  free(block);
  return moved;
}

// Blocks of a power of two lie at multiples of it, up to the pages they are cut from.
void* memalign(size_t alignment, size_t size) {
  const size_t least = size < alignment ? alignment : size;
  return malloc(least < 2 ? least : (size_t)1 << (32 - __builtin_clz(least - 1)));
}

size_t bench_heap_top(void) { return top; }
