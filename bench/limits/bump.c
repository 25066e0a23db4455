// SPDX-License-Identifier: MIT
//
// A limit, not an allocator to use: the least code that answers malloc. Blocks carry their size,
// because realloc must know it; nothing is ever reused.

#include <errno.h>
#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <emscripten/heap.h>

extern unsigned char __heap_base;

enum { kAlignment = 8, kPageBytes = 65536 };

static uintptr_t next, highest;

void* memalign(size_t alignment, size_t size) {
  if (!next) next = (uintptr_t)&__heap_base;
  if (alignment < kAlignment) alignment = kAlignment;
  const uintptr_t block = (next + sizeof(size_t) + alignment - 1) & -alignment;
  const uintptr_t end = block + size;
  if (block < next || end < block) goto exhausted;
  const size_t have = __builtin_wasm_memory_size(0) * kPageBytes;
  // Ahead by a share of the memory: page by page, growth would be most of what is measured.
  if (end > have && !emscripten_resize_heap(end + have / 8) && !emscripten_resize_heap(end)) {
    goto exhausted;
  }
  ((size_t*)block)[-1] = size;
  next = end;
  return (void*)block;
exhausted:
  errno = ENOMEM;
  return NULL;
}

void* malloc(size_t size) { return memalign(kAlignment, size); }

void free(void* block) { (void)block; }

void* calloc(size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) bytes = SIZE_MAX;
  void* block = malloc(bytes);
  return block ? memset(block, 0, bytes) : NULL;  // after bench_reset memory is not fresh
}

void* realloc(void* block, size_t size) {
  void* moved = malloc(size);
  if (moved && block) {
    const size_t old_size = ((size_t*)block)[-1];
    memcpy(moved, block, old_size < size ? old_size : size);
  }
  return moved;
}

void bench_reset(void) {
  if (next > highest) highest = next;
  next = (uintptr_t)&__heap_base;
}

size_t bench_heap_top(void) {
  if (next > highest) highest = next;
  return highest;
}
