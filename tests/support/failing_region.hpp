// SPDX-License-Identifier: MIT
//
// A region source before another one, which refuses the growths it is told to.
#pragma once

#include <cstddef>
#include <cstdint>

#include "heaplet/region.hpp"

namespace heaplet_test {

class FailingRegion {
 public:
  explicit FailingRegion(heaplet::RegionSource inner) : inner_(inner) {}
  FailingRegion(const FailingRegion&) = delete;
  FailingRegion& operator=(const FailingRegion&) = delete;

  [[nodiscard]] heaplet::RegionSource source() { return {this, &FailingRegion::grow}; }

  /// Refuses `count` growths after the next `granted` ones.
  void refuse_after(std::size_t granted, std::size_t count = SIZE_MAX) {
    granted_ = granted;
    refusals_left_ = count;
  }
  void refuse_nothing() { refusals_left_ = 0; }

  [[nodiscard]] std::size_t request_count() const { return request_count_; }
  [[nodiscard]] std::size_t refused_count() const { return refused_count_; }

 private:
  static heaplet::Region grow(void* context, std::size_t min_bytes) {
    auto& self = *static_cast<FailingRegion*>(context);
    ++self.request_count_;
    if (self.granted_ != 0) {
      --self.granted_;
    } else if (self.refusals_left_ != 0) {
      --self.refusals_left_;
      ++self.refused_count_;
      return {};
    }
    return self.inner_.grow(self.inner_.context, min_bytes);
  }

  heaplet::RegionSource inner_;
  std::size_t granted_ = 0;
  std::size_t refusals_left_ = 0;
  std::size_t request_count_ = 0;
  std::size_t refused_count_ = 0;
};

}  // namespace heaplet_test
