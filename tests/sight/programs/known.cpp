// SPDX-License-Identifier: MIT
//
// A program whose memory is known: a leak, a churn, a growth, and blocks that stay reachable.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#ifdef __EMSCRIPTEN__
#include "heaplet/sight.h"
// Where the program is linked without the profiler, tags do nothing.
extern "C" __attribute__((weak)) const char* heaplet_tag_enter(const char* name);
extern "C" __attribute__((weak)) void heaplet_tag_leave(const char* outer);
#endif

namespace {

struct Node {
  Node* next;
  char name[60];
};

std::vector<std::unique_ptr<char[]>> cache;
Node* kept = nullptr;

// 40 lists of 5 nodes whose heads are forgotten: 40 lost blocks and 160 lost with them.
__attribute__((noinline)) void leak_nodes() {
  for (int list = 0; list < 40; ++list) {
    Node* head = nullptr;
    for (int i = 0; i < 5; ++i) {
      Node* const node = static_cast<Node*>(std::malloc(sizeof(Node)));
      node->next = head;
      std::snprintf(node->name, sizeof node->name, "node %d", i);
      head = node;
    }
    asm volatile("" ::"r"(head) : "memory");
  }
}

__attribute__((noinline)) void keep_nodes() {
  for (int i = 0; i < 10; ++i) {
    Node* const node = static_cast<Node*>(std::calloc(1, sizeof(Node)));
    node->next = kept;
    kept = node;
  }
}

// 3,000 blocks that each live until the next operation.
__attribute__((noinline)) void churn() {
  for (int i = 0; i < 3000; ++i) {
    void* const block = std::malloc(static_cast<std::size_t>(100 + i % 50));
    asm volatile("" ::"r"(block) : "memory");
    std::free(block);
  }
}

// What makes memory grow: 3 MB in blocks of 100,000, freed at exit.
__attribute__((noinline)) void fill_cache() {
  for (int i = 0; i < 30; ++i) cache.push_back(std::make_unique<char[]>(100000));
}

__attribute__((noinline)) void grow_buffer() {
  char* buffer = nullptr;
  for (std::size_t bytes = 64; bytes <= 65536; bytes *= 2) {
    buffer = static_cast<char*>(std::realloc(buffer, bytes));
    std::memset(buffer, 1, bytes);
    asm volatile("" ::"r"(buffer) : "memory");
  }
  std::free(buffer);
}

__attribute__((noinline)) void tagged() {
  const char* const outer = heaplet_tag_enter ? heaplet_tag_enter("textures") : nullptr;
  void* const texture = std::malloc(777);
  std::memcpy(kept->name, &texture, sizeof texture);
  if (heaplet_tag_leave) heaplet_tag_leave(outer);
}

}  // namespace

int main() {
  leak_nodes();
  keep_nodes();
  churn();
  fill_cache();
  grow_buffer();
  tagged();
  std::printf("done\n");
  return 0;
}
