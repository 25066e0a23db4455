// SPDX-License-Identifier: MIT
//
// Any sequence of operations on Rc, Weak, Box and RefCell, each done alike with the standard
// library's shared_ptr, weak_ptr, unique_ptr and a counter. Memory may be refused.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>

#include "heaplet/box.hpp"
#include "heaplet/cell.hpp"
#include "heaplet/rc.hpp"

namespace {

void require(bool holds, int line) {
  if (holds) return;
  std::fprintf(stderr, "not so: line %d\n", line);
  std::abort();
}
#define REQUIRE(condition) require(condition, __LINE__)

std::size_t granted_requests;

struct RefusingAllocator {
  void* allocate(std::size_t bytes, std::size_t alignment) noexcept {
    if (granted_requests == 0) return nullptr;
    --granted_requests;
    return ::operator new (bytes, std::align_val_t{alignment}, std::nothrow);
  }
  void deallocate(void* address, std::size_t, std::size_t alignment) noexcept {
    ::operator delete (address, std::align_val_t{alignment});
  }
};

int alive;
int model_alive;

struct Node;
using Strong = heaplet::Rc<Node, RefusingAllocator>;
using Observer = heaplet::Weak<Node, RefusingAllocator>;
struct Node {
  explicit Node(int number) : value(number) { ++alive; }
  ~Node() { --alive; }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  heaplet::RefCell<int> value;
};
struct ModelNode {
  explicit ModelNode(int number) : value(number) { ++model_alive; }
  ~ModelNode() { --model_alive; }
  ModelNode(const ModelNode&) = delete;
  ModelNode& operator=(const ModelNode&) = delete;
  int value;
  int borrow = 0;  // -1: exclusive
};

struct Slot {
  Strong strong;
  Observer weak;
  heaplet::Box<Strong, RefusingAllocator> boxed;
  heaplet::RefCell<int>::Ref shared;
  heaplet::RefCell<int>::RefMut exclusive;
  std::shared_ptr<ModelNode> model;
  std::weak_ptr<ModelNode> model_weak;
  std::shared_ptr<ModelNode> model_boxed;
  std::shared_ptr<ModelNode> model_borrowed;  // a guard may not outlive its cell
  Strong borrowed;

  void drop_borrow() {
    if (model_borrowed != nullptr) {
      model_borrowed->borrow = exclusive ? 0 : model_borrowed->borrow - 1;
    }
    shared.drop();
    exclusive.drop();
    borrowed.drop();
    model_borrowed.reset();
  }
};

class World {
 public:
  ~World() {
    for (Slot& slot : slots_) slot.drop_borrow();
  }

  void step(std::uint8_t kind, std::uint8_t first, std::uint8_t second) {
    Slot& slot = slots_[first % slots_.size()];
    Slot& other = slots_[second % slots_.size()];
    switch (kind % 11) {
      case 0:
        slot.strong = Strong::try_make_in(RefusingAllocator{}, second);
        slot.model = slot.strong ? std::make_shared<ModelNode>(second) : nullptr;
        break;
      case 1:
        if (!other.strong) break;
        slot.strong = other.strong.clone();
        slot.model = other.model;
        break;
      case 2:
        slot.strong = std::move(other.strong);
        if (&slot != &other) slot.model = std::move(other.model);
        REQUIRE(&slot == &other || !other.strong);
        break;
      case 3:
        slot.strong.drop();
        slot.model.reset();
        break;
      case 4:
        if (!other.strong) break;
        slot.weak = other.strong.downgrade();
        slot.model_weak = other.model;
        break;
      case 5:
        slot.strong = other.weak.upgrade();
        slot.model = other.model_weak.lock();
        break;
      case 6:
        slot.weak = Observer();
        slot.model_weak.reset();
        break;
      case 7:
        box(slot, other);
        break;
      case 8:
        borrow(slot, other);
        break;
      case 9:
        borrow_mut(slot, other, second);
        break;
      case 10:
        slot.drop_borrow();
        break;
    }
    check();
  }

 private:
  static void box(Slot& slot, Slot& other) {
    if (slot.boxed) {
      other.strong = slot.boxed.into_inner();
      other.model = std::move(slot.model_boxed);
      slot.model_boxed.reset();
    } else if (slot.strong) {
      slot.boxed = heaplet::Box<Strong, RefusingAllocator>::try_make_in(RefusingAllocator{},
                                                                        slot.strong.clone());
      if (slot.boxed) slot.model_boxed = slot.model;
    }
  }

  static void borrow(Slot& slot, Slot& other) {
    if (!other.strong) return;
    slot.drop_borrow();
    auto guard = other.strong->value.try_borrow();
    REQUIRE(bool{guard} == (other.model->borrow >= 0));
    if (!guard) return;
    REQUIRE(*guard == other.model->value);
    ++other.model->borrow;
    slot.shared = std::move(guard);
    slot.borrowed = other.strong.clone();
    slot.model_borrowed = other.model;
  }

  static void borrow_mut(Slot& slot, Slot& other, int value) {
    if (!other.strong) return;
    slot.drop_borrow();
    auto guard = other.strong->value.try_borrow_mut();
    REQUIRE(bool{guard} == (other.model->borrow == 0));
    if (!guard) return;
    *guard = other.model->value = value;
    other.model->borrow = -1;
    slot.exclusive = std::move(guard);
    slot.borrowed = other.strong.clone();
    slot.model_borrowed = other.model;
  }

  void check() const {
    REQUIRE(alive == model_alive);
    for (const Slot& slot : slots_) {
      REQUIRE(bool{slot.strong} == (slot.model != nullptr));
      if (!slot.strong) continue;
      REQUIRE(slot.strong.strong_count() == static_cast<std::uint32_t>(slot.model.use_count()));
      REQUIRE(slot.strong->value.borrow_state() == slot.model->borrow);
      std::uint32_t observers = 0;
      for (const Slot& other : slots_) {
        observers += !other.model_weak.expired() && !other.model_weak.owner_before(slot.model) &&
                     !slot.model.owner_before(other.model_weak);
      }
      REQUIRE(slot.strong.weak_count() == observers);
    }
  }

  std::array<Slot, 8> slots_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
  if (bytes < 1) return 0;
  granted_requests = data[0] < 0x80 ? SIZE_MAX : data[0] % 32U;
  {
    World world;
    for (std::size_t at = 1; at + 3 <= bytes; at += 3) {
      world.step(data[at], data[at + 1], data[at + 2]);
    }
  }
  REQUIRE(alive == 0 && model_alive == 0);
  return 0;
}
