// SPDX-License-Identifier: MIT
//
// A value that writes down when it ends, and counts how many of its kind are alive.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace heaplet_test {

class Probe {
 public:
  using Log = std::vector<std::string>;

  Probe(Log& log, std::string name) : log_(&log), name_(std::move(name)) { ++alive; }
  Probe(Probe&& other) noexcept : log_(std::exchange(other.log_, nullptr)), name_(other.name_) {
    ++alive;
  }
  Probe& operator=(Probe&& other) noexcept {
    log_ = std::exchange(other.log_, nullptr);
    name_ = other.name_;
    return *this;
  }
  ~Probe() {
    --alive;
    if (log_ != nullptr) log_->push_back(name_);
  }

  [[nodiscard]] const std::string& name() const { return name_; }

  static inline int alive = 0;

 private:
  Log* log_;
  std::string name_;
};

}  // namespace heaplet_test
