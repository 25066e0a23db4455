// SPDX-License-Identifier: MIT
//
// A program that a user of heaplet might write: its own heap, an owner, and malloc behind
// everything. It ends with 1 where malloc is not heaplet's: Emscripten's own leave errno alone
// here.

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "heaplet/arena.hpp"
#include "heaplet/heap.hpp"

alignas(16) static unsigned char buffer[1 << 16];

int main() {
  heaplet::FixedRegion region(buffer, sizeof buffer);
  heaplet::Heap heap(region.source());
  void* const block = heap.allocate(100);
  heap.deallocate(block);
  const bool sound = !heap.validate();

  std::vector<std::string> words;
  for (int i = 0; i < 100'000; i++)
    words.push_back("a word on the heap, number " + std::to_string(i));

  // By a pointer, because the optimiser takes it that malloc leaves errno alone.
  void* (*volatile allocate)(std::size_t) = std::malloc;
  errno = 0;
  const bool ours = allocate(SIZE_MAX) == nullptr && errno == ENOMEM;
  std::printf("heap %s, %zu words, malloc %s\n", sound ? "sound" : "broken", words.size(),
              ours ? "heaplet" : "another");
  return sound && ours ? 0 : 1;
}
