// SPDX-License-Identifier: MIT
//
// heaplet.wasm's Embind classes: heaps, arenas, pools, slabs and tables of handles, for tools and
// cold paths. Pools and slabs are of numbers, because a template needs a type. What is hot in
// JavaScript (Box, Rc, borrows, slices) goes through the C ABI of exports.cpp instead.
//
// The names carry the parameters' names, which is how they get into the generated types.
#include <emscripten/bind.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "heaplet/allocator.hpp"
#include "heaplet/arena.hpp"
#include "heaplet/handle_table.hpp"
#include "heaplet/heap.hpp"
#include "heaplet/pool.hpp"
#include "heaplet/region.hpp"
#include "heaplet/slab.hpp"
#include "heaplet/status.hpp"

namespace {

using heaplet::AllocatorRef;
using heaplet::Handle;
using heaplet::MallocAllocator;
using heaplet::Status;

// JavaScript's numbers for addresses.
using Address = std::uintptr_t;
Address to_address(const void* pointer) { return reinterpret_cast<Address>(pointer); }
void* to_pointer(Address address) { return reinterpret_cast<void*>(address); }

MallocAllocator g_malloc;

// A Heap in memory of the module's malloc.
class BoundHeap {
 public:
  explicit BoundHeap(std::uint32_t bytes)
      : bytes_(bytes),
        memory_(g_malloc.allocate(bytes, kAlignment)),
        region_(memory_, memory_ == nullptr ? 0 : bytes),
        heap_(region_.source()) {}
  ~BoundHeap() { g_malloc.deallocate(memory_, bytes_, kAlignment); }
  BoundHeap(const BoundHeap&) = delete;
  BoundHeap& operator=(const BoundHeap&) = delete;

  Address allocate(std::uint32_t bytes) { return to_address(heap_.allocate(bytes)); }
  Address allocate_aligned(std::uint32_t bytes, std::uint32_t alignment) {
    return to_address(heap_.allocate_aligned(bytes, alignment));
  }
  Address allocate_zeroed(std::uint32_t bytes) { return to_address(heap_.allocate_zeroed(bytes)); }
  Address reallocate(Address address, std::uint32_t bytes) {
    return to_address(heap_.reallocate(to_pointer(address), bytes));
  }
  void deallocate(Address address) { heap_.deallocate(to_pointer(address)); }
  [[nodiscard]] std::uint32_t usable_size(Address address) const {
    return heap_.usable_size(to_pointer(address));
  }
  [[nodiscard]] heaplet::HeapStats stats() const { return heap_.stats(); }
  [[nodiscard]] std::string validate() const {
    const char* const invariant = heap_.validate().invariant;
    return invariant == nullptr ? "" : invariant;
  }
  std::uint32_t trim() { return heap_.trim(); }

 private:
  static constexpr std::size_t kAlignment = 16;
  std::uint32_t bytes_;
  void* memory_;
  heaplet::FixedRegion region_;
  heaplet::Heap heap_;
};

class BoundArena {
 public:
  explicit BoundArena(std::uint32_t chunk_bytes) : arena_(MallocAllocator(), chunk_bytes) {}
  Address allocate(std::uint32_t bytes, std::uint32_t alignment) {
    return to_address(arena_.allocate(bytes, alignment));
  }
  void reset() { arena_.reset(); }
  [[nodiscard]] std::uint32_t used_bytes() const { return arena_.used_bytes(); }
  [[nodiscard]] std::uint32_t capacity_bytes() const { return arena_.capacity_bytes(); }

 private:
  heaplet::Arena<MallocAllocator> arena_;
};

class BoundPool {
 public:
  BoundPool() : pool_(MallocAllocator()) {}

  Address create(double value) { return to_address(pool_.create(value)); }
  void destroy(Address address) { pool_.destroy(static_cast<double*>(to_pointer(address))); }
  void reset() { pool_.reset(); }
  [[nodiscard]] std::uint32_t live_count() const { return pool_.live_count(); }
  [[nodiscard]] std::uint32_t capacity_bytes() const { return pool_.capacity_bytes(); }

 private:
  heaplet::Pool<double, MallocAllocator> pool_;
};

class BoundSlab {
 public:
  BoundSlab() : slab_(MallocAllocator()) {}

  Handle insert(double value) { return slab_.insert(value); }
  // An optional would bring two kilobytes of Embind's runtime.
  [[nodiscard]] double value_or(Handle handle, double otherwise) const {
    const double* const value = slab_.try_at(handle);
    return value == nullptr ? otherwise : *value;
  }
  bool erase(Handle handle) { return slab_.erase(handle); }
  void clear() { slab_.clear(); }
  [[nodiscard]] bool contains(Handle handle) const { return slab_.contains(handle); }
  [[nodiscard]] std::uint32_t size() const { return slab_.size(); }
  [[nodiscard]] std::uint32_t capacity() const { return slab_.capacity(); }

 private:
  heaplet::Slab<double, MallocAllocator> slab_;
};

// A HandleTable of its own, beside the module's.
class BoundHandleTable {
 public:
  BoundHandleTable() : table_(AllocatorRef::of(g_malloc)) {}

