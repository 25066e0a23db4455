// SPDX-License-Identifier: MIT
//
// The profiler's side in the program: strong definitions of malloc's family, in front of whatever
// allocator is linked. What they do beside calling it is drawn in control.hpp.
//
// Compiled with -fno-builtin and without LTO, as malloc itself, and for the same reasons.
#include <emscripten/stack.h>
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "control.hpp"
#include "glue.hpp"
#include "heaplet/heap.hpp"
#include "heaplet/sight.h"

extern "C" {
void* emscripten_builtin_malloc(size_t bytes);
void emscripten_builtin_free(void* address);
void* emscripten_builtin_calloc(size_t count, size_t size);
void* emscripten_builtin_realloc(void* address, size_t bytes);
void* emscripten_builtin_memalign(size_t alignment, size_t bytes);

int __real_emscripten_resize_heap(size_t bytes);
void heaplet_on_growth(void);

__attribute__((weak)) void heaplet_malloc_walk(void (*visit)(void* context, const heaplet::Block&),
                                               void* context);
__attribute__((weak)) void* aligned_realloc(void* address, size_t alignment, size_t bytes);
// What calls malloc on behalf of its own caller, which is the one to be named.
__attribute__((weak)) void* _Znwm(size_t);
__attribute__((weak)) void* _Znam(size_t);
__attribute__((weak)) void* _ZnwmRKSt9nothrow_t(size_t, const void*);
__attribute__((weak)) void* _ZnamRKSt9nothrow_t(size_t, const void*);
__attribute__((weak)) void* _ZnwmSt11align_val_t(size_t, size_t);
__attribute__((weak)) void* _ZnamSt11align_val_t(size_t, size_t);
__attribute__((weak)) void* _ZnwmSt11align_val_tRKSt9nothrow_t(size_t, size_t, const void*);
__attribute__((weak)) void* _ZnamSt11align_val_tRKSt9nothrow_t(size_t, size_t, const void*);
__attribute__((weak)) char* strdup(const char*);
__attribute__((weak)) char* strndup(const char*, size_t);

extern heaplet::detail::Control heaplet_profiler_control;
}

namespace {

using namespace heaplet::detail;

static_assert(sizeof(void*) == 4, "the control structure is laid out for wasm32");

Event ring[kRingEvents];
uint8_t filter[kFilterBytes];
uint32_t seen[kSeenContexts];
char text[kTextBytes];

template <class Function>
AnyFunction any(Function* function) {
  return reinterpret_cast<AnyFunction>(function);
}

void walk_blocks();

Control& control = heaplet_profiler_control;

// What post-link code left for this allocation; an allocator's own calls leave something too.
uint32_t take_context() {
  const uint32_t context = (control.mode & kContexts) != 0 ? control.chain : control.context;
  control.context = 0;
  control.chain = 0;
  return context;
}

uint32_t word(const void* address) {
  return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(address));
}

void set_allowance(uint32_t bytes) {
  control.allocated_bytes += control.armed - control.allowance;
  control.allowance = control.armed = bytes;
}

void append(uint32_t head, uint32_t bytes, const void* block, uint32_t context) {
  control.ring[control.ring_count++] = {head, bytes, word(block), context};
  // A realloc is two events, and the tag one more.
  if (control.ring_count + 3 > control.ring_capacity) heaplet_sight_drain();
}

void append_free(const void* block) {
  append(kFree, 0, block, control.allocation_count + control.free_count);
}

const char* logged_tag = nullptr;

// Whether this context was met before; remembers it. A full table says no, and JavaScript knows.
bool is_known(uint32_t context) {
  for (uint32_t i = 0; i < 16; ++i) {
    uint32_t& slot = seen[(context * 0x9E3779B1U + i) % kSeenContexts];
    if (slot == context) return true;
    if (slot == 0) {
      slot = context;
      return false;
    }
  }
  return false;
}

void log_allocation(uint32_t head, size_t bytes, const void* block, const void* old,
                    uint32_t context) {
  if (context == 0) {
    context = static_cast<uint32_t>(heaplet_sight_stack());
    head |= kHasStack;
  } else if ((control.mode & kContexts) != 0 && !is_known(context)) {
    heaplet_sight_context(context);
  }
  if (control.tag != logged_tag) {
    logged_tag = control.tag;
    append(kTag, word(control.tag), nullptr, 0);
  }
  if (old != nullptr) append(kOldBlock, 0, old, 0);
  append(head, bytes, block, context);
}

