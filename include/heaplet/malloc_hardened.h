/* SPDX-License-Identifier: MIT
 *
 * What a program may say to heaplet::malloc_hardened, the malloc that ends a program which misuses
 * memory. Nothing here is needed: linking the library is enough.
 */
#ifndef HEAPLET_MALLOC_HARDENED_H
#define HEAPLET_MALLOC_HARDENED_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Called when malloc's family meets a fault, before any harm is done; the program traps when it
 * returns.
 *
 *  Define it to report a fault in your own way, or to leave by longjmp, by exit() or by an
 * exception of JavaScript's. It must not allocate or free. Where a program does not define it, the
 * library's own writes one line to stderr: `==heaplet==ERROR: double-free of 0x12a40 (48
 * bytes)`.
 *
 *  @param kind
 *    "double-free"      the block is free already
 *    "misaligned-free"  no block begins at such an address
 *    "foreign-free"     the address is outside of the heap: a static or local variable, another
 * heap "bad-free"         inside of the heap, but not where a live block begins; or its header was
 *                       overwritten
 *    "heap-corruption"  a header, a free block or a list of them was overwritten
 *    The first four may come from realloc and malloc_usable_size, too.
 *  @param address  what the program passed, or where the heap is broken
 *  @param bytes    of the block there; 0 where that is not known */
void heaplet_hardened_fault(const char* kind, const void* address, size_t bytes);

#ifdef __cplusplus
}
#endif

#endif
