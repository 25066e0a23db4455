// SPDX-License-Identifier: MIT
//
// Hardening: what a build with HEAPLET_HARDENED checks, so that misuse ends the program before it
// can do more harm. Every other build compiles to what it would be without this file.
//
// Sealed words. Tags, sizes below free blocks and the links of free objects and quick lists are
// kept as `key ^ address ^ (value, turned by a byte)`. The key is drawn at random when the heap
// takes its first memory. What a program writes there by accident, or without knowing the key,
// comes out as a random word. The byte that is written first by what overflows from below, and
// often alone, is the value's highest, which is that of no size in a heap of less than 16 MiB, and
// of no place in a slab:
//
//   a tag               must say "in use", and a size that the heap has room for
//   a link              must lead into its slab, or to a block whose tag says that it is listed
//   a slab's count      (less the key) must be below 2^20
//
// So a word that is no tag passes for one once in 2^25 times where the block is small, and in
// wasm32 once in 2^(32 - bits of the heap's size) times a few where it is large.
//
// States. A tag has four, by two bits: free, in use, listed (in a quick list), foreign. The tag of
// a block that is joined with a neighbour is set to 0, that of a freed object in a slab is marked
// by its second word. A free of either is told as what it is, a double free.
//
// Links that lead both ways (bins, lists of slabs) are not sealed: an element leaves its list only
// if both neighbours point to it. (glibc's and Linux's "safe unlinking".)
//
// Costs no memory. What it costs in time and code is in docs/RELIABILITY.md.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#ifndef HEAPLET_HARDENED
#define HEAPLET_HARDENED 0
#endif

extern "C" {
// The program's, or malloc's own: see heaplet/malloc_hardened.h.
void heaplet_hardened_fault(const char* kind, const void* address, std::size_t bytes);
// POSIX's; declared here because its header brings the host's malloc along.
int getentropy(void* buffer, std::size_t bytes);
}

namespace heaplet::detail {
namespace {

inline constexpr bool kHardened = HEAPLET_HARDENED != 0;

inline constexpr const char* kDoubleFree = "double-free";
inline constexpr const char* kBadFree = "bad-free";
inline constexpr const char* kMisalignedFree = "misaligned-free";
inline constexpr const char* kForeignFree = "foreign-free";
inline constexpr const char* kCorruption = "heap-corruption";

// `bytes`: of the block or object at fault, where they are known.
[[noreturn, gnu::noinline, gnu::cold]] inline void fault(const char* kind, std::uintptr_t address,
                                                         std::size_t bytes = 0) {
  heaplet_hardened_fault(kind, reinterpret_cast<const void*>(address), bytes);
  __builtin_trap();
}

[[maybe_unused]] constinit std::size_t seal_key = 0;

// Before the first word is sealed; a second heap has the first one's key. Without a source of
// random numbers the key is as good as this variable's place in memory.
inline void draw_seal_key() {
  if (seal_key != 0) return;
  std::size_t key = 0;
  if (getentropy(&key, sizeof key) != 0) key = reinterpret_cast<std::uintptr_t>(&seal_key);
  seal_key = key;
}

inline std::size_t seal_of(std::uintptr_t address) { return seal_key ^ address; }
inline std::size_t turned(std::size_t value) { return std::rotl(value, 8); }

// Whether a number in 1 .. most, below 2^12, is a multiple of a divisor up to 2^8, without a
// division. The product is at most the number where it is, and 2^24 at the least where it is not.
constexpr std::uint32_t inverse_of(std::uint32_t divisor) {
  return static_cast<std::uint32_t>((std::uint64_t{1} << 32U) / divisor + 1);
}
inline bool is_multiple(std::uint32_t number, std::uint32_t inverse, std::uint32_t most) {
  return number * inverse - 1 < most;
}

// Compiled for size, a seal is a call; compiled for speed, three instructions.
#ifdef __OPTIMIZE_SIZE__
#define HEAPLET_SEAL [[gnu::noinline]]
#else
#define HEAPLET_SEAL [[gnu::always_inline]]
#endif

// A word of the heap that only who knows the key can write. T: a pointer or a number of one word.
template <class T>
class [[gnu::may_alias]] Sealed {
 public:
  Sealed() = default;
  Sealed(const Sealed&) = delete;  // a seal holds at one address
  ~Sealed() = default;

  // NOLINTNEXTLINE(google-explicit-constructor): stands where a plain word stands.
  operator T() const {
    if constexpr (std::is_pointer_v<T>) {
      return reinterpret_cast<T>(read());
    } else {
      return static_cast<T>(read());
    }
  }
  Sealed& operator=(T value) {
    if constexpr (std::is_pointer_v<T>) {
      write(reinterpret_cast<std::uintptr_t>(value));
    } else {
      write(value);
    }
    return *this;
  }
  Sealed& operator=(const Sealed&) = delete;
  Sealed& operator|=(T bits) {
    const std::size_t seal = seal_of(reinterpret_cast<std::uintptr_t>(this));
    word_ = ((word_ ^ seal) | turned(bits)) ^ seal;
    return *this;
  }
  Sealed& operator&=(T bits) {
    const std::size_t seal = seal_of(reinterpret_cast<std::uintptr_t>(this));
    word_ = ((word_ ^ seal) & turned(bits)) ^ seal;
    return *this;
  }
  Sealed& operator^=(T bits) {
    word_ ^= turned(bits);
    return *this;
  }

 private:
  HEAPLET_SEAL std::size_t read() const {
    return std::rotr(word_ ^ seal_of(reinterpret_cast<std::uintptr_t>(this)), 8);
  }
  HEAPLET_SEAL void write(std::size_t value) {
    word_ = turned(value) ^ seal_of(reinterpret_cast<std::uintptr_t>(this));
  }

  std::size_t word_;
};

}  // namespace
}  // namespace heaplet::detail
