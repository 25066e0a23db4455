// SPDX-License-Identifier: MIT
//
// Cache: the chunks of one thread. It outlives its thread: the objects that are still live then are
// freed by others, who need someone to tell, and the next thread takes it over as it is.
#pragma once

#include "chunk.hpp"

namespace heaplet::detail {
namespace {

struct Cache {
  // The first chunk of each size is the one to take from. Never null: kNoChunk has no object.
  Chunk* first[SizeClasses::kCount];
  // Chunks to which other threads have given objects back.
  std::atomic<Chunk*> news;
  Cache* next_idle;  // while no thread has this one

  // Called by any thread but the owner.
  static void give_from_afar(Chunk* chunk, void* address) {
    auto* const object = static_cast<FreeObject*>(address);
    FreeObject* first = chunk->remote.load(std::memory_order_relaxed);
    do link_free(object, first);
    // release: the object's link is seen by the owner.
    while (!chunk->remote.compare_exchange_weak(first, object, std::memory_order_release,
                                                std::memory_order_relaxed));
    if (first == nullptr) chunk->owner->tell(chunk);
  }

  // Calls settle(chunk) for each chunk that got objects back. For the owner alone.
  template <class Settle>
  void read_news(Settle settle) {
    if (news.load(std::memory_order_relaxed) == nullptr) return;
    // acquire: pairs with tell().
    Chunk* chunk = news.exchange(nullptr, std::memory_order_acquire);
    while (chunk != nullptr) {
      // Read before `remote` is emptied: from then on somebody may tell of the chunk again.
      Chunk* const following = chunk->next_news.load(std::memory_order_relaxed);
      FreeObject* object = chunk->remote.exchange(nullptr, std::memory_order_acquire);
      while (object != nullptr) {
        FreeObject* const after = object->next;
        link_free(object, chunk->free);
        chunk->free = object;
        --chunk->used;
        object = after;
      }
      settle(chunk);
      chunk = following;
    }
  }

  void list(Chunk* chunk, Chunk* no_chunk) {
    Chunk*& head = first[chunk->size_class];
    chunk->links.next = head == no_chunk ? nullptr : &head->links;
    chunk->links.back = reinterpret_cast<Links**>(&head);
    if (chunk->links.next != nullptr) chunk->links.next->back = &chunk->links.next;
    head = chunk;
    chunk->listed = true;
  }
  void unlist(Chunk* chunk, Chunk* no_chunk) {
    unlink(&chunk->links);
    if (first[chunk->size_class] == nullptr) first[chunk->size_class] = no_chunk;
    chunk->listed = false;
  }

 private:
  void tell(Chunk* chunk) {
    Chunk* head = news.load(std::memory_order_relaxed);
    do chunk->next_news.store(head, std::memory_order_relaxed);
    // release: the chunk's link and its objects are seen by the owner. Nothing of the chunk is
    // touched after this.
    while (!news.compare_exchange_weak(head, chunk, std::memory_order_release,
                                       std::memory_order_relaxed));
  }
};

}  // namespace
}  // namespace heaplet::detail
