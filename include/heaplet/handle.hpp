// SPDX-License-Identifier: MIT
//
// Handle: a name for an object that knows when the object is gone.
//
// A handle is an index into a table and the generation of the slot there. The slot's generation is
// odd while an object lives in it and goes up by one at each birth and each death; a handle is live
// as long as the two generations agree. A slot whose generation has reached the last one is never
// used again (it is retired), so a stale handle stays stale for ever.
//
// Widths. Generations have 30 bits, so that JavaScript engines keep them in small integers (31 bits
// with compressed pointers); indices have 23, so that both together are an integer that a double
// holds exactly. One slot serves 2^29 objects: at 20 ns a life it retires after 10 s of doing
// nothing else, and costs its 40 bytes then.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heaplet {

/// Bits of a slot's generation.
inline constexpr unsigned kGenerationBits = 30;
/// The generation of a slot's last object. A slot that had it is retired.
inline constexpr std::uint32_t kLastGeneration = (1U << kGenerationBits) - 1;
/// Bits of a slot's index.
inline constexpr unsigned kIndexBits = 23;
/// Indices are below this.
inline constexpr std::uint32_t kIndexLimit = 1U << kIndexBits;

/// Whether a slot of this generation holds an object.
[[nodiscard]] constexpr bool is_live_generation(std::uint32_t generation) noexcept {
  return (generation & 1U) != 0;
}

/// A name for an object in a HandleTable or a Slab. A plain value: copying it owns nothing.
struct Handle {
  std::uint32_t index = 0;       ///< 0 in the null handle and in no other
  std::uint32_t generation = 0;  ///< odd in every handle to an object

  /// Whether this is not the null handle. Says nothing about the object.
  [[nodiscard]] constexpr explicit operator bool() const noexcept { return index != 0; }

  friend constexpr bool operator==(Handle, Handle) noexcept = default;

  /// Both numbers in one below 2^53, which a JavaScript number holds exactly; 0 for null.
  [[nodiscard]] constexpr std::uint64_t packed() const noexcept {
    return std::uint64_t{index} << kGenerationBits | generation;
  }

  /// The inverse of packed().
  [[nodiscard]] static constexpr Handle from_packed(std::uint64_t packed) noexcept {
    return {static_cast<std::uint32_t>(packed >> kGenerationBits),
            static_cast<std::uint32_t>(packed) & kLastGeneration};
  }
};

}  // namespace heaplet
