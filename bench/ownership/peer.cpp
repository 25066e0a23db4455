// SPDX-License-Identifier: MIT
//
// What the ownership bench compares with: the same value behind Embind's class_ and smart_ptr; and
// the same owned, with methods that are called without Embind.
#include <emscripten/bind.h>

#include <memory>

#include "heaplet/embind.hpp"

namespace {

class Value {
 public:
  explicit Value(int value) : value_(value) {}
  [[nodiscard]] int read() const { return value_; }

 private:
  int value_;
};

class Shared : public Value {
 public:
  using Value::Value;
};

class OwnedValue : public Value {
 public:
  using Value::Value;
  [[nodiscard]] int plus(int other) const { return read() + other; }
  [[nodiscard]] double times(double factor) const { return read() * factor; }
};
int read(const OwnedValue& value) { return value.read(); }

}  // namespace

EMSCRIPTEN_BINDINGS(peer) {
  emscripten::class_<Value>("Value").constructor<int>().function("read()", &Value::read);
  emscripten::class_<Shared>("Shared")
      .smart_ptr_constructor("Shared", &std::make_shared<Shared, int>)
      .function("read()", &Shared::read);

  const auto owned = heaplet::owned_class<OwnedValue>("OwnedValue").constructor<int>();
  heaplet::raw_method<&read>(owned, "read");
  heaplet::raw_method<&OwnedValue::plus>(owned, "plus");
  heaplet::raw_method<&OwnedValue::times>(owned, "times");
}
