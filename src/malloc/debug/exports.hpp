// SPDX-License-Identifier: MIT
//
// What malloc_debug adds to malloc's family: heaplet/malloc_debug.h, the doors of operators.cpp,
// and what happens at the program's end. Part of malloc.cpp, which owns the heap.
#pragma once

extern "C" {

void* heaplet_debug_new(std::size_t bytes, std::size_t alignment, int is_array) {
  const auto by = is_array != 0 ? AllocatedBy::NewArray : AllocatedBy::New;
  return heap.allocate_by(by, bytes, alignment < kGranuleBytes ? kGranuleBytes : alignment);
}

void heaplet_debug_delete(void* address, std::size_t bytes, std::size_t alignment, int is_array) {
  const auto by = is_array != 0 ? AllocatedBy::NewArray : AllocatedBy::New;
  heap.deallocate_by(by, address, bytes, alignment);
}

void heaplet_debug_set_hook(heaplet_debug_hook hook, void* context) {
  Report::set_hook(hook, context);
}

std::size_t heaplet_debug_check(void) { return heap.check(); }

std::size_t heaplet_debug_report_leaks(void) { return LeakFinder(heap).run(false); }

void heaplet_debug_set_check_interval(std::size_t operations) {
  heap.set_check_interval(operations);
}

void heaplet_debug_set_quarantine_bytes(std::size_t bytes) { heap.set_quarantine_bytes(bytes); }

void heaplet_debug_set_stack_depth(unsigned frames) { heap.set_stack_depth(frames); }

}  // extern "C"

namespace {

// Registered before every static object's destructor, and so run after them.
[[gnu::destructor(101)]] void check_at_exit() {
  heap.check();
  LeakFinder(heap).run(true);
}

}  // namespace
