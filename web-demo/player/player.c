// SPDX-License-Identifier: MIT
//
// Purpose: what the page calls to carry out one operation of a trace against the allocator this
// file is linked with. The page keeps the books (which block is where, how large, how old) in
// JavaScript, so that linear memory holds the allocator and nothing else.
//
// As in bench/replay/replay.c, every block is touched at both ends and carries a mark there, which
// is looked at again when the block is given back.

#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define EXPORT(name) __attribute__((export_name(#name), used)) name
#define IMPORT(name) __attribute__((import_module("player"), import_name(#name)))

enum Kind { kMalloc = 2, kCalloc = 3, kAligned = 5 };

// Reasons of lost(); src/engine/module.js has the words.
enum Loss { kMark, kNotZero, kMisaligned };

IMPORT(lost) _Noreturn void lost(enum Loss what);

static void set_mark(unsigned char* block, size_t size, unsigned char mark) {
  if (size == 0) return;
  block[0] = mark;
  block[size - 1] = mark;
}

static void check_mark(const unsigned char* block, size_t size, unsigned char mark) {
  if (size != 0 && (block[0] != mark || block[size - 1] != mark)) lost(kMark);
}

void* EXPORT(allocate)(enum Kind kind, size_t alignment, size_t size, unsigned char mark) {
  unsigned char* block;
  if (kind == kCalloc) {
    block = calloc(1, size);
    if (block && size && (block[0] | block[size - 1])) lost(kNotZero);
  } else if (kind == kAligned) {
    block = memalign(alignment, size);
    if ((uintptr_t)block & (alignment - 1)) lost(kMisaligned);
  } else if (kind == kMalloc) {
    block = malloc(size);
  } else {
    block = realloc(NULL, size);
  }
  if (block) set_mark(block, size, mark);
  return block;
}

void EXPORT(release)(unsigned char* block, size_t size, unsigned char mark) {
  check_mark(block, size, mark);
  free(block);
}

void* EXPORT(resize)(unsigned char* block, size_t old_size, size_t size, unsigned char mark) {
  check_mark(block, old_size, mark);
  unsigned char* const moved = realloc(block, size);
  if (!moved) return NULL;
  if (old_size && size && moved[0] != mark) lost(kMark);
  if (old_size && old_size <= size && moved[old_size - 1] != mark) lost(kMark);
  set_mark(moved, size, mark);
  return moved;
}

extern unsigned char __heap_base;
size_t EXPORT(heap_base)(void) { return (size_t)&__heap_base; }

size_t EXPORT(usable_size)(void* block) { return malloc_usable_size(block); }

// How far up the heap has ever reached, by the first of these the allocator has.
extern size_t heaplet_malloc_high_water(void) __attribute__((weak));
extern void* sbrk(intptr_t);

size_t EXPORT(heap_top)(void) {
  if (!heaplet_malloc_high_water) return (size_t)sbrk(0);
  const size_t top = heaplet_malloc_high_water();
  return top ? top : (size_t)&__heap_base;  // zero until the heap is used
}
