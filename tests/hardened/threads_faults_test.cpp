// SPDX-License-Identifier: MIT
//
// The faults that malloc_hardened finds in the chunks of threads, on the host.
#include <cstring>
#include <thread>

#include "hardened/expect.hpp"
#include "support/host_malloc.hpp"

namespace {

using heaplet_test::barrier;
using heaplet_test::expect_fault;
using heaplet_test::fault_of;

constexpr std::size_t kSmall = 48;
constexpr std::size_t kLarge = 5000;

class MallocHardenedThreads : public testing::Test {
 protected:
  MallocHardenedThreads() { heaplet_host::reset(heaplet_host::kMostPages); }
};

TEST_F(MallocHardenedThreads, TellsADoubleFree) {
  void* const block = host_malloc(kSmall);
  void* const other = host_malloc(kSmall);
  host_free(block);
  host_free(other);
  const auto fault = fault_of([&] { host_free(block); });
  expect_fault(fault, "double-free", block);
  EXPECT_EQ(fault.bytes, kSmall);
  expect_fault(fault_of([&] { host_realloc(block, 100); }), "double-free", block);
  expect_fault(fault_of([&] { host_malloc_usable_size(block); }), "double-free", block);
}

TEST_F(MallocHardenedThreads, TellsADoubleFreeAfterTheFreeOfAnotherThread) {
  void* const block = host_malloc(kSmall);
  std::thread([&] { host_free(block); }).join();
  expect_fault(fault_of([&] { host_free(block); }), "double-free", block);
}

TEST_F(MallocHardenedThreads, TellsADoubleFreeOfALargeBlock) {
  void* const block = host_malloc(kLarge);
  host_malloc(kLarge);
  host_free(block);
  expect_fault(fault_of([&] { host_free(block); }), "double-free", block);
}

TEST_F(MallocHardenedThreads, TellsAnAddressThatIsNoObject) {
  auto* const block = static_cast<unsigned char*>(host_malloc(kSmall));
  expect_fault(fault_of([&] { host_free(block + 4); }), "misaligned-free", block + 4);
  for (const std::size_t off : {16U, 32U}) {
    expect_fault(fault_of([&] { host_free(block + off); }), "bad-free", block + off);
  }
  auto* const chunk = reinterpret_cast<unsigned char*>(reinterpret_cast<std::uintptr_t>(block) &
                                                       ~std::uintptr_t{16383});
  for (const std::size_t off : {0U, 16U, 16384U - 16U}) {
    EXPECT_STREQ(fault_of([&] { host_free(chunk + off); }).kind, "bad-free");
  }
  alignas(16) static unsigned char bytes[64];
  EXPECT_STRNE(fault_of([&] { host_free(bytes + 32); }).kind, "none");
}

TEST_F(MallocHardenedThreads, TellsAWriteToTheLinkOfAFreedObject) {
  void* const second = host_malloc(kSmall);
  void* const block = host_malloc(kSmall);
  host_free(second);
  host_free(block);
  std::memset(block, 0x41, 8);
  barrier();
  EXPECT_EQ(host_malloc(kSmall), block);
  EXPECT_STREQ(fault_of([&] { host_malloc(kSmall); }).kind, "heap-corruption");
}

}  // namespace
