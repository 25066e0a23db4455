// SPDX-License-Identifier: MIT
#include "host_malloc.hpp"

#include <new>

#include "heap/validate.hpp"
#include "malloc/malloc.cpp"

// A model of linear memory. Its addresses are the host's; WebAssembly's begin at 0.
alignas(
    65536) static unsigned char linear_memory[heaplet_host::kMostPages * heaplet_host::kPageBytes];
// Only its address is asked for, before reset() sets the break.
unsigned char __heap_base;
static std::size_t memory_bytes;
static std::size_t limit_bytes;
static std::size_t growths;
static std::size_t granted_growths;
static std::size_t refused_growths;

std::size_t heaplet_host_memory_base() { return reinterpret_cast<std::uintptr_t>(linear_memory); }

std::size_t heaplet_host_memory_pages() {
  return (reinterpret_cast<std::uintptr_t>(linear_memory) + memory_bytes) /
         heaplet_host::kPageBytes;
}

extern "C" int emscripten_resize_heap(size_t bytes) {
  ++growths;
  const std::size_t wanted = bytes - reinterpret_cast<std::uintptr_t>(linear_memory);
  if (wanted > limit_bytes) return 0;
  if (granted_growths != 0) {
    --granted_growths;
  } else if (refused_growths != 0) {
    --refused_growths;
    return 0;
  }
  memory_bytes = wanted;
  return 1;
}

namespace heaplet_host {

void reset(std::size_t pages) {
  __builtin_memset(linear_memory, 0, memory_bytes);
  memory_bytes = 0;
  limit_bytes = pages * kPageBytes;
  growths = granted_growths = refused_growths = 0;
  ::new (static_cast<void*>(&heap)) decltype(heap)(LinearMemory{});
  program_break = reinterpret_cast<Address>(linear_memory);
}

void refuse_after(std::size_t granted, std::size_t count) {
  granted_growths = granted;
  refused_growths = count;
}

std::size_t growth_count() { return growths; }
heaplet::HeapFault validate() {
#ifdef HEAPLET_THREADS
  return heap.validate();
#else
  return Validator<MallocCore>(heap).run();
#endif
}
heaplet::HeapStats stats() { return stats_of(heap); }

}  // namespace heaplet_host
