// SPDX-License-Identifier: MIT
//
// What Emscripten's runtime would bring along, in the module that has none.
#include <cstddef>

extern "C" {

__attribute__((import_module("env"), import_name("heaplet_print"))) void heaplet_print(
    const char* line, std::size_t bytes);

// The default panic hook prints by this. The runtime's own brings stdio: 14 KB.
void emscripten_console_error(const char* line) {
  std::size_t bytes = 0;
  while (line[bytes] != '\0') ++bytes;
  heaplet_print(line, bytes);
}

}  // extern "C"
