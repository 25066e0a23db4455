/* SPDX-License-Identifier: MIT
 *
 * The C ABI: what a heaplet module exports to JavaScript and to any other host.
 *
 * A module has one handle table. Hosts name an object by two numbers: the word address of its slot
 * (byte address / 4) and its generation. They check and count in the slot's words themselves; see
 * src/handle/block.hpp and heaplet_slot_words(). Functions that can be refused return a status,
 * 0 being success; the values are those of heaplet::Status. A refused call changes nothing.
 *
 * Call each from the thread that instantiated the module. */
#ifndef HEAPLET_HEAPLET_H_
#define HEAPLET_HEAPLET_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Version of everything below. Hosts refuse a module of another one. */
#define HEAPLET_ABI_VERSION 1

typedef uint32_t heaplet_status;
typedef uint32_t heaplet_type;
typedef uint32_t heaplet_slot; /* a word address; on wasm64 too, whose memories end at 16 GiB */

/* Addresses and sums of bytes as hosts get them. On wasm64 they are doubles, which hold each of
 * them exactly, and not integers of 64 bits, which JavaScript would get as BigInts. */
#if UINTPTR_MAX == 0xffffffff
typedef uintptr_t heaplet_address;
typedef uint32_t heaplet_size;
#else
typedef double heaplet_address;
typedef double heaplet_size;
#endif

uint32_t heaplet_abi_version(void);

/* Bytes of a pointer in the module's memory: 4 or 8. */
uint32_t heaplet_pointer_bytes(void);

/* Words from a slot's generation to its next field: strong, weak, borrow, type, bytes and, on
 * wasm32, object and link follow at that distance each. */
uint32_t heaplet_slot_words(void);

/* Makes a type known. `owned_offsets` lists where one element of `element_bytes` holds handles that
 * it owns, as index and generation, 4 bytes each; the list is copied. 0xffff when out of memory. */
heaplet_type heaplet_register_type(uint32_t element_bytes, uint32_t alignment,
                                   heaplet_address owned_offsets, uint32_t owned_count);

/* An object of `bytes` zero bytes with one owner; 0 when out of memory. */
heaplet_slot heaplet_create(heaplet_type type, uint32_t bytes);

/* The same for objects that are kept in their slots, whose lives hosts may want in fewer steps. The
 * word says what an object of that type and size is, 0 if it is not of this kind. Creating is
 * refused (0) when there is no free slot, releasing (0) when there is more to it: then call
 * heaplet_create() and heaplet_release(). */
uint32_t heaplet_small_word(heaplet_type type, uint32_t bytes);
heaplet_slot heaplet_create_small(uint32_t word, uint32_t bytes);
uint32_t heaplet_release_small(heaplet_slot slot, uint32_t generation);

/* Names memory of somebody else's with one owner; 0 when out of memory. It is told to the host by
 * heaplet_on_drop() when its last owner has gone, and never freed here. */
heaplet_slot heaplet_adopt(heaplet_type type, heaplet_address object, uint32_t bytes);

/* One owner less; the last one ends the object. */
heaplet_status heaplet_release(heaplet_slot slot, uint32_t generation);

/* Releases `count` pairs of slot and generation, last first. Returns how many were refused. */
uint32_t heaplet_release_all(heaplet_address pairs, uint32_t count);

/* Asks for heaplet_on_drop() when this object ends. */
heaplet_status heaplet_watch(heaplet_slot slot, uint32_t generation);

/* From the number in an owned handle to its slot, and back; 0 when there is no live object. */
heaplet_slot heaplet_slot_of(uint32_t index, uint32_t generation);
uint32_t heaplet_index_of(heaplet_slot slot);

/* The next slot after `slot` with a live object, 0 at the end; begins with slot 0. */
heaplet_slot heaplet_next_live(heaplet_slot slot);

/* Sums: the address of a heaplet_table_stats, whose numbers hold until the next call. */
typedef struct heaplet_table_stats {
  heaplet_size live_count;
  heaplet_size live_bytes;
  heaplet_size slot_count;
  heaplet_size retired_count;
  heaplet_size table_bytes;
} heaplet_table_stats;
heaplet_address heaplet_stats(void);

/* Memory that nobody owns: for `unsafe`. 0 when out of memory. */
heaplet_address heaplet_allocate(uint32_t bytes, uint32_t alignment);
void heaplet_deallocate(heaplet_address memory, uint32_t bytes, uint32_t alignment);

/* An arena as an object of the table; 0 when out of memory. The functions below take the object's
 * address. A mark is a token for heaplet_arena_rewind(); rewinding to it forgets later marks. */
heaplet_slot heaplet_arena_create(uint32_t chunk_bytes);
heaplet_address heaplet_arena_allocate(heaplet_address arena, uint32_t bytes, uint32_t alignment);
uint32_t heaplet_arena_mark(heaplet_address arena);
void heaplet_arena_rewind(heaplet_address arena, uint32_t mark);
void heaplet_arena_reset(heaplet_address arena);
heaplet_size heaplet_arena_used_bytes(heaplet_address arena);
heaplet_size heaplet_arena_capacity_bytes(heaplet_address arena);

/* Does nothing: what one call costs. */
uint32_t heaplet_nothing(uint32_t value);

/* Imported from the host as env.heaplet_on_drop: a watched or adopted object ends now. The slot's
 * generation is already past the object's. Must not throw. */
void heaplet_on_drop(heaplet_slot slot, uint32_t generation, heaplet_address object);

#ifdef __cplusplus
}
#endif

#endif /* HEAPLET_HEAPLET_H_ */
