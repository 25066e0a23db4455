// SPDX-License-Identifier: MIT
//
// HandleTable: objects named by handles, with owners, observers and borrowers counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include "heaplet/allocator.hpp"
#include "heaplet/handle.hpp"
#include "heaplet/status.hpp"

namespace heaplet {

/// Number of a type in one HandleTable. 0 is plain bytes: no name, no destructor, alignment 8.
using TypeId = std::uint32_t;
/// No type: what a failed registration returns.
inline constexpr TypeId kNoType = 0xffff;

/// The highest strong or weak count, and the most shared borrows at once. The next is refused.
inline constexpr std::uint32_t kCountLimit = (1U << 30) - 1;

/// What a HandleTable knows about a type. Everything it points to must outlive the table.
struct TypeInfo {
  const char* name = "";  ///< for reports
  /// Ends an object; null for none. May use the table in any way, except for the object's own
  /// handle, which is stale by then.
  void (*destroy)(void* object, void* context) = nullptr;
  void* context = nullptr;      ///< passed to `destroy`
  std::uint32_t bytes = 0;      ///< of one element; an object may be an array of them
  std::uint32_t alignment = 8;  ///< a power of two
  /// Offsets in an element at which it owns a Handle: each is released after `destroy`, in this
  /// order, and is an edge for cycle detection.
  const std::uint32_t* owned_offsets = nullptr;
  std::uint32_t owned_count = 0;
};

/// The word address of a slot's generation: for code that checks and counts inline, see
/// src/handle/block.hpp. Slots never move. 0 is none.
using SlotAddress = std::uintptr_t;

/// Sums over a table at one moment.
struct HandleTableStats {
  std::size_t live_count;     ///< objects
  std::size_t live_bytes;     ///< of objects, as given to insert() and create()
  std::size_t slot_count;     ///< slots there is memory for
  std::size_t retired_count;  ///< slots that had their last generation
  std::size_t table_bytes;    ///< for slots and types, and for objects that are in their slots
};

/// Names objects and decides when they end. Not safe for use from several threads at once.
///
/// Handles are values: a copy of a handle is not another owner, retain() is. Every function that
/// takes a handle refuses a null, stale or made-up one (NullHandle, StaleHandle) and then changes
/// nothing. The destructor ends every object that is still alive.
class HandleTable {
 public:
  /// Words from a slot's generation to its strong count, and so on; see src/handle/block.hpp. One
  /// number for all of WebAssembly, so that JavaScript has it in its code.
#ifdef __wasm__
  static constexpr std::uint32_t kSlotStrideWords = 102;
#else
  static constexpr std::uint32_t kSlotStrideWords = 85;
#endif
  /// Slots of a block; one of them is never handed out.
  static constexpr std::uint32_t kBlockSlots = sizeof(void*) == 4        ? 102
                                               : kSlotStrideWords == 102 ? 73
                                                                         : 85;
  /// Objects of create() up to this size and alignment are in their slots: no allocation.
  static constexpr std::uint32_t kInlineBytes = 8;

  /// Objects of create(), slots and types draw on `allocator`. A lower `last_generation` (odd)
  /// retires slots earlier.
  explicit HandleTable(AllocatorRef allocator,
                       std::uint32_t last_generation = kLastGeneration) noexcept;
  ~HandleTable();
  HandleTable(const HandleTable&) = delete;
  HandleTable& operator=(const HandleTable&) = delete;

  /// Makes a type known. kNoType when memory or numbers are out or the alignment is no power of 2.
  [[nodiscard]] TypeId register_type(const TypeInfo& info) noexcept;
  /// Makes T known: its destructor, size and alignment. `name` is a static string.
  template <class T>
  [[nodiscard]] TypeId register_type(const char* name) noexcept {
    TypeInfo info;
    info.name = name;
    info.destroy = [](void* object, void*) { static_cast<T*>(object)->~T(); };
    info.bytes = sizeof(T);
    info.alignment = alignof(T);
    return register_type(info);
  }
  /// What is known of a type; null for an unknown one. Valid until the next register_type().
  [[nodiscard]] const TypeInfo* type_info(TypeId type) const noexcept;

  /// Names an object that lives elsewhere and ends it by its type's `destroy` alone. One strong
  /// count. Null when memory is out or the type unknown; the object is then still the caller's.
  [[nodiscard]] Handle insert(TypeId type, void* object, std::size_t bytes) noexcept;

  /// An object of `bytes` zero bytes in memory of the table's allocator, or in its slot if it is
  /// small. One strong count. Null when memory is out or the type unknown.
  [[nodiscard]] Handle create(TypeId type, std::size_t bytes) noexcept;
  /// As create(); returns the slot, which has one new generation.
  [[nodiscard]] SlotAddress create_slot(TypeId type, std::size_t bytes) noexcept;

  /// A new T of a registered type in memory of the table's allocator.
  template <class T, class... Arguments>
  [[nodiscard]] Handle emplace(TypeId type, Arguments&&... arguments) {
    const Handle handle = create(type, sizeof(T));
    if (void* const memory = object_of(handle)) {
      ::new (memory) T(std::forward<Arguments>(arguments)...);
    }
    return handle;
  }

