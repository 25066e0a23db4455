// SPDX-License-Identifier: MIT
#include "heaplet/panic.hpp"

#include <csetjmp>
#include <string>

#include "gtest/gtest.h"

namespace {

std::jmp_buf g_escape;
std::string g_reason;  // NOLINT: a hook has no context
const void* g_address;

void escape(const char* reason, const void* address) {
  g_reason = reason;
  g_address = address;
  std::longjmp(g_escape, 1);
}

TEST(Panic, PrintsOneLineAndTraps) {
  EXPECT_DEATH(heaplet::panic("the reason"), "^heaplet: the reason\n");
}

TEST(Panic, PrintsTheAddressWhenThereIsOne) {
  EXPECT_DEATH(heaplet::panic("the reason", reinterpret_cast<const void*>(0xabc0)),
               "heaplet: the reason at 0x0*abc0\n");
}

TEST(Panic, HandsReasonAndAddressToTheHook) {
  const int here = 0;
  const heaplet::PanicHook before = heaplet::set_panic_hook(escape);
  EXPECT_EQ(before, nullptr);
  if (setjmp(g_escape) == 0) heaplet::panic("broken", &here);
  EXPECT_EQ(g_reason, "broken");
  EXPECT_EQ(g_address, &here);
  EXPECT_EQ(heaplet::set_panic_hook(nullptr), &escape);
}

TEST(Panic, TrapsWhenTheHookReturns) {
  EXPECT_DEATH(
      {
        heaplet::set_panic_hook([](const char*, const void*) {});
        heaplet::panic("ignored");
      },
      "^$");
}

}  // namespace
