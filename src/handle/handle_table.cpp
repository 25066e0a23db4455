// SPDX-License-Identifier: MIT
//
// HandleTable: slots, births and deaths. Counting, borrowing and questions are in counts.cpp.
//
// Purpose. One table that C++ and JavaScript share, so that each can tell at once whether the other
// has ended an object. Not a heap: objects come from the Allocator or from elsewhere.
//
// Invariants.
//   I1  a slot holds an object exactly if its generation is odd; its strong count is then at least
//       1, else its counts and borrow state mean nothing.
//   I2  a dead slot is on the free queue once, about to be finished, or retired (its generation is
//       past the last one).
//   I3  blocks never move and are given back only when the table ends.
//   I4  a generation only ever rises, so a stale handle is stale for ever.
//
// How an object ends. The generation rises first: whatever runs next, destructors included, meets a
// stale handle and never a dying object. Then the drop hook, `destroy`, the handles it owns in
// order of their declaration, each with everything below it (depth first, as fields are dropped in
// Rust), then its memory, and last the slot joins the queue. Owned objects are kept on a stack that
// runs through the dead slots' own links, so a list of a million nodes ends without recursion. One
// difference to Rust: siblings are counted down before the first of them is finished.
//
// Cost. insert, release: constant; create: the same, plus the allocator's for what is larger than 8
// bytes. A slot is 40 bytes on wasm32, the first 8 of the object's included, 48 on 64-bit
// hosts and 56 on wasm64; with what is lost at the ends of blocks, 40.6, 48.8 and 56.9.
//
// Decisions.
//   - A slot is words in arrays of a fixed stride. The alternative, one record a slot, reads alike:
//     7.3 ns against 7.3 at 16 k live handles visited at random, 17 against 15 at 256 k; arrays
//     scan faster.
//   - Free slots form a queue, not a stack: a slot rests while the others take their turn.
//   - A slot that had its last generation is retired, not wrapped: 40 bytes lost after 2^29 lives.
//   - Nothing is counted but owners: sums are made by looking at the slots when somebody asks.
//   - No control block for weak handles: the generation is the tombstone.
#include "heaplet/handle_table.hpp"

#include <bit>
#include <cstring>
#include <limits>

#include "handle/block.hpp"
#include "handle/hot.hpp"

