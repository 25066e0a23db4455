// SPDX-License-Identifier: MIT
//
// src/malloc/malloc.cpp on the host machine, over a model of linear memory: for sanitizers, fuzzers
// and coverage, none of which WebAssembly has. cmake/host_malloc.cmake puts host_ before its names.
#pragma once

#include <cstddef>
#include <cstdint>

#include "heaplet/heap.hpp"

extern "C" {
void* host_malloc(std::size_t bytes);
void host_free(void* address);
void* host_calloc(std::size_t count, std::size_t size);
void* host_realloc(void* address, std::size_t bytes);
void* host_reallocarray(void* address, std::size_t count, std::size_t size);
void* host_memalign(std::size_t alignment, std::size_t bytes);
void* host_aligned_alloc(std::size_t alignment, std::size_t bytes);
void* host_aligned_realloc(void* address, std::size_t alignment, std::size_t bytes);
int host_posix_memalign(void** out, std::size_t alignment, std::size_t bytes);
std::size_t host_malloc_usable_size(void* address);
int host_malloc_trim(std::size_t);
void* host_sbrk(std::intptr_t increment);
int host_brk(void* address);
}

namespace heaplet_host {

inline constexpr std::size_t kPageBytes = 65536;
inline constexpr std::size_t kMostPages = 512;

/// Linear memory of zero bytes with room for `pages`, and an empty heap that will start at it.
void reset(std::size_t pages);
/// Refuses `count` growths of linear memory after the next `granted` ones.
void refuse_after(std::size_t granted, std::size_t count);
/// Growths asked for since reset().
std::size_t growth_count();
/// Where linear memory begins.
std::uintptr_t memory_base();
/// Whether linear memory has all of these bytes.
bool contains(const void* address, std::size_t bytes);
heaplet::HeapFault validate();
heaplet::HeapStats stats();

/// What a word is that the heap keeps in the memory it manages.
enum class Role : std::uint8_t {
  LiveTag,  // of a slab, too
  FreeTag,
  FreeNext,
  FreeBack,
  FreeSize,
  ListedTag,
  ListedLink,
  SlabNext,
  SlabBack,
  SlabFree,
  SlabUsed,
  ObjectLink,
  ObjectMark,  // hardened builds alone
  TopTag,
  ForeignTag,
};
/// Calls visit(role, word) for every such word in order of address, but for the map of the slabs
/// and what is in chunks of threads. The heap must be sound.
void visit_words(void (*visit)(void* context, Role role, std::size_t* word), void* context);

}  // namespace heaplet_host