  /// One more owner. Also what upgrades a weak handle: StaleHandle once the object is gone.
  Status retain(Handle handle) noexcept;
  /// One owner less; the last one ends the object, unless it is borrowed.
  Status release(Handle handle) noexcept;
  /// As release(), for code that holds slot addresses of this table.
  Status release_slot(SlotAddress address, std::uint32_t generation) noexcept;

  /// One more observer. Observers keep nothing alive; they are counted for reports.
  Status retain_weak(Handle handle) noexcept;
  /// One observer less. Ok also when the object is gone.
  Status release_weak(Handle handle) noexcept;

  /// Hands the object back and forgets it, without ending it. The handle must be the only owner
  /// (Shared), the object not borrowed, and from insert() (InvalidArgument).
  Status detach(Handle handle, void** object) noexcept;

  /// A shared borrow: any number at a time, while there is no exclusive one (BorrowedMutably).
  Status try_borrow(Handle handle) noexcept;
  /// An exclusive borrow: alone (Borrowed, BorrowedMutably).
  Status try_borrow_mut(Handle handle) noexcept;
  Status return_borrow(Handle handle) noexcept;
  Status return_borrow_mut(Handle handle) noexcept;

  [[nodiscard]] bool contains(Handle handle) const noexcept;
  /// The object's address; null when the handle is stale.
  [[nodiscard]] void* object_of(Handle handle) const noexcept;
  /// As object_of(), and null too when the object is of another type.
  [[nodiscard]] void* object_of(Handle handle, TypeId type) const noexcept;

  // The following return 0, kNoType or null for a stale handle.
  [[nodiscard]] std::uint32_t strong_count(Handle handle) const noexcept;
  [[nodiscard]] std::uint32_t weak_count(Handle handle) const noexcept;
  /// -1 while exclusively borrowed, else the number of shared borrows.
  [[nodiscard]] std::int32_t borrow_state(Handle handle) const noexcept;
  [[nodiscard]] TypeId type_of(Handle handle) const noexcept;
  [[nodiscard]] std::size_t bytes_of(Handle handle) const noexcept;
  /// Null also when the object has no name.
  [[nodiscard]] const char* name_of(Handle handle) const noexcept;
  /// `name` must outlive the object; null takes the name away.
  Status set_name(Handle handle, const char* name) noexcept;

  /// Called, for objects that were watched, when the last owner has gone and before `destroy`.
  using DropHook = void (*)(void* context, Handle handle, void* object);
  void set_drop_hook(DropHook hook, void* context) noexcept;
  /// Asks for the drop hook to be called for this object.
  Status watch(Handle handle) noexcept;

  [[nodiscard]] SlotAddress address_of(Handle handle) const noexcept;
  /// Of the slot with this index, whether an object is in it or not; 0 when there is none.
  [[nodiscard]] SlotAddress slot_address(std::uint32_t index) const noexcept;
  /// The handle of the object that is in the slot now; null when there is none.
  [[nodiscard]] Handle handle_at(SlotAddress address) const noexcept;

  /// The first slot after `address`, in order of index, that holds an object; 0 when there is none.
  /// 0 is before the first.
  [[nodiscard]] SlotAddress next_live(SlotAddress address) const noexcept;

  /// Calls `visit(context, handle)` for every live object in order of index. `visit` may use the
  /// table in any way.
  void walk(void (*visit)(void* context, Handle handle), void* context);
  /// Calls `visit(context, child)` for every live handle that the object owns in itself.
  Status walk_owned(Handle handle, void (*visit)(void* context, Handle child), void* context) const;

  /// Looks at every slot.
  [[nodiscard]] HandleTableStats stats() const noexcept;

 private:
  struct Slot;
  struct Block;
  struct Type;
  friend struct BlockLayout;
  friend struct HotPath;

  [[nodiscard]] Slot slot_at(std::uint32_t index) const noexcept;
  [[nodiscard]] bool find(Handle handle, Slot& slot) const noexcept;
  [[nodiscard]] Status check(Handle handle, Slot& slot) const noexcept;
  bool add_block() noexcept;
  [[nodiscard]] const Type& known_type(TypeId type) const noexcept;
  SlotAddress create_cold(TypeId type, std::size_t bytes) noexcept;
  Status release_cold(SlotAddress address, std::uint32_t generation) noexcept;
  void bury(Slot slot) noexcept;
  void finish_all(Slot slot) noexcept;
  void finish(Slot slot, SlotAddress& pending) noexcept;
  void free_object(Slot slot) noexcept;
  void abandon(Handle handle, SlotAddress& pending) noexcept;

  AllocatorRef allocator_;
  Block** blocks_ = nullptr;
  Type* types_ = nullptr;
  SlotAddress first_free_ = 0;
  SlotAddress last_free_ = 0;
  std::uint32_t block_count_ = 0;
  std::uint32_t block_capacity_ = 0;
  std::uint32_t type_count_ = 0;
  std::uint32_t type_capacity_ = 0;
  std::uint32_t last_generation_;
  DropHook drop_hook_ = nullptr;
  void* drop_context_ = nullptr;
};

}  // namespace heaplet
