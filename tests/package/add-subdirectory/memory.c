// SPDX-License-Identifier: MIT

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "consumer.h"

#ifndef CONSUMER_STANDALONE
#include <emscripten.h>
#endif

enum { kSlots = 600, kSteps = 40000 };

// Sizes that the compiler cannot know, so that it can neither warn nor fold the call away.
static volatile size_t huge = SIZE_MAX - 100;
static volatile size_t zero = 0;
static void* volatile seen;  // nor can it drop what is looked at

static size_t memory_bytes(void) { return __builtin_wasm_memory_size(0) * (size_t)65536; }

// clang takes malloc to leave all of the program's memory alone, errno too: without these barriers
// a check of errno is folded away, and the store moved.
static void clear_errno(void) {
  errno = 0;
  __asm__ volatile("" ::: "memory");
}

static int is_no_memory(void) {
  __asm__ volatile("" ::: "memory");
#ifdef CONSUMER_WITHOUT_ERRNO
  return 1;
#else
  return errno == ENOMEM;
#endif
}

static int is_aligned(const void* pointer, size_t alignment) {
  return (uintptr_t)pointer % alignment == 0;
}

unsigned use_family(void) {
  unsigned sum = 0;
  char* first = malloc(zero);
  char* second = malloc(zero);
  CHECK(first != NULL && second != NULL && first != second);
  free(first);
  free(second);
  free(NULL);

  clear_errno();
  CHECK((seen = malloc(huge)) == NULL && is_no_memory());
  clear_errno();
  CHECK((seen = calloc(huge / 2, 4)) == NULL && is_no_memory());

  char* text = realloc(NULL, 10);
  CHECK(text != NULL && malloc_usable_size(text) >= 10);
  memcpy(text, "heaplet 1", 10);
  for (size_t size = 20; size < 200000; size *= 3) {
    text = realloc(text, size);
    CHECK(text != NULL && strcmp(text, "heaplet 1") == 0);
  }
  CHECK((seen = realloc(text, huge)) == NULL && strcmp(text, "heaplet 1") == 0);
  text = realloc(text, 10);
  CHECK(text != NULL && strcmp(text, "heaplet 1") == 0);
  free(text);

  int* numbers = malloc(4000);
  memset(numbers, 0xff, 4000);
  free(numbers);
  numbers = calloc(1000, sizeof *numbers);
  for (int i = 0; i < 1000; i++) CHECK(numbers[i] == 0);
  free(numbers);

  for (size_t alignment = 8; alignment <= 4096; alignment *= 2) {
    void* block = aligned_alloc(alignment, alignment * 3);
    CHECK(block != NULL && is_aligned(block, alignment));
    memset(block, 1, alignment * 3);
    void* other = NULL;
    CHECK(posix_memalign(&other, alignment, 100) == 0 && is_aligned(other, alignment));
    CHECK(other != block);
    free(block);
    free(other);
    sum += alignment;
  }
  void* untouched = &sum;
  CHECK(posix_memalign(&untouched, 24, 100) == EINVAL && untouched == &sum);

  char* copy = strdup("a copy");  // libc's own allocations
  CHECK(copy != NULL && strcmp(copy, "a copy") == 0);
  free(copy);
  char* printed = NULL;
  CHECK(asprintf(&printed, "%d-%s", 7, "seven") == 7);
  sum += printed[0];
  free(printed);
  return sum;
}

