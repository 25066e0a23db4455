// SPDX-License-Identifier: MIT
//
// Every fault that malloc_hardened knows, provoked: in WebAssembly, and on the host, where malloc
// runs over a model of linear memory. Each test is a process of its own, since a broken heap stays
// broken.
#include <algorithm>
#include <cstring>

#include "hardened/misused.hpp"
#include "heaplet/heap.hpp"

using namespace heaplet_test;

namespace {

TEST_F(MallocHardened, LetsASoundProgramBe) {
  const Fault fault = fault_of([&] {
    for (void* const object : objects_) release(object);
    release(listed_);
    release(above_);
    release(large_);
    release(reallocate(top_, 2 * kLarge));
    for (std::size_t bytes = 0; bytes < 9000; bytes += 7) {
      void* const one = allocate(bytes);
      std::memset(one, 0xab, usable(one));
      void* const two = reallocate(allocate(bytes), bytes * 2);
      release(one);
      release(two);
    }
  });
  EXPECT_STREQ(fault.kind, "none");
}

TEST_F(MallocHardened, TellsADoubleFreeInASlab) {
  void* const other = objects_[kCount - 2];
  release(small_);
  const Fault first = fault_of([&] { release(small_); });
  expect_fault(first, "double-free", small_);
  EXPECT_EQ(first.bytes, kSmall);
  release(other);
  expect_fault(fault_of([&] { release(small_); }), "double-free", small_);
  expect_fault(fault_of([&] { release(other); }), "double-free", other);
}

TEST_F(MallocHardened, TellsADoubleFreeOfAListedBlock) {
  void* const second = allocate(kListed);
  release(listed_);
  release(second);
  const Fault fault = fault_of([&] { release(listed_); });
  expect_fault(fault, "double-free", listed_);
  EXPECT_GE(fault.bytes, kListed);
  expect_fault(fault_of([&] { release(second); }), "double-free", second);
}

TEST_F(MallocHardened, TellsADoubleFreeOfALargeBlock) {
  release(large_);
  const Fault fault = fault_of([&] { release(large_); });
  expect_fault(fault, "double-free", large_);
  EXPECT_GE(fault.bytes, kLarge);
}

TEST_F(MallocHardened, TellsADoubleFreeOfABlockThatWasJoinedWithTheOneBelow) {
  release(large_);
  release(above_);
  expect_fault(fault_of([&] { release(above_); }), "double-free", above_);
}

TEST_F(MallocHardened, TellsADoubleFreeOfABlockThatWasJoinedWithTheOneAbove) {
  release(above_);
  release(large_);
  expect_fault(fault_of([&] { release(above_); }), "double-free", above_);
}

TEST_F(MallocHardened, TellsADoubleFreeOfABlockThatWasJoinedWithTheTop) {
  // The last of several, whatever lies at the end of the heap before them.
  void* last = allocate(200000);
  for (int i = 0; i < 3; ++i) last = std::max(last, allocate(200000));
  release(last);
  EXPECT_STREQ(fault_of([&] { release(last); }).kind, "double-free");
}

TEST_F(MallocHardened, TellsAFreedBlockThatIsReallocatedOrMeasured) {
  release(small_);
  expect_fault(fault_of([&] { reallocate(small_, 100); }), "double-free", small_);
  expect_fault(fault_of([&] { usable(small_); }), "double-free", small_);
  release(large_);
  expect_fault(fault_of([&] { reallocate(large_, 100); }), "double-free", large_);
  expect_fault(fault_of([&] { usable(large_); }), "double-free", large_);
}

#ifndef HEAPLET_SAFE_HEAP  // where Emscripten ends the program at the tag that is read there
TEST_F(MallocHardened, TellsAnAddressThatIsNotAligned) {
  void* least = nullptr;
  for (int i = 0; i < 6; ++i) least = allocate(1);
  for (unsigned char* const block : {bytes_at(least), small_, listed_, large_}) {
    for (const std::size_t off : {std::size_t{1}, sizeof(void*)}) {
      unsigned char* const address = block + off;
      expect_fault(fault_of([&] { release(address); }), "misaligned-free", address);
      expect_fault(fault_of([&] { reallocate(address, 9); }), "misaligned-free", address);
    }
  }
}
#endif

alignas(16) unsigned char static_bytes[65536];

TEST_F(MallocHardened, TellsAnAddressOutsideOfTheHeap) {
  void* const address = static_bytes + 160;
  expect_fault(fault_of([&] { release(address); }), "foreign-free", address);
  expect_fault(fault_of([&] { usable(address); }), "foreign-free", address);
#ifdef __EMSCRIPTEN__
  alignas(16) unsigned char local[64] = {};
  expect_fault(fault_of([&] { release(local); }), "foreign-free", local);
#endif
}

#ifndef __EMSCRIPTEN__  // where there is no memory above the heap
TEST_F(MallocHardened, TellsAnAddressAboveTheHeap) {
  for (std::size_t off = 0; off < 65536; off += 16) {
    unsigned char* const address = top_ + 8 * 65536 + off;
    expect_fault(fault_of([&] { release(address); }), "foreign-free", address);
  }
}
#endif

TEST_F(MallocHardened, TellsABlockOfAnotherHeap) {
  heaplet::FixedRegion apart(static_bytes, sizeof static_bytes);
  heaplet::Heap outside(apart.source());
  void* const far = outside.allocate(100);
  expect_fault(fault_of([&] { release(far); }), "foreign-free", far);

  void* const room = allocate(300000);
  heaplet::FixedRegion region(room, 300000);
  heaplet::Heap inside(region.source());
  for (const std::size_t bytes : {kSmall, kSmall, kListed, kLarge}) {
    void* const block = inside.allocate(bytes);
    expect_fault(fault_of([&] { release(block); }), "bad-free", block);
  }
}

TEST_F(MallocHardened, TellsMemoryThatSbrkGave) {
  void* const memory = take_break(4096);
  ASSERT_NE(allocate(std::size_t{1} << 20U), nullptr);  // the heap goes on above it
  expect_fault(fault_of([&] { release(memory); }), "bad-free", memory);
  void* const middle = bytes_at(memory) + 160;
  expect_fault(fault_of([&] { release(middle); }), "bad-free", middle);
}

TEST_F(MallocHardened, TellsAnAddressInASlabThatIsNoObject) {
  constexpr std::size_t kGranule = 2 * sizeof(void*);
  for (std::size_t off = kGranule; off < kSmall; off += kGranule) {
    unsigned char* const address = small_ + off;
    expect_fault(fault_of([&] { release(address); }), "bad-free", address);
  }
  constexpr std::size_t kSlab = 512 * sizeof(void*);
  auto* const slab =
      reinterpret_cast<unsigned char*>(reinterpret_cast<std::uintptr_t>(small_) & ~(kSlab - 1));
  for (unsigned char* const address : {slab, slab + kGranule, slab + kSlab - kGranule}) {
    EXPECT_STREQ(fault_of([&] { release(address); }).kind, "bad-free");
  }
}

TEST_F(MallocHardened, TellsEveryAddressInASlabOfEachSizeThatIsNoObject) {
  constexpr std::size_t kGranule = 2 * sizeof(void*);
  constexpr std::size_t kSlab = 512 * sizeof(void*);
#ifdef HEAPLET_SAFE_HEAP
  constexpr std::size_t kStep = kGranule;
#else
  constexpr std::size_t kStep = 1;
#endif
  for (std::size_t bytes = kGranule; bytes <= 16 * kGranule; bytes += kGranule) {
    void* object = nullptr;
    for (int i = 0; i < 6; ++i) object = allocate(bytes);
    const std::uintptr_t slab = reinterpret_cast<std::uintptr_t>(object) & ~(kSlab - 1);
    const std::size_t count = (kSlab - kGranule - 4 * sizeof(void*)) / bytes;
    for (std::size_t off = 0; off < kSlab - sizeof(void*); off += kStep) {
      const std::size_t left = kSlab - kGranule - off;  // to the end of the objects
      if (left % bytes == 0 && left / bytes - 1 < count) continue;
      void* const address = reinterpret_cast<void*>(slab + off);
      const Fault fault = fault_of([&] { release(address); });
      ASSERT_STREQ(fault.kind, off % kGranule == 0 ? "bad-free" : "misaligned-free")
          << off << " of " << bytes;
    }
  }
}

TEST_F(MallocHardened, TellsTheMiddleOfABlock) {
  std::memset(listed_, 0, kListed);
  for (std::size_t i = 0; i < kLarge; ++i) large_[i] = static_cast<unsigned char>(i * 7);
  for (std::size_t off = 16; off < kListed; off += 16) {
    unsigned char* const address = listed_ + off;
    expect_fault(fault_of([&] { release(address); }), "bad-free", address);
  }
  for (std::size_t off = 16; off < kLarge; off += 16) {
    unsigned char* const address = large_ + off;
    expect_fault(fault_of([&] { release(address); }), "bad-free", address);
  }
}

TEST_F(MallocHardened, TellsAHeaderThatTheBlockBelowOverflowedInto) {
  for (unsigned char* const block : {listed_, large_}) {
    words_at(block)[-1] = 0x41414141;
    expect_fault(fault_of([&] { release(block); }), "bad-free", block);
  }
  bytes_at(above_)[-1] ^= 1U;  // one bit of the highest byte
  expect_fault(fault_of([&] { release(above_); }), "bad-free", above_);
}

// What runs one byte over, as a string's terminating 0 does, changes the lowest byte alone.
TEST_F(MallocHardened, TellsAHeaderOfWhichOneByteWasOverwritten) {
  for (unsigned char* const block : {listed_, large_}) {
    unsigned char& first = block[-static_cast<int>(sizeof(std::size_t))];
    const unsigned char before = first;
    for (unsigned change = 1; change < 256; ++change) {
      first = static_cast<unsigned char>(before ^ change);
      expect_fault(fault_of([&] { release(block); }), "bad-free", block);
    }
    first = before;
  }
}

TEST_F(MallocHardened, TellsAHeaderOfAFreeBlockThatIsAllocated) {
  release(large_);
  const std::size_t before = words_at(large_)[-1];
  for (std::size_t i = 1; i < 40; ++i) {
    words_at(large_)[-1] = before * (2 * i + 1);
    barrier();
    EXPECT_STREQ(fault_of([&] { allocate(kLarge); }).kind, "heap-corruption");
  }
}

// What runs over from the last block, before anything is above it.
TEST_F(MallocHardened, IsNotMisledByTheHeaderOfTheTop) {
  void* last = allocate(200000);
  for (int i = 0; i < 3; ++i) last = std::max(last, allocate(200000));
  const std::size_t bytes = usable(last);
  for (std::size_t value = 0; value < 40; ++value) {
    words_at(last)[bytes / sizeof(std::size_t)] = value * 0x41414141U;
    barrier();
    const Fault fault = fault_of([&] {
      last = reallocate(last, bytes + 20000);
      last = reallocate(last, bytes);
    });
    EXPECT_STREQ(fault.kind, "none");
    ASSERT_EQ(usable(last), bytes);
  }
  EXPECT_STREQ(fault_of([&] { release(last); }).kind, "none");
}

TEST_F(MallocHardened, TellsAWriteToTheLinkOfAFreedObjectBeforeItLeadsAnywhere) {
  release(objects_[kCount - 2]);
  release(small_);
  *words_at(small_) = reinterpret_cast<std::uintptr_t>(static_bytes);
  barrier();
  EXPECT_EQ(allocate(kSmall), small_);
  const Fault fault = fault_of([&] { allocate(kSmall); });
  EXPECT_STREQ(fault.kind, "heap-corruption");
}

TEST_F(MallocHardened, TellsThatAFreedObjectWasFilled) {
  release(objects_[kCount - 2]);
  release(small_);
  std::memset(small_, 0, kSmall);
  barrier();
  EXPECT_EQ(allocate(kSmall), small_);
  EXPECT_STREQ(fault_of([&] { allocate(kSmall); }).kind, "heap-corruption");
}

TEST_F(MallocHardened, TellsAWriteToTheLinkOfAListedBlock) {
  void* const second = allocate(kListed);
  release(second);
  release(listed_);
  *words_at(listed_) = reinterpret_cast<std::uintptr_t>(large_);
  barrier();
  EXPECT_EQ(allocate(kListed), listed_);
  EXPECT_STREQ(fault_of([&] { allocate(kListed); }).kind, "heap-corruption");
}

TEST_F(MallocHardened, TellsAWriteToTheHeaderOfAListedBlock) {
  release(listed_);
  words_at(listed_)[-1] += 16;
  barrier();
  expect_fault(fault_of([&] { allocate(kListed); }), "heap-corruption", listed_);
}

// What a free block keeps in its payload: links to the next and from the last, its size at the end.
TEST_F(MallocHardened, TellsAWriteToEitherLinkOfAFreeBlock) {
  release(large_);
  for (const std::size_t word : {0U, 1U}) {
    const std::size_t before = words_at(large_)[word];
    for (const std::size_t value : {reinterpret_cast<std::size_t>(static_bytes),
                                    reinterpret_cast<std::size_t>(top_), SIZE_MAX / 3}) {
      words_at(large_)[word] = value;
      barrier();
      EXPECT_STREQ(fault_of([&] { release(above_); }).kind, "heap-corruption") << word;
    }
    words_at(large_)[word] = before;
    barrier();
  }
  EXPECT_STREQ(fault_of([&] { release(above_); }).kind, "none");
}

TEST_F(MallocHardened, TellsAWriteToTheSizeOfAFreeBlock) {
  release(large_);
  std::size_t* const last = words_at(above_) - 2;  // below its tag
  const std::size_t size = *last;
  for (const std::size_t value : {size + 16, std::size_t{16}, SIZE_MAX / 3}) {
    *last = value;
    barrier();
    EXPECT_STREQ(fault_of([&] { release(above_); }).kind, "heap-corruption");
  }
}

TEST_F(MallocHardened, TellsAWriteToTheHeaderOfAFreeBlock) {
  release(large_);
  words_at(large_)[-1] = kLarge + 1;
  barrier();
  EXPECT_STREQ(fault_of([&] { release(above_); }).kind, "heap-corruption");
}

TEST_F(MallocHardened, TellsAFreeBlockThatWasWrittenToWhenItIsToBeUsed) {
  release(large_);
  std::memset(large_, 0x41, kLarge);
  barrier();
  EXPECT_STREQ(fault_of([&] {
                 for (int i = 0; i < 3; ++i) allocate(kLarge);
               }).kind,
               "heap-corruption");
}

TEST_F(MallocHardened, TellsAHeaderOfASlabThatWasOverwritten) {
  constexpr std::size_t kSlab = 512 * sizeof(void*);
  auto* const slab =
      reinterpret_cast<std::size_t*>(reinterpret_cast<std::uintptr_t>(small_) & ~(kSlab - 1));
  slab[3] = 5;  // how many objects are in use
  barrier();
  expect_fault(fault_of([&] { release(small_); }), "heap-corruption", small_);
}

TEST_F(MallocHardened, HandsOutTheObjectsOfASlabFromAPlaceThatDiffers) {
  // In a release build the first object of each size's first slab is the lowest.
  constexpr std::size_t kSlab = 512 * sizeof(void*);
  constexpr std::size_t kEnd = kSlab - 2 * sizeof(void*);
  std::size_t lowest = 0;
  for (std::size_t bytes = 8 * sizeof(void*); bytes <= 32 * sizeof(void*);
       bytes += 2 * sizeof(void*)) {
    const std::size_t begin = kEnd - (kEnd - 4 * sizeof(void*)) / bytes * bytes;
    for (int i = 0; i < 6; ++i) {
      if (reinterpret_cast<std::uintptr_t>(allocate(bytes)) % kSlab == begin) ++lowest;
    }
  }
  EXPECT_LT(lowest, 8U);
}

}  // namespace
