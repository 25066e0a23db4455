// SPDX-License-Identifier: MIT
//
// pugixml's documents for JavaScript, which owns them: the line that does it is owned_class().
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

// Notes of when objects of this class end, which pugixml's own classes keep to themselves.
struct Session {
  explicit Session(std::string label) : name(std::move(label)) { ++live; }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() { --live; }
  std::string name;
  static inline int live = 0;
};

}  // namespace

EMSCRIPTEN_BINDINGS(documents) {
  heaplet::owned_class<pugi::xml_document>("Document")
      .constructor<>()
      .function("load(source)", &load)
      .function("evaluate(xpath)", &evaluate);

  heaplet::owned_class<Session>("Session").constructor<std::string>().property(
      "name", &Session::name, emscripten::return_value_policy::reference());
  emscripten::function(
      "liveSessions", +[] { return Session::live; });

  // Not handed over.
  emscripten::class_<pugi::xml_writer>("Writer");
}
