// SPDX-License-Identifier: MIT
//
// The C ABI of heaplet.h over one handle table on the module's malloc.
//
// A module is an instance: its table is its only state here. The table is constructed in place on
// the first use, because exports may be called before any constructor of the module has run.
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>

#include "handle/hot.hpp"
#include "heaplet/allocator.hpp"
#include "heaplet/arena.hpp"
#include "heaplet/handle_table.hpp"
#include "heaplet/heaplet.h"
#include "heaplet/panic.hpp"

#define HEAPLET_EXPORT(name) __attribute__((export_name(#name), used)) name

namespace {

using heaplet::Handle;
using heaplet::HandleTable;
using heaplet::HotPath;
using heaplet::SlotAddress;
using heaplet::TypeId;
using heaplet::TypeInfo;

// As MallocAllocator, less operator new's loop over the new-handler: a third of an allocation's
// time.
struct ModuleAllocator {
  [[nodiscard]] void* allocate(std::size_t bytes, std::size_t alignment) const noexcept {
    if (alignment <= alignof(std::max_align_t)) return std::malloc(bytes);
    return std::aligned_alloc(alignment, (bytes + alignment - 1) & ~(alignment - 1));
  }
  void deallocate(void* pointer, std::size_t, std::size_t) const noexcept { std::free(pointer); }
};

ModuleAllocator g_malloc;
alignas(HandleTable) unsigned char g_table_memory[sizeof(HandleTable)];
bool g_table_exists = false;

// An arena and the checkpoints that the host may name.
struct HostArena {
  explicit HostArena(std::uint32_t chunk_bytes) noexcept : arena(ModuleAllocator(), chunk_bytes) {}
  static constexpr std::uint32_t kMarkLimit = 64;
  heaplet::Arena<ModuleAllocator> arena;
  heaplet::Arena<ModuleAllocator>::Checkpoint marks[kMarkLimit];
  std::uint32_t mark_count = 0;
};
TypeId g_arena_type = heaplet::kNoType;

void on_drop(void*, Handle handle, void* object);

[[gnu::noinline]] void make_table() {
  auto* const made = ::new (g_table_memory) HandleTable(heaplet::AllocatorRef::of(g_malloc));
  made->set_drop_hook(on_drop, nullptr);
  g_arena_type = made->register_type<HostArena>("Arena");
  g_table_exists = true;
}

// All zero before its first use.
HandleTable& hot_table() { return *std::launder(reinterpret_cast<HandleTable*>(g_table_memory)); }

HandleTable& table() {
  if (__builtin_expect(!g_table_exists, 0)) make_table();
  return hot_table();
}

// Hosts count in words, because that is what their typed arrays are indexed by.
SlotAddress to_address(heaplet_slot slot) { return SlotAddress{slot} << 2; }
heaplet_slot to_words(SlotAddress address) { return static_cast<heaplet_slot>(address >> 2); }

heaplet_address to_host(const void* pointer) {
  return static_cast<heaplet_address>(reinterpret_cast<std::uintptr_t>(pointer));
}
void* to_pointer(heaplet_address address) {
  return reinterpret_cast<void*>(static_cast<std::uintptr_t>(address));
}
HostArena& to_arena(heaplet_address address) {
  return *static_cast<HostArena*>(to_pointer(address));
}

void on_drop(void*, Handle handle, void* object) {
  heaplet_on_drop(to_words(table().slot_address(handle.index)), handle.generation, to_host(object));
}

}  // namespace

