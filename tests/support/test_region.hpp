// SPDX-License-Identifier: MIT
//
// A region source for tests: its memory is dirty, and it can leave gaps between its regions, as if
// somebody else had taken memory there. The gaps hold a pattern that nobody may change.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "heaplet/region.hpp"

namespace heaplet_test {

struct RegionOptions {
  std::size_t bytes = std::size_t{1} << 20;
  std::size_t step_bytes = 4096;  // the least that one growth gives
  std::size_t gap_bytes = 0;      // left out before every growth but the first
  std::size_t hole_bytes = 0;     // left out before the second: the heap spans much with little
  std::size_t offset = 0;         // of the first region from a multiple of 64 KiB
};

class TestRegion {
 public:
  explicit TestRegion(RegionOptions options = {})
      : options_(options), memory_(allocate(options.bytes)), next_(options.offset) {
    std::memset(memory_.get(), kDirt, options_.bytes);
  }
  TestRegion(const TestRegion&) = delete;
  TestRegion& operator=(const TestRegion&) = delete;

  [[nodiscard]] heaplet::RegionSource source() { return {this, &TestRegion::grow}; }

  [[nodiscard]] const std::vector<heaplet::Region>& regions() const { return regions_; }
  [[nodiscard]] std::size_t given_bytes() const {
    std::size_t sum = 0;
    for (const heaplet::Region& region : regions_) sum += region.bytes;
    return sum;
  }

  /// Whether nobody wrote outside of the regions.
  [[nodiscard]] bool rest_is_untouched() const {
    const unsigned char* at = memory_.get();
    const unsigned char* const end = at + options_.bytes;
    const auto clean = [](const unsigned char* from, const unsigned char* to) {
      return from == to ||
             (*from == kDirt &&
              std::memcmp(from, from + 1, static_cast<std::size_t>(to - from) - 1) == 0);
    };
    for (const heaplet::Region& region : regions_) {
      const auto* const begin = static_cast<const unsigned char*>(region.begin);
      if (!clean(at, begin)) return false;
      at = begin + region.bytes;
    }
    return clean(at, end);
  }

  [[nodiscard]] bool contains(const void* address) const {
    const auto* const byte = static_cast<const unsigned char*>(address);
    return std::any_of(regions_.begin(), regions_.end(), [&](const heaplet::Region& region) {
      const auto* const begin = static_cast<const unsigned char*>(region.begin);
      return byte >= begin && byte < begin + region.bytes;
    });
  }

 private:
  static constexpr unsigned char kDirt = 0xA5;
  static constexpr std::align_val_t kAlignment{65536};

  struct Release {
    void operator()(unsigned char* memory) const { ::operator delete(memory, kAlignment); }
  };
  using Memory = std::unique_ptr<unsigned char, Release>;

  static Memory allocate(std::size_t bytes) {
    return Memory(static_cast<unsigned char*>(::operator new(bytes, kAlignment)));
  }

  static heaplet::Region grow(void* context, std::size_t min_bytes) {
    auto& self = *static_cast<TestRegion*>(context);
    std::size_t begin = self.next_;
    if (!self.regions_.empty()) begin += self.options_.gap_bytes;
    if (self.regions_.size() == 1) begin += self.options_.hole_bytes;
    if (begin > self.options_.bytes || min_bytes > self.options_.bytes - begin) return {};
    const std::size_t bytes =
        std::min(std::max(min_bytes, self.options_.step_bytes), self.options_.bytes - begin);
    self.next_ = begin + bytes;
    self.regions_.push_back({self.memory_.get() + begin, bytes});
    return self.regions_.back();
  }

  RegionOptions options_;
  Memory memory_;
  std::size_t next_;
  std::vector<heaplet::Region> regions_;
};

}  // namespace heaplet_test
