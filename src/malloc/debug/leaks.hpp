// SPDX-License-Identifier: MIT
//
// Leaks: the live blocks that nothing leads to, as LeakSanitizer finds them.
//
// Every aligned word of static memory and of the stack that holds an address inside a live block
// reaches it; so does every word of a block that is reached. Words that are no pointers may hide a
// leak; a pointer that is kept in another form (tagged, or in a table of JavaScript's) is not seen.
#pragma once

#include <emscripten/stack.h>

#include "debug_heap.hpp"

extern "C" {
extern unsigned char __global_base;
extern unsigned char __heap_base;
}

namespace heaplet::detail {
namespace {

template <class Core>
class LeakFinder {
 public:
  explicit LeakFinder(DebugHeap<Core>& heap) : heap_(heap) {}

  ~LeakFinder() { heap_.core().deallocate(blocks_); }
  LeakFinder(const LeakFinder&) = delete;
  LeakFinder& operator=(const LeakFinder&) = delete;

  // Returns the number of blocks that leak, after a report if there are any.
  std::size_t run(bool at_exit) {
    const Reentry guard(heap_.lock());
    if (!list_live_blocks()) return 0;
    scan_roots();
    drain(Reach::Reached);
    // What only a leaked block leads to is named after it. A ring of blocks names one of them.
    std::size_t count = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      if (blocks_[i]->reach != Reach::Unknown) continue;
      blocks_[i]->reach = Reach::Pending;
      pending_ = blocks_[i];
      drain(Reach::Indirect);
      blocks_[i]->reach = Reach::Unknown;
    }
    for (std::size_t i = 0; i < count_; ++i) count += blocks_[i]->reach != Reach::Reached;
    if (count != 0) report(count, at_exit);
    return count;
  }

 private:
  bool list_live_blocks() {
    blocks_ = static_cast<Record**>(
        heap_.core().allocate((heap_.records().count() + 1) * sizeof(Record*)));
    if (blocks_ == nullptr) return false;
    heap_.records().each([&](Record* record) {
      record->reach = Reach::Unknown;
      if (record->state == BlockState::Live) blocks_[count_++] = record;
    });
    sort();
    return true;
  }

  // Heapsort: the standard library's sort would be a kilobyte, and qsort is not the program's.
  void sort() {
    for (std::size_t i = count_ / 2; i-- != 0;) sift(i, count_);
    for (std::size_t end = count_; end > 1;) {
      Record* const last = blocks_[--end];
      blocks_[end] = blocks_[0];
      blocks_[0] = last;
      sift(0, end);
    }
  }
  void sift(std::size_t at, std::size_t end) {
    Record* const record = blocks_[at];
    for (std::size_t child = 2 * at + 1; child < end; child = 2 * at + 1) {
      if (child + 1 < end && blocks_[child]->address < blocks_[child + 1]->address) ++child;
      if (blocks_[child]->address <= record->address) break;
      blocks_[at] = blocks_[child];
      at = child;
    }
    blocks_[at] = record;
  }

  void scan_roots() {
    const Address begin = reinterpret_cast<Address>(&__global_base);
    const Address end = reinterpret_cast<Address>(&__heap_base);
    const Address stack_low = emscripten_stack_get_end();
    const Address stack_top = emscripten_stack_get_current();
    const Address heap = reinterpret_cast<Address>(&heap_);
    for (Address at = begin; at < end; at += kWordBytes) {
      if (at >= stack_low && at < stack_top) at = stack_top;  // frames that have ended
      if (at >= heap && at < heap + sizeof heap_) at = heap + sizeof heap_;  // our own pointers
      at = align_up(at, kWordBytes);
      if (at < end) visit(word_at(at));
    }
    // The stack may lie below static memory.
    for (Address at = stack_top; at < begin && at < emscripten_stack_get_base(); at += kWordBytes)
      visit(word_at(at));
  }

  void visit(Address value) {
    std::size_t low = 0;
    for (std::size_t high = count_; low < high;) {
      const std::size_t middle = low + (high - low) / 2;
      if (blocks_[middle]->address <= value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low == 0) return;
    Record* const record = blocks_[low - 1];
    if (record->reach != Reach::Unknown || !record->holds(value)) return;
    record->reach = Reach::Pending;
    record->next_listed = pending_;
    pending_ = record;
  }

  void drain(Reach reach) {
    while (Record* const record = pending_) {
      pending_ = record->next_listed;
      record->next_listed = nullptr;
      record->reach = reach;
      heap_.lock().tick();
      const Address begin = align_up(record->address, kWordBytes);
      for (Address at = begin; at + kWordBytes <= record->end(); at += kWordBytes)
        visit(word_at(at));
    }
  }

  // Blocks from one place are reported as one.
  void report(std::size_t count, bool at_exit) {
    Report report("detected memory leaks", 0);
    report.text("\n");
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      const Reach reach = blocks_[i]->reach;
      if (reach == Reach::Reached) continue;
      std::size_t same_bytes = 0;
      std::size_t same_count = 0;
      const Stack* const stack = blocks_[i]->allocated;
      for (std::size_t j = i; j < count_; ++j) {
        if (blocks_[j]->reach != reach || blocks_[j]->allocated != stack) continue;
        same_bytes += blocks_[j]->bytes;
        ++same_count;
        blocks_[j]->reach = Reach::Reached;
      }
      bytes += same_bytes;
      report.text(reach == Reach::Indirect ? "\nIndirect" : "\nDirect").text(" leak of ");
      report.number(same_bytes).text(" byte(s) in ").number(same_count);
      report.text(" object(s) allocated from:").stack("", stack);
    }
    report.text("\n\n").number(bytes).text(" byte(s) leaked in ").number(count);
    report.text(" allocation(s).\n");
    at_exit ? report.send_at_exit() : report.send();
  }

  DebugHeap<Core>& heap_;
  Record** blocks_ = nullptr;
  std::size_t count_ = 0;
  Record* pending_ = nullptr;
};

}  // namespace
}  // namespace heaplet::detail