bool is_watched(const void* address) { return filter[filter_index(word(address))] != 0; }

// The rare half of an allocation: first of all, switched off, sampled or logged.
[[gnu::noinline, gnu::cold]] void notice(EventKind kind, uint32_t log2_alignment, size_t bytes,
                                         const void* block, const void* old, uint32_t context) {
  if (control.inside != 0 || block == nullptr) return;
  if (control.opened == 0) {
    control.opened = 1;
    control.allowance = control.armed = UINT32_MAX;
    heaplet_sight_open(&control);
    // It was taken when nobody had said yet that the chain is wanted.
    if ((control.mode & kContexts) != 0) context = 0;
    if (bytes < control.allowance) {
      control.allowance -= bytes;
      return;
    }
  }
  control.allocated_bytes += control.armed - control.allowance;
  control.allocated_bytes += bytes;
  control.allowance = control.armed;
  if ((control.mode & kLog) != 0) {
    log_allocation(kind | log2_alignment << 4, bytes, block, old, context);
  } else {
    if (old != nullptr && is_watched(old)) append_free(old);
    if ((control.mode & kSample) != 0) {
      heaplet_sight_sample(context, bytes, const_cast<void*>(block));
    } else {
      set_allowance(UINT32_MAX);
    }
  }
}

// After every allocation. Written out in malloc below, where it must not cost a call.
[[gnu::always_inline]] inline void count(EventKind kind, uint32_t log2_alignment, size_t bytes,
                                         const void* block, const void* old, uint32_t context) {
  ++control.allocation_count;
  if (bytes >= control.allowance) [[unlikely]] {
    notice(kind, log2_alignment, bytes, block, old, context);
  } else {
    control.allowance -= bytes;
    if (old != nullptr && is_watched(old) && control.inside == 0) append_free(old);
  }
}

// Calls of the family that an allocator makes while it serves another one do not count.
class Inside {
 public:
  Inside(size_t bytes, size_t alignment) {
    control.request_bytes = bytes;
    control.request_alignment = alignment;
    ++control.inside;
  }
  ~Inside() {
    --control.inside;
    control.request_bytes = 0;
    control.request_alignment = 0;
    control.allowance = allowance_;
    control.allocation_count = allocation_count_;
    control.free_count = free_count_;
    take_context();
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  uint32_t allowance_ = control.allowance;
  uint32_t allocation_count_ = control.allocation_count;
  uint32_t free_count_ = control.free_count;
};

void* aligned(size_t alignment, size_t bytes) {
  const uint32_t context = take_context();
  void* address;
  {
    const Inside inside(bytes, alignment);
    address = emscripten_builtin_memalign(alignment, bytes);
  }
  if (address == nullptr || control.inside != 0) return address;
  count(kAligned, static_cast<uint32_t>(__builtin_ctzl(alignment)), bytes, address, nullptr,
        context);
  return address;
}

bool is_power_of_two(size_t value) { return value != 0 && (value & (value - 1)) == 0; }

// Hands all blocks of the heap to JavaScript by way of the ring, which must be drained before.
void walk_blocks() {
  if (heaplet_malloc_walk == nullptr) return;
  const auto visit = [](void*, const heaplet::Block& block) {
    const uint32_t state = static_cast<uint32_t>(block.state) | (block.in_slab ? 16U : 0U);
    control.ring[control.ring_count++] = {state, static_cast<uint32_t>(block.bytes),
                                          word(block.address), 0};
    if (control.ring_count == control.ring_capacity) heaplet_sight_blocks();
  };
  heaplet_malloc_walk(visit, nullptr);
  heaplet_sight_blocks();
}

// Where the unused part of the stack begins and ends: whatever looks like a pointer there is not
// one.
void stack_limits(uintptr_t* limits) {
  limits[0] = emscripten_stack_get_end();
  limits[1] = emscripten_stack_get_current();
}

}  // namespace

