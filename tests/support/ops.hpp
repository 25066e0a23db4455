// SPDX-License-Identifier: MIT
//
// The operations on a heap as data: what the model test draws at random, the fuzzer reads from its
// input, and a crash's file repeats.
//
//   An operation is five bytes:   kind   size   size   alignment   slot
//
// The first size byte is a power of two, the second says how far towards the next: small sizes are
// as likely as large ones.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace heaplet_test {

struct Op {
  enum class Kind : std::uint8_t {
    Allocate,
    AllocateAligned,
    AllocateZeroed,
    Deallocate,
    Reallocate,
    Trim,
  };
  Kind kind;
  std::size_t bytes;
  std::size_t alignment;  // of AllocateAligned alone
  std::size_t slot;       // below kSlotCount

  static constexpr std::size_t kSlotCount = 256;
  static constexpr std::size_t kEncodedBytes = 5;

  using Encoded = std::array<std::uint8_t, kEncodedBytes>;

  // An operation on a full slot frees it, and on an empty slot allocates, whatever its kind says
  // (ShadowHeap::apply): so the kinds need no balance.
  static constexpr Op decode(const Encoded& encoded) {
    constexpr std::array kinds{Kind::Allocate,   Kind::Allocate,        Kind::Allocate,
                               Kind::Allocate,   Kind::Reallocate,      Kind::Reallocate,
                               Kind::Reallocate, Kind::Deallocate,      Kind::Deallocate,
                               Kind::Deallocate, Kind::Deallocate,      Kind::Deallocate,
                               Kind::Deallocate, Kind::AllocateAligned, Kind::AllocateZeroed};
    const Kind kind = encoded[0] == 0xff ? Kind::Trim : kinds[encoded[0] % kinds.size()];
    return {kind, size_from(encoded[1], encoded[2]), std::size_t{1} << encoded[3] % 17, encoded[4]};
  }

  [[nodiscard]] std::string text() const {
    constexpr std::array names{"allocate",   "allocate_aligned", "allocate_zeroed",
                               "deallocate", "reallocate",       "trim"};
    return std::string(names[static_cast<std::size_t>(kind)]) + " slot " + std::to_string(slot) +
           " bytes " + std::to_string(bytes) + " alignment " + std::to_string(alignment);
  }

 private:
  // Up to 128 KiB, and now and then a size that no heap has.
  static constexpr std::size_t size_from(std::uint8_t exponent, std::uint8_t fraction) {
    if (exponent == 0xff) return SIZE_MAX - 255 + fraction;
    if (exponent == 0xfe) return SIZE_MAX >> fraction % 8;
    const std::size_t power = std::size_t{1} << exponent % 17;
    return power - 1 + power * fraction / 256;
  }
};

/// The operations that a run of bytes spells.
class OpReader {
 public:
  OpReader(const std::uint8_t* data, std::size_t bytes) : data_(data), left_bytes_(bytes) {}

  std::optional<Op> next() {
    if (left_bytes_ < Op::kEncodedBytes) return std::nullopt;
    Op::Encoded encoded;
    for (std::uint8_t& byte : encoded) byte = *data_++;
    left_bytes_ -= Op::kEncodedBytes;
    return Op::decode(encoded);
  }

 private:
  const std::uint8_t* data_;
  std::size_t left_bytes_;
};

}  // namespace heaplet_test
