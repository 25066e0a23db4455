// SPDX-License-Identifier: MIT
//
// pugixml's documents for JavaScript, which owns them: the line that does it is owned_class().
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>

#include "heaplet/embind.hpp"
#include "pugixml.hpp"

namespace {

bool load(pugi::xml_document& document, const std::string& source) {
  return static_cast<bool>(document.load_string(source.c_str()));
}

std::string evaluate(const pugi::xml_document& document, const std::string& xpath) {
  return pugi::xpath_query(xpath.c_str()).evaluate_string(document);
}

int children(const pugi::xml_document& document) {
  const auto all = document.document_element().children();
  return static_cast<int>(std::distance(all.begin(), all.end()));
}

// Notes of when objects of this class end, which pugixml's own classes keep to themselves.
struct Session {
  explicit Session(std::string label) : name(std::move(label)) { ++live; }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() { --live; }
  std::string name;
  static inline int live = 0;
};

// A method of each kind that is called without Embind.
class Meter {
 public:
  void reset() noexcept { total_ = 0; }
  double add(double value) { return total_ += value; }
  double add_scaled(float value, std::int32_t factor, bool negative) {
    return total_ += (negative ? -1.0 : 1.0) * static_cast<double>(value) * factor;
  }
  [[nodiscard]] bool is_above(std::int16_t limit) const { return total_ > limit; }
  [[nodiscard]] std::uint32_t bits(std::uint32_t mask) const { return 0xf000000fU & mask; }
  [[nodiscard]] std::int8_t least(std::int8_t a, std::uint8_t b) const noexcept {
    return a < b ? a : static_cast<std::int8_t>(b);
  }

 private:
  double total_ = 0;
};

}  // namespace

EMSCRIPTEN_BINDINGS(documents) {
  heaplet::raw_method<&children>(heaplet::owned_class<pugi::xml_document>("Document"), "children")
      .function("children()", &children)
      .constructor<>()
      .function("load(source)", &load)
      .function("evaluate(xpath)", &evaluate);

  heaplet::owned_class<Session>("Session").constructor<std::string>().property(
      "name", &Session::name, emscripten::return_value_policy::reference());
  emscripten::function(
      "liveSessions", +[] { return Session::live; });

  const auto meter = heaplet::owned_class<Meter>("Meter").constructor<>();
  heaplet::raw_method<&Meter::reset>(meter, "reset");
  heaplet::raw_method<&Meter::add>(meter, "add");
  heaplet::raw_method<&Meter::add_scaled>(meter, "addScaled");
  heaplet::raw_method<&Meter::is_above>(meter, "isAbove");
  heaplet::raw_method<&Meter::bits>(meter, "bits");
  heaplet::raw_method<&Meter::least>(meter, "least");

  // Not handed over.
  emscripten::class_<pugi::xml_writer>("Writer");
}
