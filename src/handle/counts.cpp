// SPDX-License-Identifier: MIT
//
// HandleTable: counts, borrows, questions and walks. None of these ends an object.
#include <cstring>

#include "handle/block.hpp"
#include "handle/hot.hpp"
#include "heaplet/handle_table.hpp"

namespace heaplet {

HandleTable::Slot HandleTable::slot_at(std::uint32_t index) const noexcept {
  const std::uint32_t number = index >> kBlockBits;
  const std::uint32_t at = index & ((1U << kBlockBits) - 1);
  return number < block_count_ && at != 0 && at < kBlockSlots ? Slot(blocks_[number], at) : Slot();
}

bool HandleTable::find(Handle handle, Slot& slot) const noexcept {
  slot = slot_at(handle.index);
  return slot && is_live_generation(handle.generation) && slot.generation() == handle.generation;
}

Status HandleTable::check(Handle handle, Slot& slot) const noexcept {
  if (!handle) return Status::NullHandle;
  return find(handle, slot) ? Status::Ok : Status::StaleHandle;
}

Status HandleTable::retain(Handle handle) noexcept {
  Slot slot;
  if (const Status status = check(handle, slot); status != Status::Ok) return status;
  if (slot.strong() >= kCountLimit) return Status::CountOverflow;
  ++slot.strong();
  return Status::Ok;
}

Status HandleTable::retain_weak(Handle handle) noexcept {
  Slot slot;
  if (const Status status = check(handle, slot); status != Status::Ok) return status;
  if (slot.weak() >= kCountLimit) return Status::CountOverflow;
  ++slot.weak();
  return Status::Ok;
}

Status HandleTable::release_weak(Handle handle) noexcept {
  Slot slot;
  const Status status = check(handle, slot);
  if (status == Status::StaleHandle) return Status::Ok;
  if (status != Status::Ok) return status;
  if (slot.weak() == 0) return Status::InvalidArgument;
  --slot.weak();
  return Status::Ok;
}

Status HandleTable::try_borrow(Handle handle) noexcept {
  Slot slot;
  if (const Status status = check(handle, slot); status != Status::Ok) return status;
  if (slot.borrow() < 0) return Status::BorrowedMutably;
  if (slot.borrow() >= static_cast<std::int32_t>(kCountLimit)) return Status::CountOverflow;
  ++slot.borrow();
  return Status::Ok;
}

Status HandleTable::try_borrow_mut(Handle handle) noexcept {
  Slot slot;
  if (const Status status = check(handle, slot); status != Status::Ok) return status;
  if (slot.borrow() != 0) return slot.borrow() < 0 ? Status::BorrowedMutably : Status::Borrowed;
  slot.borrow() = -1;
  return Status::Ok;
}

Status HandleTable::return_borrow(Handle handle) noexcept {
  Slot slot;
  if (const Status status = check(handle, slot); status != Status::Ok) return status;
  if (slot.borrow() <= 0) return Status::NotBorrowed;
  --slot.borrow();
  return Status::Ok;
}

Status HandleTable::return_borrow_mut(Handle handle) noexcept {
  Slot slot;
  if (const Status status = check(handle, slot); status != Status::Ok) return status;
  if (slot.borrow() != -1) return Status::NotBorrowed;
  slot.borrow() = 0;
  return Status::Ok;
}

bool HandleTable::contains(Handle handle) const noexcept {
  Slot slot;
  return find(handle, slot);
}

void* HandleTable::object_of(Handle handle) const noexcept {
  Slot slot;
  return find(handle, slot) ? slot.object() : nullptr;
}

void* HandleTable::object_of(Handle handle, TypeId type) const noexcept {
  return type_of(handle) == type ? object_of(handle) : nullptr;
}

std::uint32_t HandleTable::strong_count(Handle handle) const noexcept {
  Slot slot;
  return find(handle, slot) ? slot.strong() : 0;
}

std::uint32_t HandleTable::weak_count(Handle handle) const noexcept {
  Slot slot;
  return find(handle, slot) ? slot.weak() : 0;
}

std::int32_t HandleTable::borrow_state(Handle handle) const noexcept {
  Slot slot;
  return find(handle, slot) ? slot.borrow() : 0;
}

TypeId HandleTable::type_of(Handle handle) const noexcept {
  Slot slot;
  return find(handle, slot) ? slot.type() & kTypeMask : kNoType;
}

std::size_t HandleTable::bytes_of(Handle handle) const noexcept {
  Slot slot;
  return find(handle, slot) ? slot.bytes() : 0;
}

const char* HandleTable::name_of(Handle handle) const noexcept {
  Slot slot;
  // A live slot's link is its name's address, put there by set_name().
  return find(handle, slot) ? reinterpret_cast<const char*>(slot.link()) : nullptr;
}

Status HandleTable::set_name(Handle handle, const char* name) noexcept {
  Slot slot;
  if (const Status status = check(handle, slot); status != Status::Ok) return status;
  slot.link() = reinterpret_cast<std::uintptr_t>(name);
  return Status::Ok;
}

void HandleTable::set_drop_hook(DropHook hook, void* context) noexcept {
  drop_hook_ = hook;
  drop_context_ = context;
}

Status HandleTable::watch(Handle handle) noexcept {
  Slot slot;
  if (const Status status = check(handle, slot); status != Status::Ok) return status;
  slot.type() |= kWatched;
  return Status::Ok;
}

SlotAddress HandleTable::address_of(Handle handle) const noexcept {
  Slot slot;
  return find(handle, slot) ? slot.address : 0;
}

SlotAddress HandleTable::slot_address(std::uint32_t index) const noexcept {
  return slot_at(index).address;
}

Handle HandleTable::handle_at(SlotAddress address) const noexcept {
  if (address == 0) return {};
  const Slot slot(address);
  return is_live_generation(slot.generation()) ? Handle{slot.index(), slot.generation()} : Handle{};
}

SlotAddress HandleTable::next_live(SlotAddress address) const noexcept {
  const std::uint32_t limit = block_count_ << kBlockBits;
  for (std::uint32_t index = address == 0 ? 1 : Slot(address).index() + 1; index < limit; ++index) {
    const Slot slot = slot_at(index);
    if (slot && is_live_generation(slot.generation())) return slot.address;
  }
  return 0;
}

void HandleTable::walk(void (*visit)(void* context, Handle handle), void* context) {
  for (SlotAddress slot = next_live(0); slot != 0; slot = next_live(slot)) {
    visit(context, handle_at(slot));
  }
}

Status HandleTable::walk_owned(Handle handle, void (*visit)(void* context, Handle child),
                               void* context) const {
  Slot slot;
  if (const Status status = check(handle, slot); status != Status::Ok) return status;
  const TypeInfo& info = *type_info(slot.type() & kTypeMask);
  if (info.owned_count == 0 || info.bytes == 0) return Status::Ok;
  const auto* const first = static_cast<const unsigned char*>(slot.object());
  for (std::size_t element = 0; element < slot.bytes() / info.bytes; ++element) {
    for (std::uint32_t field = 0; field < info.owned_count; ++field) {
      Handle child;
      std::memcpy(&child, first + element * info.bytes + info.owned_offsets[field], sizeof child);
      if (contains(child)) visit(context, child);
    }
  }
  return Status::Ok;
}

HandleTableStats HandleTable::stats() const noexcept {
  HandleTableStats sums = {};
  for (std::uint32_t number = 0; number < block_count_; ++number) {
    for (std::uint32_t at = 1; at < kBlockSlots; ++at) {
      const Slot slot(blocks_[number], at);
      if (is_live_generation(slot.generation())) {
        ++sums.live_count;
        sums.live_bytes += slot.bytes();
      } else if (slot.generation() > last_generation_) {
        ++sums.retired_count;
      }
    }
  }
  sums.slot_count = std::size_t{block_count_} * (kBlockSlots - 1);
  sums.table_bytes = block_count_ * BlockLayout::kBytes + block_capacity_ * sizeof(Block*) +
                     type_capacity_ * sizeof(Type);
  return sums;
}

}  // namespace heaplet
