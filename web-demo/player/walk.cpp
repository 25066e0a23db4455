// SPDX-License-Identifier: MIT
//
// Purpose: hands every block of heaplet's malloc to the page, in order of address. Linked into
// heaplet's player alone: no other allocator can be walked.
#include <cstddef>
#include <cstdint>

#include "heaplet/heap.hpp"

extern "C" {

void heaplet_malloc_walk(void (*visit)(void* context, const heaplet::Block& block), void* context);

// `state` counts as heaplet::Block::State does.
__attribute__((import_module("player"), import_name("visit"))) void visit(const void* address,
                                                                          std::size_t bytes,
                                                                          std::uint32_t state,
                                                                          std::uint32_t in_slab);

__attribute__((export_name("walk"), used)) void player_walk() {
  heaplet_malloc_walk(
      [](void*, const heaplet::Block& block) {
        visit(block.address, block.bytes, static_cast<std::uint32_t>(block.state), block.in_slab);
      },
      nullptr);
}

}  // extern "C"