extern "C" {

Control heaplet_profiler_control = {
    .magic = {'h', 'e', 'a', 'p', 'l', 'e', 't', '.', 's', 'i', 'g', 'h', 't', '.', 'v', '1'},
    .ring = ring,
    .ring_capacity = kRingEvents,
    .filter = filter,
    .filter_bytes = kFilterBytes,
    .seen = seen,
    .seen_count = kSeenContexts,
    .text = text,
    .text_bytes = kTextBytes,
    .info = heaplet_malloc_info,
    .sum = heaplet_malloc_sum,
    .walk = walk_blocks,
    .stack = stack_limits,
    .allocator_count = 20,
    .allocators = {any(malloc), any(calloc), any(realloc), any(reallocarray), any(memalign),
                   any(aligned_alloc), any(posix_memalign), any(aligned_realloc), any(_Znwm),
                   any(_Znam), any(_ZnwmRKSt9nothrow_t), any(_ZnamRKSt9nothrow_t),
                   any(_ZnwmSt11align_val_t), any(_ZnamSt11align_val_t),
                   any(_ZnwmSt11align_val_tRKSt9nothrow_t), any(_ZnamSt11align_val_tRKSt9nothrow_t),
                   any(strdup), any(strndup)},
};

void* malloc(size_t bytes) {
  control.request_bytes = bytes;
  void* const address = emscripten_builtin_malloc(bytes);
  control.request_bytes = 0;
  ++control.allocation_count;
  if (bytes >= control.allowance) [[unlikely]] {
    const uint32_t context = take_context();
    notice(kMalloc, 0, bytes, address, nullptr, context);
    return address;
  }
  control.allowance -= bytes;
  return address;
}

void free(void* address) {
  if (address == nullptr) return;
  ++control.free_count;
  if (is_watched(address)) [[unlikely]] {
    if (control.inside == 0) append_free(address);
  }
  emscripten_builtin_free(address);
}

void* calloc(size_t number, size_t size) {
  const uint32_t context = take_context();
  void* address;
  {
    const Inside inside(number * size, 0);
    address = emscripten_builtin_calloc(number, size);
  }
  if (address != nullptr && control.inside == 0) {
    count(kCalloc, 0, number * size, address, nullptr, context);
  }
  return address;
}

void* realloc(void* old, size_t bytes) {
  const uint32_t context = take_context();
  void* address;
  {
    const Inside inside(bytes, 0);
    address = emscripten_builtin_realloc(old, bytes);
  }
  if (control.inside != 0) return address;
  if (address != nullptr) {
    if (old != nullptr) ++control.free_count;
    count(old == nullptr ? kReallocNew : kRealloc, 0, bytes, address, old, context);
  } else if (old != nullptr && bytes == 0) {
    // Some allocators free here.
    ++control.free_count;
    if (is_watched(old)) append_free(old);
  }
  return address;
}

void* reallocarray(void* old, size_t number, size_t size) {
  size_t bytes = 0;
  if (__builtin_mul_overflow(number, size, &bytes)) {
    errno = ENOMEM;
    return nullptr;
  }
  return realloc(old, bytes);
}

void* memalign(size_t alignment, size_t bytes) {
  if (!is_power_of_two(alignment)) {
    errno = EINVAL;
    return nullptr;
  }
  return aligned(alignment, bytes);
}

void* aligned_alloc(size_t alignment, size_t bytes) { return memalign(alignment, bytes); }

int posix_memalign(void** out, size_t alignment, size_t bytes) {
  if (alignment < sizeof(void*) || !is_power_of_two(alignment)) return EINVAL;
  const int before = errno;
  void* const address = aligned(alignment, bytes);
  if (address == nullptr) {
    errno = before;
    return ENOMEM;
  }
  *out = address;
  return 0;
}

int __wrap_emscripten_resize_heap(size_t bytes) {
  const size_t before = __builtin_wasm_memory_size(0) * size_t{65536};
  const int grew = __real_emscripten_resize_heap(bytes);
  const size_t after = __builtin_wasm_memory_size(0) * size_t{65536};
  // heaplet's own malloc counts its growths itself.
  if (heaplet_malloc_walk == nullptr && grew != 0) heaplet_on_growth();
  if (control.opened == 0) {
    control.opened = 1;
    control.allowance = control.armed = UINT32_MAX;
    heaplet_sight_open(&control);
  }
  heaplet_sight_growth(before, after, control.request_bytes, control.request_alignment);
  return grew;
}

const char* heaplet_tag_enter(const char* name) {
  const char* const outer = control.tag;
  control.tag = name;
  return outer;
}

void heaplet_tag_leave(const char* outer) { control.tag = outer; }

}  // extern "C"
