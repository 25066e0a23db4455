/* SPDX-License-Identifier: MIT
 *
 * What a program may ask of heaplet::malloc_debug, the malloc that finds misuse of memory. Nothing
 * here is needed: linking the library is enough, and then every fault is printed and ends the
 * program.
 */
#ifndef HEAPLET_MALLOC_DEBUG_H
#define HEAPLET_MALLOC_DEBUG_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One fault. Valid during the call of the hook. */
typedef struct heaplet_debug_report {
  /** "double-free", "bad-free", "alloc-dealloc-mismatch", "new-delete-type-mismatch",
   *  "heap-buffer-overflow", "heap-buffer-underflow", "heap-use-after-free", "heap-corruption" or
   *  "detected memory leaks". */
  const char* kind;
  /** The address passed to the call that failed, or the first byte that is wrong. */
  const void* address;
  /** The whole message, several lines of it, with the stacks. */
  const char* text;
} heaplet_debug_report;

/** May allocate and free. When it returns, the faulty call is left undone and the program goes on.
 */
typedef void (*heaplet_debug_hook)(const heaplet_debug_report* report, void* context);

/** Null, as at the start, prints every report through Module.printErr and aborts; after leaks the
 *  program exits with code 23. */
void heaplet_debug_set_hook(heaplet_debug_hook hook, void* context);

/** Checks every live block, every freed one that is still kept, and the heap. Returns the number of
 *  faults, each of which was reported. */
size_t heaplet_debug_check(void);

/** Reports the live blocks that no pointer in static memory, on the stack or in another reachable
 *  block leads to. Returns their number. Runs by itself when the program exits (-sEXIT_RUNTIME). */
size_t heaplet_debug_report_leaks(void);

/** heaplet_debug_check() runs every `operations` calls; 0 is never. At the start 10,000. */
void heaplet_debug_set_check_interval(size_t operations);

/** How much freed memory is kept from reuse, at the start 4 MiB. */
void heaplet_debug_set_quarantine_bytes(size_t bytes);

/** Frames of a stack; 0 takes none, which makes allocation several times faster. At the start 16.
 */
void heaplet_debug_set_stack_depth(unsigned frames);

#ifdef __cplusplus
}
#endif

#endif
