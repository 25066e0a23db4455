// SPDX-License-Identifier: MIT
//
// Any sequence of calls of a handle table, also with stale and made-up handles, against a map that
// does the same. Destructors use the table; memory may be refused.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "heaplet/handle_table.hpp"

namespace {

using heaplet::Handle;
using heaplet::HandleTable;
using heaplet::Status;

void require(bool holds, int line) {
  if (holds) return;
  std::fprintf(stderr, "not so: line %d\n", line);
  std::abort();
}
#define REQUIRE(condition) require(condition, __LINE__)

struct RefusingAllocator {
  std::size_t granted;
  void* allocate(std::size_t bytes, std::size_t alignment) noexcept {
    if (granted == 0) return nullptr;
    --granted;
    return ::operator new (bytes, std::align_val_t{alignment}, std::nothrow);
  }
  void deallocate(void* address, std::size_t, std::size_t alignment) noexcept {
    ::operator delete (address, std::align_val_t{alignment});
  }
};

struct Object {
  std::uint32_t strong = 1;
  std::int64_t weak = 0;
  std::int32_t borrow = 0;
  bool inserted = false;
};

class World {
 public:
  World(std::size_t granted, std::uint32_t last_generation)
      : allocator_{granted}, table_(heaplet::AllocatorRef::of(allocator_), last_generation) {
    heaplet::TypeInfo info;
    info.name = "probe";
    info.context = this;
    // Ends other objects while it ends itself: whatever the slot that it names is.
    info.destroy = [](void* object, void* context) {
      static_cast<World*>(context)->destroyed(*static_cast<std::uint8_t*>(object));
    };
    info.bytes = 8;
    type_ = table_.register_type(info);
  }

  // The table ends what is left, in an order of its own.
  ~World() { depth_ = kDeepest; }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  void step(std::uint8_t kind, std::uint8_t which, std::uint8_t argument) {
    Handle handle = handles_[which % handles_.size()];
    if (argument >= 0xf0) handle.generation ^= 1U << argument % 16U;  // made up
    if (argument >= 0xfc) handle.index ^= 1U << argument % 16U;
    Object* const object = find(handle);
    const Status stale = handle ? Status::StaleHandle : Status::NullHandle;
    switch (kind % 11) {
      case 0:
        create(which, argument);
        break;
      case 1:
        insert(which, argument);
        break;
      case 2:
        REQUIRE(table_.retain(handle) == (object != nullptr ? Status::Ok : stale));
        if (object != nullptr) ++object->strong;
        break;
      case 3:
      case 4:
        release(handle);
        break;
      case 5:
        REQUIRE(table_.try_borrow(handle) == (object == nullptr    ? stale
                                              : object->borrow < 0 ? Status::BorrowedMutably
                                                                   : Status::Ok));
        if (object != nullptr && object->borrow >= 0) ++object->borrow;
        break;
      case 6:
        REQUIRE(table_.try_borrow_mut(handle) == (object == nullptr    ? stale
                                                  : object->borrow < 0 ? Status::BorrowedMutably
                                                  : object->borrow > 0 ? Status::Borrowed
                                                                       : Status::Ok));
        if (object != nullptr && object->borrow == 0) object->borrow = -1;
        break;
      case 7:
        REQUIRE(table_.return_borrow(handle) == (object == nullptr     ? stale
                                                 : object->borrow <= 0 ? Status::NotBorrowed
                                                                       : Status::Ok));
        if (object != nullptr && object->borrow > 0) --object->borrow;
        break;
      case 8:
        REQUIRE(table_.return_borrow_mut(handle) == (object == nullptr      ? stale
                                                     : object->borrow != -1 ? Status::NotBorrowed
                                                                            : Status::Ok));
        if (object != nullptr && object->borrow == -1) object->borrow = 0;
        break;
      case 9:
        detach(handle);
        break;
      case 10:
        if (object == nullptr) {
          REQUIRE(table_.retain_weak(handle) == stale);
        } else {
          REQUIRE(table_.retain_weak(handle) == Status::Ok);
          ++object->weak;
        }
        break;
    }
    check();
  }

 private:
  Object* find(Handle handle) {
    const auto found = model_.find(handle.packed());
    return found == model_.end() ? nullptr : &found->second;
  }

  void created(std::uint8_t which, Handle handle, bool inserted) {
    if (!handle) return;
    REQUIRE(model_.emplace(handle.packed(), Object{1, 0, 0, inserted}).second);
    handles_[which % handles_.size()] = handle;
  }
  void create(std::uint8_t which, std::uint8_t argument) {
    const Handle handle = table_.create(type_, 8);
    if (handle) *static_cast<std::uint8_t*>(table_.object_of(handle)) = argument;
    created(which, handle, false);
  }
  void insert(std::uint8_t which, std::uint8_t argument) {
    std::uint8_t* const place = &places_[argument % places_.size()];
    *place = 0xff;  // ends nothing else
    created(which, table_.insert(type_, place, 1), true);
  }

  void release(Handle handle) {
    Object* const object = find(handle);
    if (object == nullptr) {
      REQUIRE(table_.release(handle) == (handle ? Status::StaleHandle : Status::NullHandle));
    } else if (object->strong > 1) {
      REQUIRE(table_.release(handle) == Status::Ok);
      --object->strong;
    } else if (object->borrow != 0) {
      REQUIRE(table_.release(handle) ==
              (object->borrow < 0 ? Status::BorrowedMutably : Status::Borrowed));
    } else {
      model_.erase(handle.packed());
      REQUIRE(table_.release(handle) == Status::Ok);
      REQUIRE(!table_.contains(handle));
    }
  }

  void destroyed(std::uint8_t names) {
    if (names < 0x80 && depth_ < kDeepest) {
      ++depth_;
      release(handles_[names % handles_.size()]);
      --depth_;
    }
  }

  void detach(Handle handle) {
    Object* const object = find(handle);
    void* place = nullptr;
    const Status status = table_.detach(handle, &place);
    const bool may =
        object != nullptr && object->strong == 1 && object->borrow == 0 && object->inserted;
    REQUIRE((status == Status::Ok) == may);
    if (may) {
      REQUIRE(place >= places_.data() && place < places_.data() + places_.size());
      model_.erase(handle.packed());
    }
  }

  void check() {
    REQUIRE(table_.stats().live_count == model_.size());
    for (const auto& [packed, object] : model_) {
      const Handle handle = Handle::from_packed(packed);
      REQUIRE(table_.contains(handle) && table_.strong_count(handle) == object.strong);
      REQUIRE(table_.borrow_state(handle) == object.borrow);
      REQUIRE(table_.weak_count(handle) == object.weak);
    }
  }

  RefusingAllocator allocator_;
  std::array<std::uint8_t, 64> places_{};
  std::map<std::uint64_t, Object> model_;
  std::array<Handle, 24> handles_{};
  static constexpr int kDeepest = 8;
  int depth_ = 0;
  heaplet::TypeId type_ = heaplet::kNoType;
  HandleTable table_;  // ended first: its destructors use the rest
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
  if (bytes < 2) return 0;
  World world(data[0] < 0x80 ? SIZE_MAX : data[0] % 32U,
              data[1] % 2 == 0 ? heaplet::kLastGeneration : 9U);
  for (std::size_t at = 2; at + 3 <= bytes; at += 3) {
    world.step(data[at], data[at + 1], data[at + 2]);
  }
  return 0;
}