extern "C" {

std::uint32_t HEAPLET_EXPORT(heaplet_abi_version)() { return HEAPLET_ABI_VERSION; }

std::uint32_t HEAPLET_EXPORT(heaplet_pointer_bytes)() { return sizeof(void*); }

std::uint32_t HEAPLET_EXPORT(heaplet_slot_words)() { return HandleTable::kSlotStrideWords; }

heaplet_type HEAPLET_EXPORT(heaplet_register_type)(std::uint32_t element_bytes,
                                                   std::uint32_t alignment,
                                                   heaplet_address owned_offsets,
                                                   std::uint32_t owned_count) {
  TypeInfo info;
  info.bytes = element_bytes;
  info.alignment = alignment;
  if (owned_count != 0) {
    // Kept as long as the table, which is as long as the module.
    const std::size_t bytes = owned_count * sizeof(std::uint32_t);
    void* const copy = g_malloc.allocate(bytes, alignof(std::uint32_t));
    if (copy == nullptr) return heaplet::kNoType;
    std::memcpy(copy, to_pointer(owned_offsets), bytes);
    info.owned_offsets = static_cast<const std::uint32_t*>(copy);
    info.owned_count = owned_count;
  }
  return table().register_type(info);
}

heaplet_slot HEAPLET_EXPORT(heaplet_create)(heaplet_type type, std::uint32_t bytes) {
  return to_words(HotPath::create(table(), type, bytes));
}

std::uint32_t HEAPLET_EXPORT(heaplet_small_word)(heaplet_type type, std::uint32_t bytes) {
  return HotPath::small_word(table(), type, bytes);
}

heaplet_slot HEAPLET_EXPORT(heaplet_create_small)(std::uint32_t word, std::uint32_t bytes) {
  return to_words(HotPath::create_small(hot_table(), word, bytes));
}

std::uint32_t HEAPLET_EXPORT(heaplet_release_small)(heaplet_slot slot, std::uint32_t generation) {
  return HotPath::release_small(hot_table(), to_address(slot), generation) ? 1 : 0;
}

heaplet_slot HEAPLET_EXPORT(heaplet_adopt)(heaplet_type type, heaplet_address object,
                                           std::uint32_t bytes) {
  const Handle handle = table().insert(type, to_pointer(object), bytes);
  table().watch(handle);
  return to_words(table().address_of(handle));
}

heaplet_status HEAPLET_EXPORT(heaplet_release)(heaplet_slot slot, std::uint32_t generation) {
  return static_cast<heaplet_status>(HotPath::release(table(), to_address(slot), generation));
}

std::uint32_t HEAPLET_EXPORT(heaplet_release_all)(heaplet_address address, std::uint32_t count) {
  const auto* const pairs = static_cast<const std::uint32_t*>(to_pointer(address));
  HandleTable& handles = table();
  std::uint32_t refused = 0;
  while (count-- > 0) {
    const auto status =
        HotPath::release(handles, to_address(pairs[2 * count]), pairs[2 * count + 1]);
    refused += status == heaplet::Status::Ok ? 0 : 1;
  }
  return refused;
}

heaplet_status HEAPLET_EXPORT(heaplet_watch)(heaplet_slot slot, std::uint32_t generation) {
  const Handle handle = table().handle_at(to_address(slot));
  if (handle.generation != generation) {
    return static_cast<heaplet_status>(heaplet::Status::StaleHandle);
  }
  return static_cast<heaplet_status>(table().watch(handle));
}

heaplet_slot HEAPLET_EXPORT(heaplet_slot_of)(std::uint32_t index, std::uint32_t generation) {
  return to_words(table().address_of({index, generation}));
}

std::uint32_t HEAPLET_EXPORT(heaplet_index_of)(heaplet_slot slot) {
  return table().handle_at(to_address(slot)).index;
}

heaplet_slot HEAPLET_EXPORT(heaplet_next_live)(heaplet_slot slot) {
  return to_words(table().next_live(to_address(slot)));
}

heaplet_address HEAPLET_EXPORT(heaplet_stats)() {
  static heaplet_table_stats result;
  const heaplet::HandleTableStats stats = table().stats();
  const auto number = [](std::size_t sum) { return static_cast<heaplet_size>(sum); };
  result = {number(stats.live_count), number(stats.live_bytes), number(stats.slot_count),
            number(stats.retired_count), number(stats.table_bytes)};
  return to_host(&result);
}

heaplet_address HEAPLET_EXPORT(heaplet_allocate)(std::uint32_t bytes, std::uint32_t alignment) {
  return to_host(g_malloc.allocate(bytes, alignment));
}

void HEAPLET_EXPORT(heaplet_deallocate)(heaplet_address memory, std::uint32_t bytes,
                                        std::uint32_t alignment) {
  g_malloc.deallocate(to_pointer(memory), bytes, alignment);
}

heaplet_slot HEAPLET_EXPORT(heaplet_arena_create)(std::uint32_t chunk_bytes) {
  HandleTable& handles = table();
  return to_words(handles.address_of(handles.emplace<HostArena>(g_arena_type, chunk_bytes)));
}

heaplet_address HEAPLET_EXPORT(heaplet_arena_allocate)(heaplet_address arena, std::uint32_t bytes,
                                                       std::uint32_t alignment) {
  void* const memory = to_arena(arena).arena.allocate(bytes, alignment);
  if (memory != nullptr) std::memset(memory, 0, bytes);
  return to_host(memory);
}

std::uint32_t HEAPLET_EXPORT(heaplet_arena_mark)(heaplet_address arena) {
  HostArena& host = to_arena(arena);
  if (host.mark_count == HostArena::kMarkLimit) return HostArena::kMarkLimit;
  host.marks[host.mark_count] = host.arena.checkpoint();
  return host.mark_count++;
}

void HEAPLET_EXPORT(heaplet_arena_rewind)(heaplet_address arena, std::uint32_t mark) {
  HostArena& host = to_arena(arena);
  if (mark >= host.mark_count) heaplet::panic("Arena: rewound to a mark that is gone", &host);
  host.arena.rewind(host.marks[mark]);
  host.mark_count = mark;
}

void HEAPLET_EXPORT(heaplet_arena_reset)(heaplet_address arena) {
  HostArena& host = to_arena(arena);
  host.arena.reset();
  host.mark_count = 0;
}

heaplet_size HEAPLET_EXPORT(heaplet_arena_used_bytes)(heaplet_address arena) {
  return static_cast<heaplet_size>(to_arena(arena).arena.used_bytes());
}

heaplet_size HEAPLET_EXPORT(heaplet_arena_capacity_bytes)(heaplet_address arena) {
  return static_cast<heaplet_size>(to_arena(arena).arena.capacity_bytes());
}

std::uint32_t HEAPLET_EXPORT(heaplet_nothing)(std::uint32_t value) { return value; }

}  // extern "C"
