// SPDX-License-Identifier: MIT
//
// Validate: every invariant of bins.hpp (B), blocks.hpp (K) and slabs.hpp (S), checked by its
// number. Tests and fuzzers run it after every step.
#pragma once

#include "inspect.hpp"

namespace heaplet::detail {
namespace {

template <class Heap>
class Validator {
 public:
  explicit Validator(const Heap& heap)
      : blocks_(heap.blocks()), quick_(heap.quick()), slabs_(heap.slabs()) {}

  HeapFault run() {
    if (blocks_.end() == 0) return {};
    if (HeapFault fault = check_blocks()) return fault;
    if (HeapFault fault = check_bins()) return fault;
    if (!Heap::kCaches) return {};
    if (HeapFault fault = check_quick_lists()) return fault;
    return check_lists();
  }

 private:
  static HeapFault fault(const char* invariant, Address address) {
    return {invariant, reinterpret_cast<const void*>(address)};
  }

  HeapFault check_blocks() {
    bool below_in_use = true;
    Address block = blocks_.first();
    for (; block != blocks_.top(); block += size_of(block)) {
      const std::size_t size = size_of(block);
      if (size < kMinBlockBytes && !is_foreign(block)) return fault("K1", block);
      if (size == 0 || size % kGranuleBytes != 0 || size > blocks_.top() - block) {
        return fault("K1", block);
      }
      if (previous_in_use(block) != below_in_use) return fault("K3", block);
      below_in_use = in_use(block);
      if (!below_in_use) {
        ++free_count_;
        if (!in_use(block + size) || block + size == blocks_.top()) return fault("K2", block);
        if (size_of_previous(block + size) != size) return fault("K4", block);
      } else if (Heap::kCaches && is_slab(slabs_, block)) {
        if (HeapFault bad = check_slab(block)) return bad;
      }
    }
    if (!below_in_use) return fault("K2", block);
    if (in_use(block) || !previous_in_use(block)) return fault("K3", block);
    return block + size_of(block) == blocks_.end() ? HeapFault{} : fault("K1", block);
  }

  HeapFault check_bins() {
    const Bins& bins = blocks_.bins();
    for (unsigned bin = 0; bin < Bins::kCount; ++bin) {
      const Links* const* back = bins.head_address(bin);
      for (const Links* links = *back; links != nullptr; links = links->next) {
        const Address block = block_of(links);
        if (!bins.marked(bin)) return fault("B2", block);
        if (in_use(block) || Bins::bin_of(size_of(block)) != bin) return fault("B1", block);
        if (links->back != back || free_count_-- == 0) return fault("B1", block);
        back = &links->next;
      }
    }
    return free_count_ == 0 ? HeapFault{} : fault("B1", 0);
  }

  HeapFault check_quick_lists() const {
    for (std::size_t list = 0; list < QuickLists::kCount; ++list) {
      std::size_t left = quick_.count(list);
      if (left != 0 && !quick_.marked(list)) return fault("Q2", 0);
      HeapFault found;
      quick_.any_in(list, [&](Address address, std::size_t count) {
        const Address block = block_of(address);
        if (!in_use(block) || size_of(block) != list * kGranuleBytes) found = fault("Q1", block);
        if (count != left--) found = fault("Q2", block);
        return static_cast<bool>(found);
      });
      if (found || left != 0) return found ? found : fault("Q2", 0);
    }
    return {};
  }

  HeapFault check_slab(Address block) {
    const Address payload = payload_of(block);
    const auto* const slab = reinterpret_cast<const Slab*>(payload);
    const std::size_t size_class = slabs_.class_at(payload);
    // A rest too small to be a block may have stayed with it.
    if (size_class > Slabs::kClassCount || size_of(block) - kSlabBytes >= kMinBlockBytes)
      return fault("S1", payload);
    const std::size_t capacity = Slabs::capacity(size_class);
    std::size_t free = 0;
    for (const FreeObject* object = slab->free; object != nullptr; object = object->next) {
      const std::size_t offset =
          reinterpret_cast<Address>(object) - Slabs::objects_begin(payload, size_class);
      if (offset % Slabs::object_bytes(size_class) != 0 ||
          offset / Slabs::object_bytes(size_class) >= capacity || ++free > capacity) {
        return fault("S2", reinterpret_cast<Address>(object));
      }
    }
    if (free + used_in(slab) != capacity) return fault("S2", payload);
    ++slab_count_;
    if (free != 0) ++partial_count_;
    return {};
  }

  HeapFault check_lists() {
    for (Address at = blocks_.first() & ~(kSlabBytes - 1); at < blocks_.end(); at += kSlabBytes) {
      if (slabs_.class_at(at) != 0 && slab_count_-- == 0) return fault("S1", at);
    }
    if (slab_count_ != 0) return fault("S1", 0);
    for (std::size_t size_class = 1; size_class <= Slabs::kClassCount; ++size_class) {
      const Slab* const head = slabs_.partial(size_class);
      for (const Slab* slab = head; slab != nullptr;
           slab = reinterpret_cast<const Slab*>(slab->links.next)) {
        const Address payload = reinterpret_cast<Address>(slab);
        if (slabs_.class_at(payload) != size_class || slab->free == nullptr)
          return fault("S3", payload);
        if (partial_count_-- == 0) return fault("S3", payload);
        if (used_in(slab) == 0) {
          return fault("S4", payload);
        }
      }
    }
    return partial_count_ == 0 ? HeapFault{} : fault("S3", 0);
  }

  const Blocks& blocks_;
  const QuickLists& quick_;
  const Slabs& slabs_;
  std::size_t free_count_ = 0;
  std::size_t slab_count_ = 0;
  std::size_t partial_count_ = 0;
};

}  // namespace
}  // namespace heaplet::detail
