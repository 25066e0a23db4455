// SPDX-License-Identifier: MIT
//
// Control: the one structure that profiler and JavaScript share. JavaScript (js/sight/control.js)
// finds it by the address that heaplet_sight_open() passes, js/sight/postlink.js by its magic bytes
// among the module's data, so that nothing has to be exported and names may be stripped.
//
//   allocation ─► allowance used up? ──no──► nothing more            (a load, a compare, a store)
//                   │ yes
//                   ├─ sampled ─► JavaScript captures a stack, and sets the next allowance
//                   └─ logged ──► ring of events ──full──► JavaScript
//   free ───────► filter[hash of the address] ──0──► nothing more
//                   └─ not 0 ─► ring
//
// Decisions: all accounting is JavaScript's, in its own memory. The program's heap holds the same
// blocks at the same addresses as without a profiler, and grows when it would have grown.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "heaplet/sight.h"

namespace heaplet::detail {
namespace {

// The first seven are a trace's; see docs/TRACES.md.
enum EventKind : uint32_t {
  kFree = 1,
  kMalloc,
  kCalloc,
  kRealloc,  // the block before it is named by a kOldBlock just ahead
  kAligned,
  kReallocNew,  // a realloc of null
  kTag,         // `bytes` is the address of the tag's name, 0 for none
  kOldBlock,
};

struct Event {
  uint32_t head;  // kind | log2(alignment) << 4 | kHasStack
  uint32_t bytes;
  uint32_t block;
  uint32_t context;  // a site or a calling context, or a stack; of a free, the operations before it
};
static_assert(sizeof(Event) == 16);

// The event's context is a stack that was captured for it.
inline constexpr uint32_t kHasStack = 1U << 31;

// What happens when the allowance is used up. Bits of Control::mode.
enum Mode : uint32_t {
  kSample = 1,    // JavaScript is called
  kLog = 2,       // an event is written, with what post-link code left; if nothing, with a stack
  kContexts = 4,  // the first sight of what it left captures a stack
};

inline constexpr uint32_t kFilterBytes = 8192;
inline constexpr uint32_t kRingEvents = 4096;
inline constexpr uint32_t kSeenContexts = 8192;
inline constexpr uint32_t kTextBytes = 8192;

constexpr uint32_t filter_index(uint32_t address) { return address * 0x9E3779B1U >> 19; }

using AnyFunction = void (*)();

struct Control {
  char magic[16] = {};
  double allocated_bytes = 0;  // up to the last time the allowance was set
  uint32_t allocation_count = 0;
  uint32_t free_count = 0;
  uint32_t allowance = 0;  // bytes until somebody wants to know
  uint32_t armed = 0;      // what it was set to
  uint32_t mode = 0;
  uint32_t context = 0;  // stored by post-link code before each call of an allocator
  uint32_t chain = 0;    // hash of the calls that led here, kept by post-link code
  const char* tag = nullptr;
  uint32_t request_bytes = 0;  // of the allocation under way
  uint32_t request_alignment = 0;
  uint32_t opened = 0;
  uint32_t inside = 0;  // an allocator may serve one function of the family by another
  Event* ring = nullptr;
  uint32_t ring_capacity = 0;
  uint32_t ring_count = 0;
  uint8_t* filter = nullptr;
  uint32_t filter_bytes = 0;
  uint32_t* seen = nullptr;
  uint32_t seen_count = 0;
  char* text = nullptr;
  uint32_t text_bytes = 0;
  // Indices of functions: what JavaScript calls ...
  size_t (*info)(int, char*, size_t) = nullptr;
  void (*sum)(heaplet_malloc_statistics*) = nullptr;
  void (*walk)() = nullptr;
  void (*stack)(uintptr_t* limits) = nullptr;
  // ... and what post-link code goes before. Null where a program does not have it.
  uint32_t allocator_count = 0;
  AnyFunction allocators[20] = {};
};

}  // namespace
}  // namespace heaplet::detail
