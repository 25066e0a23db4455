// SPDX-License-Identifier: MIT
//
// Purpose: recorder.c for programs compiled to wasm, where pointers and so many objects are half
// as wide. Linked into the program with -Wl,--wrap for each function below; record-wasm.mjs does.
//
// Events collect in a static buffer and are handed to JavaScript when it is full. --wrap catches
// every call that crosses an object file, the C library's own included.

#include <emscripten.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>

enum Kind { kFree = 1, kMalloc, kCalloc, kRealloc, kAligned };

typedef struct {
  uint32_t kind;
  uint32_t alignment;
  uint32_t size;
  uint32_t old_block;
  uint32_t block;
} Event;

enum { kCapacity = 1 << 14 };

static Event events[kCapacity];
static uint32_t count;

// An allocator may serve one function by another of the family, and its calls are caught too:
// only what the program itself asked for is logged.
static int depth;

EM_JS(void, record_events, (const Event* first, uint32_t number),
      { globalThis.recordEvents(HEAPU32.slice(first / 4, first / 4 + number * 5)); });

EMSCRIPTEN_KEEPALIVE void record_flush(void) {
  record_events(events, count);
  count = 0;
}

static void append(enum Kind kind, size_t alignment, size_t size, void* old_block, void* block) {
  if (depth) return;
  if (count == kCapacity) record_flush();
  events[count++] =
      (Event){kind, alignment, size, (uint32_t)(uintptr_t)old_block, (uint32_t)(uintptr_t)block};
}

void* __real_malloc(size_t);
void __real_free(void*);
void* __real_calloc(size_t, size_t);
void* __real_realloc(void*, size_t);
void* __real_memalign(size_t, size_t);

static void* allocated(enum Kind kind, size_t alignment, size_t size, void* block) {
  if (block) append(kind, alignment, size, NULL, block);
  return block;
}

void* __wrap_malloc(size_t size) {
  ++depth;
  void* block = __real_malloc(size);
  --depth;
  return allocated(kMalloc, 0, size, block);
}

void* __wrap_calloc(size_t number, size_t size) {
  ++depth;
  void* block = __real_calloc(number, size);
  --depth;
  return allocated(kCalloc, 0, number * size, block);
}

void* __wrap_memalign(size_t alignment, size_t size) {
  ++depth;
  void* block = __real_memalign(alignment, size);
  --depth;
  return allocated(kAligned, alignment, size, block);
}

void* __wrap_aligned_alloc(size_t alignment, size_t size) {
  return __wrap_memalign(alignment, size);
}

int __wrap_posix_memalign(void** result, size_t alignment, size_t size) {
  if (alignment < sizeof(void*) || (alignment & (alignment - 1))) return EINVAL;
  void* block = __wrap_memalign(alignment, size);
  if (!block) return ENOMEM;
  *result = block;
  return 0;
}

void __wrap_free(void* block) {
  if (block) append(kFree, 0, 0, block, NULL);
  ++depth;
  __real_free(block);
  --depth;
}

void* __wrap_realloc(void* block, size_t size) {
  ++depth;
  void* moved = __real_realloc(block, size);
  --depth;
  if (moved) append(kRealloc, 0, size, block, moved);
  if (!moved && block && size == 0) append(kFree, 0, 0, block, NULL);
  return moved;
}
