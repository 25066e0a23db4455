/* SPDX-License-Identifier: MIT
 *
 * What malloc's heap holds, and what the profiler is told: the C ABI of src/sight.
 *
 * The statistics need heaplet::malloc alone. They allocate nothing, walk the heap once, O(blocks),
 * and may be asked for at any time outside of malloc itself. The profiler's functions need
 * heaplet::profiler linked beside an allocator, heaplet's or one of Emscripten's.
 *
 * Call each from the thread that allocates. */
#ifndef HEAPLET_SIGHT_H_
#define HEAPLET_SIGHT_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sums over the heap of malloc. Sizes are in bytes. */
typedef struct heaplet_malloc_statistics {
  size_t live_blocks;
  size_t live_bytes; /* usable bytes handed out */
  size_t free_blocks;
  size_t free_bytes;         /* below the top, ready to be handed out */
  size_t largest_free_bytes; /* the largest of them, or the top */
  size_t metadata_bytes;     /* the heap's own, tags included */
  size_t top_bytes;          /* used last; some of it was never handed out */
  size_t reserved_bytes;     /* all of the above together */
  size_t high_water_bytes;   /* from the heap's first byte to the highest it ever handed out */
  size_t growth_count;       /* of linear memory on behalf of malloc or sbrk */
  size_t memory_bytes;       /* of linear memory */
} heaplet_malloc_statistics;

void heaplet_malloc_sum(heaplet_malloc_statistics* out);

/* Objects of one size in slabs, or blocks of `least_bytes` to less than twice that. */
typedef struct heaplet_size_class {
  size_t least_bytes;
  size_t live_blocks;
  size_t live_bytes;
  size_t free_blocks;
  size_t free_bytes;
  int in_slabs;
} heaplet_size_class;

/* There are never more classes than this. */
#define HEAPLET_MAX_SIZE_CLASSES 96

/* Fills `out` with the classes that have blocks, those in slabs first, each in order of size.
 * Returns how many there are; `capacity` may be smaller. */
size_t heaplet_malloc_size_classes(heaplet_size_class* out, size_t capacity);

enum { HEAPLET_INFO_TEXT = 0, HEAPLET_INFO_JSON = 1 };

/* Both as text for people or as JSON, ended by a zero byte. Returns the length without it; where
 * that is not less than `capacity`, the text was cut off. */
size_t heaplet_malloc_info(int format, char* out, size_t capacity);

/* Names what is allocated until the matching heaplet_tag_leave(). `name` must stay where it is;
 * equal names may have different addresses. Returns the tag to leave to. */
const char* heaplet_tag_enter(const char* name);
void heaplet_tag_leave(const char* outer);

#ifdef __cplusplus
}
#endif

#endif /* HEAPLET_SIGHT_H_ */
