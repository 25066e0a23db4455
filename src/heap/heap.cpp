// SPDX-License-Identifier: MIT
#include "heaplet/heap.hpp"

#include <new>

#include "validate.hpp"

namespace heaplet {
namespace {

// A RegionSource as the core wants it, and what it has given so far.
struct CountedSource {
  static constexpr bool kContinues = false;
  static constexpr bool kZeroed = false;

  RegionSource source;
  std::size_t growth_count = 0;
  std::size_t reserved_bytes = 0;
  detail::Address end = 0;

  detail::Range grow(std::size_t bytes) {
    std::size_t gap_bytes = 0;  // of the slabs' map, which spans the gap below a region as well
    for (;;) {
      const Region region = source.grow(source.context, bytes + gap_bytes);
      const auto begin = reinterpret_cast<detail::Address>(region.begin);
      // A region below the last one breaks the source's contract; it is left unused.
      if (begin == 0 || begin < end || region.bytes < bytes + gap_bytes) return {0, 0};
      ++growth_count;
      reserved_bytes += region.bytes;
      const std::size_t gap = end == 0 ? 0 : (begin - end) >> detail::kSlabShift;
      // What the core asks for leaves room for a granule of the map.
      if (gap > detail::kGranuleBytes && region.bytes - bytes < gap) {
        // Lost: the next one has to be larger.
        gap_bytes = gap + detail::kGranuleBytes + (region.bytes >> detail::kSlabShift);
        continue;
      }
      // Blocks end at a granule. A region that continues the last brings the bytes cut off there.
      const detail::Address used_end = end & ~(detail::kGranuleBytes - 1);
      const detail::Address used_begin = begin == end ? used_end : begin;
      end = begin + region.bytes;
      return {used_begin, end};
    }
  }
  detail::Address next() const { return end; }
  static void on_exhaustion() {}
};

using State = detail::Core<CountedSource>;

template <class Words>
auto& core(Words& words) {
  if constexpr (std::is_const_v<Words>) {
    return *std::launder(reinterpret_cast<const State*>(&words));
  } else {
    return *std::launder(reinterpret_cast<State*>(&words));
  }
}

}  // namespace

// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): the core is built in state_ below.
Heap::Heap(RegionSource source) noexcept {
  static_assert(sizeof(State) <= sizeof(state_) && alignof(State) <= alignof(std::uint64_t));
  ::new (static_cast<void*>(state_)) State(CountedSource{source});
}

void* Heap::allocate(std::size_t bytes) noexcept { return core(state_).allocate(bytes); }

void* Heap::allocate_aligned(std::size_t bytes, std::size_t alignment) noexcept {
  return alignment <= detail::kGranuleBytes ? allocate(bytes)
                                            : core(state_).allocate_block(bytes, alignment);
}

void* Heap::allocate_zeroed(std::size_t bytes) noexcept {
  void* const address = allocate(bytes);
  if (address != nullptr) __builtin_memset(address, 0, bytes);
  return address;
}

void Heap::deallocate(void* address) noexcept { core(state_).deallocate(address); }

void* Heap::reallocate(void* address, std::size_t bytes) noexcept {
  if (address == nullptr) return allocate(bytes);
  if (core(state_).resize(address, bytes)) return address;
  void* const moved = allocate(bytes);
  if (moved == nullptr) return nullptr;
  const std::size_t usable = usable_size(address);
  __builtin_memcpy(moved, address, usable < bytes ? usable : bytes);
  deallocate(address);
  return moved;
}

std::size_t Heap::usable_size(const void* address) const noexcept {
  return core(state_).usable_size(address);
}

void Heap::walk(void (*visit)(void* context, const Block& block), void* context) const {
  detail::walk(core(state_), [&](const Block& block) { visit(context, block); });
}

HeapFault Heap::validate() const noexcept { return detail::Validator<State>(core(state_)).run(); }

HeapStats Heap::stats() const noexcept {
  HeapStats stats = detail::stats_of(core(state_));
  stats.reserved_bytes = core(state_).source().reserved_bytes;
  stats.growth_count = core(state_).source().growth_count;
  return stats;
}

bool Heap::trim() noexcept { return core(state_).trim(); }

}  // namespace heaplet
