// SPDX-License-Identifier: MIT
//
// Regions: where a heap's memory comes from.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heaplet {

/// The unit in which WebAssembly grows its linear memory.
inline constexpr std::size_t kPageBytes = 65536;

/// A run of memory. `begin == nullptr` means none.
struct Region {
  void* begin = nullptr;
  std::size_t bytes = 0;
};

/// Supplies a heap with memory, one region after the other. Two words, passed by value.
///
/// `grow(context, min_bytes)` returns a region of at least `min_bytes` bytes that nobody else
/// writes to from then on, or a null region when there is none. Regions must come in ascending
/// order of address and lie close together (the heap may keep one byte for every 512 words between
/// its first and its last address). A region that begins where the last one ended simply extends
/// it. It is called rarely, so an indirect call costs nothing, and it must not call back into the
/// heap.
struct RegionSource {
  void* context;
  Region (*grow)(void* context, std::size_t min_bytes);
};

/// Hands out a buffer piece by piece, in order.
///
/// The buffer stays the caller's and must outlive every heap that draws on it. The FixedRegion must
/// not move while a source made from it is in use.
class FixedRegion {
 public:
  /// `step_bytes` is the least handed out at once, as long as that much is left.
  FixedRegion(void* buffer, std::size_t bytes, std::size_t step_bytes = kPageBytes) noexcept
      : next_(static_cast<unsigned char*>(buffer)), left_(bytes), step_bytes_(step_bytes) {}

  FixedRegion(const FixedRegion&) = delete;
  FixedRegion& operator=(const FixedRegion&) = delete;

  [[nodiscard]] RegionSource source() noexcept { return {this, &FixedRegion::grow}; }

  /// Bytes not handed out yet.
  [[nodiscard]] std::size_t left_bytes() const noexcept { return left_; }

 private:
  static Region grow(void* context, std::size_t min_bytes) noexcept {
    auto& self = *static_cast<FixedRegion*>(context);
    if (min_bytes > self.left_) return {};
    std::size_t bytes = min_bytes < self.step_bytes_ ? self.step_bytes_ : min_bytes;
    if (bytes > self.left_) bytes = self.left_;
    const Region region{self.next_, bytes};
    self.next_ += bytes;
    self.left_ -= bytes;
    return region;
  }

  unsigned char* next_;
  std::size_t left_;
  std::size_t step_bytes_;
};

}  // namespace heaplet
