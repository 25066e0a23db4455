// SPDX-License-Identifier: MIT
//
// Calls of malloc's family on the host, with what must come of each: for the fuzzer and for the
// tests that refuse growth. What is wrong first stays in problem().
#pragma once

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "support/host_malloc.hpp"
#include "support/ops.hpp"

namespace heaplet_test {

class MallocScript {
 public:
  struct Block {
    unsigned char* address = nullptr;
    std::size_t bytes = 0;  // that may be used, all of `value`
    unsigned char value = 0;
  };

  explicit MallocScript(std::size_t pages) { heaplet_host::reset(pages); }

  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] std::size_t null_count() const { return null_count_; }
  [[nodiscard]] const std::array<Block, Op::kSlotCount>& blocks() const { return blocks_; }
  /// What others took from the break.
  [[nodiscard]] const std::vector<Block>& breaks() const { return breaks_; }

  /// The kinds of Op, on all of the family: `variant` chooses the function.
  void apply(const Op& op, std::uint8_t variant) {
    Block& block = blocks_.at(op.slot);
    if (op.kind == Op::Kind::Trim) {
      variant % 2 == 0 ? take_break(op.bytes % 100000) : static_cast<void>(host_malloc_trim(0));
    } else if (block.address == nullptr) {
      allocate(block, op, variant);
    } else if (op.kind == Op::Kind::Reallocate) {
      reallocate(block, op, variant);
    } else {
      check_contents(block);
      host_free(block.address);
      block = {};
    }
  }

  bool audit() {
    if (const heaplet::HeapFault fault = heaplet_host::validate()) fail(fault.invariant);
    return contents_are_whole();
  }

  bool contents_are_whole() {
    for (const Block& block : blocks_) check_contents(block);
    for (const Block& run : breaks_) check_contents(run);
    return problem_.empty();
  }

  /// Takes what is in a slot for lost.
  void forget(std::size_t slot) { blocks_.at(slot) = {}; }

  void free_all() {
    for (Block& block : blocks_) {
      host_free(block.address);
      block = {};
    }
  }

 private:
  static constexpr std::size_t kAlignment = 2 * sizeof(void*);

  void fail(const std::string& what) {
    if (problem_.empty()) problem_ = what;
  }

  void check_contents(const Block& block) {
    for (std::size_t i = 0; i < block.bytes; ++i) {
      if (block.address[i] != block.value) return fail("a live block's contents changed");
    }
  }

  void check_null(int wanted) {
    ++null_count_;
    if (errno != wanted) fail("errno is " + std::to_string(errno));
  }

  void adopt(Block& block, void* address, std::size_t bytes, std::size_t alignment) {
    block.address = static_cast<unsigned char*>(address);
    block.bytes = host_malloc_usable_size(address);
    block.value = ++value_;
    if (block.bytes < bytes) fail("fewer bytes than asked for");
    if (!heaplet_host::contains(address, block.bytes)) fail("outside of memory");
    if (reinterpret_cast<std::uintptr_t>(address) % std::max(alignment, kAlignment) != 0) {
      fail("not aligned");
    }
    if (problem_.empty() && block.bytes != 0) std::memset(address, block.value, block.bytes);
  }

  void allocate(Block& block, const Op& op, std::uint8_t variant) {
    const std::size_t factor = variant / 8U % 4U + 1;
    const bool overflows = op.bytes > SIZE_MAX / factor;
    std::size_t bytes = op.bytes;
    std::size_t alignment = kAlignment;
    void* address = nullptr;
    errno = 0;
    switch (variant % 8) {
      default:
        address = host_malloc(bytes);
        break;
      case 1:
        address = host_calloc(factor, op.bytes);
        bytes = overflows ? SIZE_MAX : factor * op.bytes;
        for (std::size_t i = 0; address != nullptr && i < bytes; ++i) {
          if (static_cast<unsigned char*>(address)[i] != 0) fail("calloc: not zero");
        }
        break;
      case 2:
        address = host_reallocarray(nullptr, factor, op.bytes);
        bytes = overflows ? SIZE_MAX : factor * op.bytes;
        break;
      case 3:
        alignment = op.alignment + (variant >= 0xf0 ? 3 : 0);
        address = host_aligned_alloc(alignment, bytes);
        break;
      case 4: {
        alignment = op.alignment;
        void* const before = this;
        address = before;
        const int error = host_posix_memalign(&address, alignment, bytes);
        if (error == 0) break;
        if (address != before) fail("posix_memalign changed what it may not");
        if (error != (alignment < sizeof(void*) ? EINVAL : ENOMEM)) fail("posix_memalign's error");
        ++null_count_;
        return;
      }
      case 5:
        address = host_realloc(nullptr, bytes);
        break;
    }
    if (address != nullptr) return adopt(block, address, bytes, alignment);
    check_null((alignment & (alignment - 1)) != 0 ? EINVAL : ENOMEM);
  }

  void reallocate(Block& block, const Op& op, std::uint8_t variant) {
    check_contents(block);
    const Block before = block;
    errno = 0;
    const std::size_t alignment = variant % 4 == 0 ? op.alignment : kAlignment;
    void* const moved = variant % 4 == 0
                            ? host_aligned_realloc(block.address, op.alignment, op.bytes)
                        : variant % 4 == 1 ? host_reallocarray(block.address, 1, op.bytes)
                                           : host_realloc(block.address, op.bytes);
    if (moved == nullptr) {
      check_null(ENOMEM);
      return;
    }
    check_contents(
        {static_cast<unsigned char*>(moved), std::min(before.bytes, op.bytes), before.value});
    adopt(block, moved, op.bytes, alignment);
  }

  // Memory that somebody else takes from the break, for good.
  void take_break(std::size_t bytes) {
    errno = 0;
    void* const taken = host_sbrk(static_cast<std::intptr_t>(bytes));
    if (reinterpret_cast<std::intptr_t>(taken) == -1) return check_null(ENOMEM);
    breaks_.push_back({static_cast<unsigned char*>(taken), bytes, ++value_});
    if (bytes != 0) std::memset(taken, value_, bytes);
  }

  std::array<Block, Op::kSlotCount> blocks_;
  std::vector<Block> breaks_;
  unsigned char value_ = 0;
  std::size_t null_count_ = 0;
  std::string problem_;
};

}  // namespace heaplet_test
