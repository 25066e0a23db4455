// SPDX-License-Identifier: MIT
//
// Heap: general-purpose allocation from a RegionSource, as an ordinary object.
#pragma once

#include <cstddef>
#include <cstdint>

#include "heaplet/region.hpp"

namespace heaplet {

/// What the heap knows about one run of bytes. The blocks of a heap, in order of address, cover
/// every byte it was given.
struct Block {
  enum class State : std::uint8_t {
    Live,      ///< handed out
    Free,      ///< ready to be handed out
    Metadata,  ///< the heap's own
    Fresh,     ///< the top: used last; above the high-water mark it was never handed out
  };
  const void* address;  ///< what allocate() returned; for the other states, the first byte
  std::size_t bytes;    ///< usable bytes; a tag of one word may lie between two blocks
  State state;
  bool in_slab;  ///< one of many objects of one size that share a slab, without a tag of its own
};

/// Sums over a heap at one moment. Sizes are in bytes.
struct HeapStats {
  std::size_t live_blocks;
  std::size_t live_bytes;  ///< usable bytes handed out
  std::size_t free_blocks;
  std::size_t free_bytes;          ///< below the top, ready to be handed out
  std::size_t largest_free_bytes;  ///< the largest of them, or the top
  std::size_t reserved_bytes;      ///< taken from the region source
  std::size_t high_water_bytes;    ///< from the heap's first byte to the highest it ever handed out
  std::size_t growth_count;        ///< regions taken
};

/// The first broken invariant, by the number it has in src/heap.
struct HeapFault {
  const char* invariant = nullptr;  ///< null when the heap is sound
  const void* address = nullptr;
  explicit operator bool() const noexcept { return invariant != nullptr; }
};

/// A heap. Not safe for use from several threads at once.
///
/// The heap never gives memory back to its source and does not own it: destroying a Heap frees
/// nothing and runs nothing. Addresses are aligned to two words (8 bytes on wasm32, 16 on 64-bit
/// hosts). Exhaustion returns null and changes nothing. Handing an address to deallocate(),
/// reallocate() or usable_size() that is not live in this heap is undefined.
class Heap {
 public:
  explicit Heap(RegionSource source) noexcept;
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  /// At least `bytes` usable bytes, uninitialised; null when memory is out. `bytes == 0` gives a
  /// unique address.
  [[nodiscard]] void* allocate(std::size_t bytes) noexcept;

  /// As allocate(), at a multiple of `alignment`, which is a power of two.
  [[nodiscard]] void* allocate_aligned(std::size_t bytes, std::size_t alignment) noexcept;

  /// As allocate(), with all `bytes` zero.
  [[nodiscard]] void* allocate_zeroed(std::size_t bytes) noexcept;

  /// Gives `address` back. Null does nothing.
  void deallocate(void* address) noexcept;

  /// Resizes, in place where it can; the first min(old, new) bytes keep their values. Null when
  /// memory is out, and then `address` is still live. `address == nullptr` allocates. An
  /// over-aligned block that has to move keeps only the ordinary alignment.
  [[nodiscard]] void* reallocate(void* address, std::size_t bytes) noexcept;

  /// Bytes that may be used at `address`: at least what was asked for.
  [[nodiscard]] std::size_t usable_size(const void* address) const noexcept;

  /// Calls `visit(context, block)` for every block in order of address. `visit` must not change
  /// this heap.
  void walk(void (*visit)(void* context, const Block& block), void* context) const;

  /// Checks every invariant; O(blocks).
  [[nodiscard]] HeapFault validate() const noexcept;

  /// O(blocks): the fast paths count nothing.
  [[nodiscard]] HeapStats stats() const noexcept;

  /// Joins the blocks kept for the next request of their size with the free memory around them.
  /// Whether there were any.
  bool trim() noexcept;

 private:
  static constexpr std::size_t kStateWords = 176;
  alignas(std::uint64_t) std::size_t state_[kStateWords];
};

}  // namespace heaplet