// Blocks of random sizes, each filled with a pattern of its own that is verified before it is freed
// or moved: two blocks that overlap, or one that realloc did not carry over, do not get past it.
unsigned use_blocks(void) {
  static unsigned char* blocks[kSlots];
  static size_t sizes[kSlots];
  uint32_t seed = 2463534242u;
  uint32_t sum = 0;
  for (int step = 0; step < kSteps; step++) {
    seed = seed * 1664525u + 1013904223u;
    unsigned slot = (seed >> 8) % kSlots;
    size_t size = (seed >> 4) % (step % 50 == 0 ? 20000 : 300) + 1;
    unsigned char mark = (unsigned char)(slot * 7 + 1);
    if (blocks[slot] != NULL) {
      size_t length = sizes[slot];
      CHECK(blocks[slot][0] == mark && blocks[slot][length - 1] == mark);
      CHECK(blocks[slot][length / 2] == mark);
      sum += (uint32_t)length;
    }
    if (blocks[slot] != NULL && step % 3 == 0) {
      free(blocks[slot]);
      blocks[slot] = NULL;
    } else {
      blocks[slot] = realloc(blocks[slot], size);
      CHECK(blocks[slot] != NULL && is_aligned(blocks[slot], 8));
      size_t kept = sizes[slot] < size ? sizes[slot] : size;
      if (kept > 0 && sizes[slot] > 0) CHECK(blocks[slot][kept - 1] == mark);
      memset(blocks[slot], mark, size);
    }
    sizes[slot] = blocks[slot] != NULL ? size : 0;
  }
  for (int i = 0; i < kSlots; i++) free(blocks[i]);
  return sum;
}

void grow_memory(void) {
  enum { kBlocks = 40, kBytes = 1 << 20 };
  unsigned char* blocks[kBlocks];
  size_t before = memory_bytes();
  // Somebody else may take memory from the same break in between; the heap steps over it.
  unsigned char* taken = NULL;
  for (int i = 0; i < kBlocks; i++) {
    if (i == kBlocks / 2) {
      taken = sbrk(100000);
      CHECK(taken != (void*)-1);
      memset(taken, 0xab, 100000);
    }
    blocks[i] = malloc(kBytes);
    CHECK(blocks[i] != NULL);
    memset(blocks[i], i + 1, kBytes);
  }
  CHECK(memory_bytes() > before);
#ifndef CONSUMER_STANDALONE
  int length = EM_ASM_INT({ return HEAPU8.length / 65536; });
  CHECK((size_t)length == memory_bytes() / 65536);
  EM_ASM({ HEAPU8[$0] = 99; }, blocks[kBlocks - 1]);
  CHECK(((volatile unsigned char*)blocks[kBlocks - 1])[0] == 99);
#endif
  for (int i = 0; i < kBlocks; i++) {
    CHECK(blocks[i][1] == i + 1 && blocks[i][kBytes - 1] == i + 1);
    free(blocks[i]);
  }
  for (int i = 0; i < 100000; i++) CHECK(taken[i] == 0xab);
  size_t peak = memory_bytes();
  for (int i = 0; i < kBlocks; i++) free(seen = malloc(kBytes));  // from what was freed
  CHECK(memory_bytes() == peak);
}

void reach_limit(size_t low_mib, size_t high_mib, size_t block_kib) {
  struct link {
    struct link* next;
  }* all = NULL;
  uint64_t total = 0;
  size_t bytes = block_kib * 1024;
  clear_errno();
  for (;;) {
    struct link* block = malloc(bytes);
    if (block == NULL) break;
    CHECK((uintptr_t)block + bytes > (uintptr_t)block);
    ((char*)block)[bytes - 1] = 1;
    block->next = all;
    all = block;
    total += bytes;
  }
  CHECK(is_no_memory());
  uint64_t mib = total >> 20;
  printf("limit after %u MiB\n", (unsigned)mib);
  CHECK(mib >= low_mib && mib <= high_mib);
  clear_errno();
  CHECK((seen = calloc(1, bytes)) == NULL && is_no_memory());
  clear_errno();
  CHECK((seen = aligned_alloc(64, bytes)) == NULL && is_no_memory());
  void* kept = NULL;
  CHECK(posix_memalign(&kept, 64, bytes) == ENOMEM);
  CHECK((seen = realloc(all, bytes * 2)) == NULL);  // and the block stays
  CHECK(((char*)all)[bytes - 1] == 1);
  while (all != NULL) {
    struct link* next = all->next;
    CHECK(((char*)all)[bytes - 1] == 1);
    free(all);
    all = next;
  }
  char* half = malloc((size_t)(total / 2));  // what was freed is one piece again
  CHECK(half != NULL);
  half[total / 2 - 1] = 1;
  free(half);
}
