// SPDX-License-Identifier: MIT
//
// A program that misuses its memory in the way its argument says, and has no hook.
#include <cstdio>
#include <cstdlib>
#include <cstring>

static void* volatile seen;

int main(int argc, char** argv) {
  const char* const fault = argc > 1 ? argv[1] : "none";
  seen = std::malloc(10);
  std::printf("before\n");
  if (std::strcmp(fault, "overflow") == 0) static_cast<char*>(seen)[10] = 1;
  if (std::strcmp(fault, "double-free") == 0) std::free(seen);
  if (std::strcmp(fault, "leak") == 0) {
    seen = nullptr;
    return 0;
  }
  std::free(seen);
  std::printf("after");
  return 0;
}
