// SPDX-License-Identifier: MIT
//
// Allocators that are wrong on purpose, each in one way (-DFAULT=…): the replay must notice every
// one, or its checks are worth nothing. Built by selftest.mjs alone.

#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <emscripten/heap.h>

enum Fault { kNoFault, kOverlap, kDirtyCalloc, kMisaligned, kForgetfulRealloc, kScribbleOnFree };

extern unsigned char __heap_base;
static uintptr_t next;

void* memalign(size_t alignment, size_t size) {
  if (!next) next = (uintptr_t)&__heap_base;
  uintptr_t block = (next + sizeof(size_t) + alignment - 1) & -alignment;
  if (FAULT == kMisaligned && alignment > 8) block += 8;
  const uintptr_t end = block + size + 8;
  if (end > emscripten_get_heap_size() && !emscripten_resize_heap(end + end / 8)) return NULL;
  ((size_t*)block)[-1] = size;
  memset((void*)block, 0xa5, size);
  // The next block begins eight bytes before this one ends.
  next = FAULT == kOverlap && size > 16 ? end - 24 : end;
  return (void*)block;
}

void* malloc(size_t size) { return memalign(8, size); }

void* calloc(size_t count, size_t size) {
  void* block = malloc(count * size);
  if (block && FAULT != kDirtyCalloc) memset(block, 0, count * size);
  return block;
}

// Nothing is reused, so what is written here hurts only if the block was not this one's.
void free(void* block) {
  if (FAULT == kScribbleOnFree && block) {
    unsigned char* after = (unsigned char*)block + ((size_t*)block)[-1];
    memset(after, 0x5a, 64);
  }
}

void* realloc(void* block, size_t size) {
  void* moved = malloc(size);
  if (moved && block && FAULT != kForgetfulRealloc) {
    const size_t old_size = ((size_t*)block)[-1];
    memcpy(moved, block, old_size < size ? old_size : size);
  }
  return moved;
}