namespace heaplet {
namespace {

// Grows an array of trivially copyable T; false when memory is out, and then nothing has changed.
template <class T>
bool grow_array(const AllocatorRef& allocator, T*& array, std::uint32_t& capacity,
                std::uint32_t count) noexcept {
  const std::uint32_t new_capacity = capacity == 0 ? 8 : capacity * 2;
  void* const memory = allocator.allocate(new_capacity * sizeof(T), alignof(T));
  if (memory == nullptr) return false;
  if (count != 0) std::memcpy(memory, array, count * sizeof(T));
  if (array != nullptr) allocator.deallocate(array, capacity * sizeof(T), alignof(T));
  array = static_cast<T*>(memory);
  capacity = new_capacity;
  return true;
}

// Most objects are small, and memory.fill is a call out of the module that costs as much as all
// else together: 70 ns in Node 20. The barrier keeps compilers from turning the loop into just
// that.
void clear(void* object, std::size_t bytes) noexcept {
  if (bytes > 128) {
    std::memset(object, 0, bytes);
    return;
  }
  auto* out = static_cast<unsigned char*>(object);
  for (; bytes >= sizeof(std::uint32_t); bytes -= sizeof(std::uint32_t)) {
    constexpr std::uint32_t kZero = 0;
    std::memcpy(out, &kZero, sizeof kZero);
    out += sizeof kZero;
    asm volatile("" ::: "memory");
  }
  for (; bytes > 0; --bytes) {
    *out++ = 0;
    asm volatile("" ::: "memory");
  }
}

}  // namespace

HandleTable::HandleTable(AllocatorRef allocator, std::uint32_t last_generation) noexcept
    : allocator_(allocator), last_generation_(last_generation) {}

HandleTable::~HandleTable() {
  // An object whose destructor makes new objects would keep this going, so only what the walk meets
  // is ended; the memory of later ones goes with the allocator.
  for (std::uint32_t b = 0; b < block_count_; ++b) {
    for (std::uint32_t i = 1; i < kBlockSlots; ++i) {
      const Slot slot(blocks_[b], i);
      if (is_live_generation(slot.generation())) bury(slot);
    }
  }
  for (std::uint32_t b = 0; b < block_count_; ++b) {
    allocator_.deallocate(blocks_[b], BlockLayout::kBytes, BlockLayout::kAlignment);
  }
  if (blocks_ != nullptr) {
    allocator_.deallocate(blocks_, block_capacity_ * sizeof(Block*), alignof(Block*));
  }
  if (types_ != nullptr) {
    allocator_.deallocate(types_, type_capacity_ * sizeof(Type), alignof(Type));
  }
}

TypeId HandleTable::register_type(const TypeInfo& info) noexcept {
  if (!std::has_single_bit(info.alignment) || type_count_ + 1 >= kNoType) return kNoType;
  if (type_count_ == type_capacity_ &&
      !grow_array(allocator_, types_, type_capacity_, type_count_)) {
    return kNoType;
  }
  const bool is_plain = info.destroy == nullptr && info.owned_count == 0;
  types_[type_count_++] = {info, is_plain ? kPlain : 0,
                           info.alignment <= kInlineBytes ? kInlineBytes : 0};
  return type_count_;
}

const TypeInfo* HandleTable::type_info(TypeId type) const noexcept {
  return type <= type_count_ ? &known_type(type).info : nullptr;
}

[[gnu::noinline]] bool HandleTable::add_block() noexcept {
  if (block_count_ >= kIndexLimit >> kBlockBits) return false;
  if (block_count_ == block_capacity_ &&
      !grow_array(allocator_, blocks_, block_capacity_, block_count_)) {
    return false;
  }
  void* const memory = allocator_.allocate(BlockLayout::kBytes, BlockLayout::kAlignment);
  if (memory == nullptr) return false;
  std::memset(memory, 0, BlockLayout::kBytes);
  auto* const block = static_cast<Block*>(memory);
  block->strong[0] = block_count_;
  blocks_[block_count_] = block;
  ++block_count_;
  for (std::uint32_t i = 1; i < kBlockSlots; ++i) HotPath::give(*this, Slot(block, i));
  return true;
}

Handle HandleTable::insert(TypeId type, void* object, std::size_t bytes) noexcept {
  if (type > type_count_ || bytes > std::numeric_limits<std::uint32_t>::max()) return {};
  if (first_free_ == 0 && !add_block()) return {};
  const Slot slot = HotPath::take(*this);
  HotPath::occupy(slot, type | known_type(type).flags, object, bytes);
  return handle_at(slot.address);
}

Handle HandleTable::create(TypeId type, std::size_t bytes) noexcept {
  return handle_at(create_slot(type, bytes));
}

SlotAddress HandleTable::create_slot(TypeId type, std::size_t bytes) noexcept {
  return HotPath::create(*this, type, bytes);
}

[[gnu::noinline]] SlotAddress HandleTable::create_cold(TypeId type, std::size_t bytes) noexcept {
  if (type > type_count_ || bytes > std::numeric_limits<std::uint32_t>::max()) return 0;
  if (first_free_ == 0 && !add_block()) return 0;
  const Type& known = known_type(type);
  if (bytes <= known.inline_bytes) return HotPath::create(*this, type, bytes);
  void* const object = allocator_.allocate(bytes, known.info.alignment);
  if (object == nullptr) return 0;
  clear(object, bytes);
  const Slot slot = HotPath::take(*this);
  HotPath::occupy(slot, type | known.flags | kOwnsMemory, object, bytes);
  return slot.address;
}

Status HandleTable::release(Handle handle) noexcept {
  Slot slot;
  const Status status = check(handle, slot);
  return status == Status::Ok ? release_slot(slot.address, handle.generation) : status;
}

Status HandleTable::release_slot(SlotAddress address, std::uint32_t generation) noexcept {
  return HotPath::release(*this, address, generation);
}

[[gnu::noinline]] Status HandleTable::release_cold(SlotAddress address,
                                                   std::uint32_t generation) noexcept {
  const Slot slot(address);
  if (slot.generation() != generation || !is_live_generation(generation)) {
    return Status::StaleHandle;
  }
  if (slot.strong() > 1) {
    --slot.strong();
    return Status::Ok;
  }
  if (slot.borrow() != 0) return slot.borrow() < 0 ? Status::BorrowedMutably : Status::Borrowed;
  bury(slot);
  return Status::Ok;
}

Status HandleTable::detach(Handle handle, void** object) noexcept {
  Slot slot;
  if (const Status status = check(handle, slot); status != Status::Ok) return status;
  if ((slot.type() & (kOwnsMemory | kInline)) != 0) return Status::InvalidArgument;
  if (slot.strong() > 1) return Status::Shared;
  if (slot.borrow() != 0) return slot.borrow() < 0 ? Status::BorrowedMutably : Status::Borrowed;
  *object = slot.object();
  ++slot.generation();
  HotPath::give(*this, slot);
  return Status::Ok;
}

inline void HandleTable::free_object(Slot slot) noexcept {
  if ((slot.type() & kOwnsMemory) == 0) return;
  const TypeInfo& info = known_type(slot.type() & kTypeMask).info;
  allocator_.deallocate(slot.object(), slot.bytes(), info.alignment);
}

// Ends a live object and everything that only it owned.
void HandleTable::bury(Slot slot) noexcept {
  ++slot.generation();  // I4; from here on nobody finds the object
  if ((slot.type() & (kPlain | kWatched)) == kPlain) {
    free_object(slot);
    HotPath::give(*this, slot);
    return;
  }
  finish_all(slot);
}

// Apart from bury(), so that the common case needs no stack frame.
[[gnu::noinline]] void HandleTable::finish_all(Slot slot) noexcept {
  slot.link() = 0;
  SlotAddress pending = slot.address;
  while (pending != 0) {
    const Slot top(pending);
    pending = top.link();
    finish(top, pending);
  }
}

// Everything that happens to an object between its death and its slot's reuse. What it alone owned
// is put on `pending`, first field on top.
void HandleTable::finish(Slot slot, SlotAddress& pending) noexcept {
  if ((slot.type() & kWatched) != 0 && drop_hook_ != nullptr) {
    drop_hook_(drop_context_, {slot.index(), slot.generation() - 1}, slot.object());
  }
  // A copy: destructors may register types, and the array moves then.
  const TypeInfo info = known_type(slot.type() & kTypeMask).info;
  if (info.destroy != nullptr) info.destroy(slot.object(), info.context);
  if (info.owned_count != 0 && info.bytes != 0) {
    const auto* const first = static_cast<const unsigned char*>(slot.object());
    for (std::uint32_t element = slot.bytes() / info.bytes; element-- > 0;) {
      for (std::uint32_t field = info.owned_count; field-- > 0;) {
        Handle child;
        std::memcpy(&child, first + std::size_t{element} * info.bytes + info.owned_offsets[field],
                    sizeof child);
        abandon(child, pending);
      }
    }
  }
  free_object(slot);
  HotPath::give(*this, slot);
}

// Releases a handle whose owner has died. A borrow cannot keep its object alive: the guard finds a
// stale handle when it returns.
void HandleTable::abandon(Handle handle, SlotAddress& pending) noexcept {
  Slot slot;
  if (!find(handle, slot) || --slot.strong() != 0) return;
  ++slot.generation();
  slot.link() = pending;
  pending = slot.address;
}

}  // namespace heaplet
