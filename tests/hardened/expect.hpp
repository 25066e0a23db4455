// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "gtest/gtest.h"
#include "hardened/faults.hpp"

namespace heaplet_test {

inline void expect_fault(const Fault& fault, const std::string& kind, const void* address) {
  EXPECT_EQ(fault.kind, kind);
  EXPECT_EQ(fault.address, address);
}

}  // namespace heaplet_test
