// SPDX-License-Identifier: MIT
//
// What the ownership bench compares with: the same value behind Embind's class_ and smart_ptr.
#include <emscripten/bind.h>

#include <memory>

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

}  // namespace

EMSCRIPTEN_BINDINGS(peer) {
  emscripten::class_<Value>("Value").constructor<int>().function("read()", &Value::read);
  emscripten::class_<Shared>("Shared")
      .smart_ptr_constructor("Shared", &std::make_shared<Shared, int>)
      .function("read()", &Shared::read);
}
