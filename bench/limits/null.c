// SPDX-License-Identifier: MIT
//
// A limit: one address for everything. What remains of the time is the replay's own loop.

#include <malloc.h>
#include <stddef.h>

static _Alignas(16) unsigned char arena[1 << 17];

void* malloc(size_t size) {
  (void)size;
  return arena;
}
void free(void* block) { (void)block; }
void* calloc(size_t count, size_t size) {
  (void)count;
  (void)size;
  return arena;
}
void* realloc(void* block, size_t size) {
  (void)block;
  (void)size;
  return arena;
}
void* memalign(size_t alignment, size_t size) {
  (void)alignment;
  (void)size;
  return arena;
}
