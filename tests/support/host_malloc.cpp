// SPDX-License-Identifier: MIT
#include "host_malloc.hpp"

#include <atomic>
#include <new>

#include "heap/validate.hpp"
#include "malloc/malloc.cpp"

// A model of linear memory. Its addresses are the host's; WebAssembly's begin at 0.
alignas(
    65536) static unsigned char linear_memory[heaplet_host::kMostPages * heaplet_host::kPageBytes];
// Only its address is asked for, before reset() sets the break.
unsigned char __heap_base;
static std::atomic<std::size_t> memory_bytes;  // read by threads without the heap's lock
static std::size_t limit_bytes;
static std::atomic<std::size_t> growths;
static std::size_t granted_growths;
static std::size_t refused_growths;

std::size_t heaplet_host_memory_base() { return reinterpret_cast<std::uintptr_t>(linear_memory); }

std::size_t heaplet_host_memory_pages() {
  return (reinterpret_cast<std::uintptr_t>(linear_memory) + memory_bytes) /
         heaplet_host::kPageBytes;
}

extern "C" int emscripten_resize_heap(size_t bytes) {
  ++growths;
  using heaplet_host::kPageBytes;
  const std::size_t last = bytes - reinterpret_cast<std::uintptr_t>(linear_memory) - 1;
  const std::size_t wanted = (last / kPageBytes + 1) * kPageBytes;
  std::size_t have = memory_bytes;
  // As Emscripten's: memory that another thread has grown so far is not grown.
  if (wanted > limit_bytes || wanted <= have) return 0;
  if (granted_growths != 0) {
    --granted_growths;
  } else if (refused_growths != 0) {
    --refused_growths;
    return 0;
  }
  while (have < wanted && !memory_bytes.compare_exchange_weak(have, wanted)) {
  }
  return 1;
}

namespace heaplet_host {

void reset(std::size_t pages) {
  __builtin_memset(linear_memory, 0, memory_bytes.load());
  memory_bytes = 0;
  limit_bytes = pages * kPageBytes;
  growths = 0;
  granted_growths = refused_growths = 0;
#ifdef HEAPLET_THREADS
  latest_era = nullptr;
  current_cache = &no_cache;
#endif
  ::new (static_cast<void*>(&heap)) decltype(heap)(Memory{});
  program_break = reinterpret_cast<Address>(linear_memory);
}

void refuse_after(std::size_t granted, std::size_t count) {
  granted_growths = granted;
  refused_growths = count;
}

std::size_t growth_count() { return growths; }
std::uintptr_t memory_base() { return reinterpret_cast<Address>(linear_memory); }

bool contains(const void* address, std::size_t bytes) {
  const std::size_t begin = reinterpret_cast<Address>(address) - memory_base();
  return begin <= memory_bytes && bytes <= memory_bytes - begin;
}

heaplet::HeapFault validate() {
#ifdef HEAPLET_THREADS
  return heap.validate();
#else
  return Validator<MallocCore>(heap).run();
#endif
}
heaplet::HeapStats stats() { return stats_of(heap); }

#ifndef HEAPLET_THREADS
void visit_words(void (*visit)(void* context, Role role, std::size_t* word), void* context) {
  const auto say = [&](Role role, Address at) {
    visit(context, role, reinterpret_cast<std::size_t*>(at));
  };
  const auto visit_slab = [&](Address slab) {
    const auto* const header = reinterpret_cast<const Slab*>(slab);
    if (header->free != nullptr) {  // listed, then
      say(Role::SlabNext, slab);
      say(Role::SlabBack, slab + kWordBytes);
    }
    say(Role::SlabFree, slab + 2 * kWordBytes);
    say(Role::SlabUsed, slab + 3 * kWordBytes);
    const std::size_t size_class = heap.slabs().class_at(slab);
    const FreeObjects free(header, size_class);
    Address object = Slabs::objects_begin(slab, size_class);
    for (std::size_t i = 0; i < Slabs::capacity(size_class); ++i) {
      if (free.contains(i)) say(Role::ObjectLink, object);
      if (free.contains(i) && kHardened) say(Role::ObjectMark, object + kWordBytes);
      object += Slabs::object_bytes(size_class);
    }
  };
  const Blocks& blocks = heap.blocks();
  if (blocks.end() == 0) return;
  for (Address block = blocks.first(); block != blocks.top(); block += size_of(block)) {
    const Address payload = payload_of(block);
    if (is_foreign(block)) {
      say(Role::ForeignTag, block);
    } else if (!in_use(block)) {
      say(Role::FreeTag, block);
      say(Role::FreeNext, payload);
      say(Role::FreeBack, payload + kWordBytes);
      say(Role::FreeSize, block + size_of(block) - kWordBytes);
    } else if (is_listed(heap.quick(), block)) {
      say(Role::ListedTag, block);
      say(Role::ListedLink, payload);
    } else {
      say(Role::LiveTag, block);
      if (is_slab(heap.slabs(), block)) visit_slab(payload);
    }
  }
  say(Role::TopTag, blocks.top());
}
#endif

}  // namespace heaplet_host