  Handle create(std::uint32_t bytes) { return table_.create(0, bytes); }
  Status retain(Handle handle) { return table_.retain(handle); }
  Status release(Handle handle) { return table_.release(handle); }
  Status retain_weak(Handle handle) { return table_.retain_weak(handle); }
  Status release_weak(Handle handle) { return table_.release_weak(handle); }
  Status try_borrow(Handle handle) { return table_.try_borrow(handle); }
  Status try_borrow_mut(Handle handle) { return table_.try_borrow_mut(handle); }
  Status return_borrow(Handle handle) { return table_.return_borrow(handle); }
  Status return_borrow_mut(Handle handle) { return table_.return_borrow_mut(handle); }
  [[nodiscard]] bool contains(Handle handle) const { return table_.contains(handle); }
  [[nodiscard]] Address object_of(Handle handle) const {
    return to_address(table_.object_of(handle));
  }
  [[nodiscard]] std::uint32_t bytes_of(Handle handle) const { return table_.bytes_of(handle); }
  [[nodiscard]] std::uint32_t strong_count(Handle handle) const {
    return table_.strong_count(handle);
  }
  [[nodiscard]] std::uint32_t weak_count(Handle handle) const { return table_.weak_count(handle); }
  [[nodiscard]] std::int32_t borrow_state(Handle handle) const {
    return table_.borrow_state(handle);
  }
  [[nodiscard]] heaplet::HandleTableStats stats() const { return table_.stats(); }

 private:
  heaplet::HandleTable table_;
};

}  // namespace

EMSCRIPTEN_BINDINGS(heaplet) {
  using emscripten::class_;
  using emscripten::enum_;
  using emscripten::value_object;

  enum_<Status> status("Status");
  for (int value = 0; value <= static_cast<int>(Status::WouldBlock); ++value) {
    status.value(heaplet::to_string(static_cast<Status>(value)), static_cast<Status>(value));
  }

  using heaplet::HeapStats;
  value_object<HeapStats>("HeapStats")
      .field("liveBlocks", &HeapStats::live_blocks)
      .field("liveBytes", &HeapStats::live_bytes)
      .field("freeBlocks", &HeapStats::free_blocks)
      .field("freeBytes", &HeapStats::free_bytes)
      .field("largestFreeBytes", &HeapStats::largest_free_bytes)
      .field("reservedBytes", &HeapStats::reserved_bytes)
      .field("highWaterBytes", &HeapStats::high_water_bytes)
      .field("growthCount", &HeapStats::growth_count);

  class_<BoundHeap>("Heap")
      .constructor<std::uint32_t>()
      .function("allocate(bytes)", &BoundHeap::allocate)
      .function("allocateAligned(bytes, alignment)", &BoundHeap::allocate_aligned)
      .function("allocateZeroed(bytes)", &BoundHeap::allocate_zeroed)
      .function("reallocate(address, bytes)", &BoundHeap::reallocate)
      .function("deallocate(address)", &BoundHeap::deallocate)
      .function("usableSize(address)", &BoundHeap::usable_size)
      .function("stats()", &BoundHeap::stats)
      .function("validate()", &BoundHeap::validate)
      .function("trim()", &BoundHeap::trim);

  class_<BoundArena>("Arena")
      .constructor<std::uint32_t>()
      .function("allocate(bytes, alignment)", &BoundArena::allocate)
      .function("reset()", &BoundArena::reset)
      .property("usedBytes", &BoundArena::used_bytes)
      .property("capacityBytes", &BoundArena::capacity_bytes);

  value_object<Handle>("Handle")
      .field("index", &Handle::index)
      .field("generation", &Handle::generation);

  class_<BoundPool>("Pool")
      .constructor<>()
      .function("create(value)", &BoundPool::create)
      .function("destroy(address)", &BoundPool::destroy)
      .function("reset()", &BoundPool::reset)
      .property("liveCount", &BoundPool::live_count)
      .property("capacityBytes", &BoundPool::capacity_bytes);

  class_<BoundSlab>("Slab")
      .constructor<>()
      .function("insert(value)", &BoundSlab::insert)
      .function("valueOr(handle, otherwise)", &BoundSlab::value_or)
      .function("erase(handle)", &BoundSlab::erase)
      .function("clear()", &BoundSlab::clear)
      .function("contains(handle)", &BoundSlab::contains)
      .property("size", &BoundSlab::size)
      .property("capacity", &BoundSlab::capacity);

  using heaplet::HandleTableStats;
  value_object<HandleTableStats>("HandleTableStats")
      .field("liveCount", &HandleTableStats::live_count)
      .field("liveBytes", &HandleTableStats::live_bytes)
      .field("slotCount", &HandleTableStats::slot_count)
      .field("retiredCount", &HandleTableStats::retired_count)
      .field("tableBytes", &HandleTableStats::table_bytes);

  class_<BoundHandleTable>("HandleTable")
      .constructor<>()
      .function("create(bytes)", &BoundHandleTable::create)
      .function("retain(handle)", &BoundHandleTable::retain)
      .function("release(handle)", &BoundHandleTable::release)
      .function("retainWeak(handle)", &BoundHandleTable::retain_weak)
      .function("releaseWeak(handle)", &BoundHandleTable::release_weak)
      .function("tryBorrow(handle)", &BoundHandleTable::try_borrow)
      .function("tryBorrowMut(handle)", &BoundHandleTable::try_borrow_mut)
      .function("returnBorrow(handle)", &BoundHandleTable::return_borrow)
      .function("returnBorrowMut(handle)", &BoundHandleTable::return_borrow_mut)
      .function("contains(handle)", &BoundHandleTable::contains)
      .function("objectOf(handle)", &BoundHandleTable::object_of)
      .function("bytesOf(handle)", &BoundHandleTable::bytes_of)
      .function("strongCount(handle)", &BoundHandleTable::strong_count)
      .function("weakCount(handle)", &BoundHandleTable::weak_count)
      .function("borrowState(handle)", &BoundHandleTable::borrow_state)
      .function("stats()", &BoundHandleTable::stats);
}
