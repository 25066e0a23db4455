// SPDX-License-Identifier: MIT

#include <map>
#include <memory>
#include <new>
#include <numeric>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include "consumer.h"

namespace {

// Allocates before main() and frees after it.
const std::vector<std::string> kWords = {"a static string that is too long to be stored inline",
                                         "and another one, which is on the heap like the first"};

struct alignas(64) Wide {
  unsigned char bytes[64] = {};
};

}  // namespace

unsigned use_containers() {
  unsigned sum = 0;
  std::map<std::string, std::vector<unsigned>> index;
  for (unsigned i = 0; i < 5000; i++) {
    index["a key that is not stored inline " + std::to_string(i * 7919 % 613)].push_back(i);
  }
  for (const auto& [key, values] : index) {
    sum += static_cast<unsigned>(key.size()) * std::accumulate(values.begin(), values.end(), 0u);
  }
  std::unordered_map<unsigned, std::unique_ptr<std::string>> owned;
  for (unsigned i = 0; i < 2000; i++) owned[i] = std::make_unique<std::string>(i % 90, 'x');
  for (unsigned i = 0; i < 2000; i += 3) owned.erase(i);
  for (unsigned i = 0; i < 2000; i++) {
    if (const auto found = owned.find(i); found != owned.end()) sum += found->second->size();
  }
  std::string text;
  for (unsigned i = 0; i < 20000; i++) text += static_cast<char>('a' + i % 26);
  auto shared = std::make_shared<std::string>(text);
  const std::weak_ptr<std::string> weak = shared;
  shared.reset();
  CHECK(weak.expired());
  for (const unsigned char c : text) sum = sum * 31 + c;
  auto* const wide = new Wide[5];
  CHECK(reinterpret_cast<std::size_t>(wide) % 64 == 0);
  delete[] wide;
  CHECK(kWords[0].size() == 52);
  return sum;
}

#ifdef CONSUMER_EXCEPTIONS

static unsigned throw_deep(int depth) {
  const std::string kept(100, 'k');  // unwinding must free it
  if (depth == 0) throw std::runtime_error("thrown from the depths, with a text on the heap");
  return throw_deep(depth - 1) + static_cast<unsigned>(kept.size());
}

unsigned use_exceptions() {
  unsigned sum = 0;
  for (int depth = 0; depth < 50; depth++) {
    try {
      sum += throw_deep(depth);
    } catch (const std::exception& error) {
      sum += static_cast<unsigned>(std::string(error.what()).size());
    }
  }
  std::exception_ptr kept;
  try {
    std::vector<int>().at(3);
  } catch (...) {
    kept = std::current_exception();
  }
  try {
    std::rethrow_exception(kept);
  } catch (const std::out_of_range&) {
    sum += 1;
  }
  return sum;
}

void new_at_limit() {
  std::vector<char*> all;
  all.reserve(100000);
  bool thrown = false;
  while (!thrown) {
    try {
      all.push_back(new char[1 << 20]);
    } catch (const std::bad_alloc&) {  // thrown when there is hardly any memory left
      thrown = true;
    }
  }
  CHECK(all.size() > 4);
  static char* volatile seen;
  seen = new (std::nothrow) char[1 << 20];
  CHECK(seen == nullptr);
  for (char* block : all) delete[] block;
  CHECK(use_exceptions() > 0);
}

#else

unsigned use_exceptions() { return 0; }

void new_at_limit() {
  static char* volatile seen;
  seen = new (std::nothrow) char[std::size_t{1} << 31];
  CHECK(seen == nullptr);
}

#endif
