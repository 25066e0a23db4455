// SPDX-License-Identifier: MIT
//
// wasm64: 8 GiB of blocks at once, written at both ends, freed in another order and used again.
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

static_assert(sizeof(void*) == 8, "this is about 64-bit addresses");

namespace {

constexpr std::size_t kBlockBytes = std::size_t{200} << 20U;
constexpr std::size_t kBlockCount = 41;

void require(bool holds, const char* what) {
  if (holds) return;
  std::printf("not so: %s\n", what);
  std::exit(1);
}

std::vector<unsigned char*> fill() {
  std::vector<unsigned char*> blocks;
  for (std::size_t i = 0; i < kBlockCount; ++i) {
    auto* const block = static_cast<unsigned char*>(std::malloc(kBlockBytes));
    require(block != nullptr, "8 GiB are to be had");
    block[0] = block[kBlockBytes - 1] = static_cast<unsigned char>(i + 1);
    blocks.push_back(block);
  }
  return blocks;
}

}  // namespace

int main() {
  std::size_t memory_bytes = 0;
  for (int round = 0; round < 2; ++round) {
    const std::vector<unsigned char*> blocks = fill();
    require(reinterpret_cast<std::uintptr_t>(blocks.back()) > UINT32_MAX, "past 4 GiB");
    for (std::size_t i = 0; i < kBlockCount; ++i) {
      require(blocks[i][0] == i + 1 && blocks[i][kBlockBytes - 1] == i + 1, "blocks keep");
    }
    // A small block above 4 GiB, resized to one of more than 4 GiB when all else is free.
    auto* text = static_cast<char*>(std::malloc(40));
    std::strcpy(text, "heaplet");
    for (std::size_t i = 0; i < kBlockCount; i += 2) std::free(blocks[i]);
    for (std::size_t i = 1; i < kBlockCount; i += 2) std::free(blocks[i]);
    text = static_cast<char*>(std::realloc(text, std::size_t{5} << 30U));
    require(text != nullptr && std::strcmp(text, "heaplet") == 0, "realloc keeps contents");
    std::free(text);
    const std::size_t now = __builtin_wasm_memory_size(0) * 65536;
    if (round == 0) memory_bytes = now;
    require(now == memory_bytes, "the second round needs no more memory");
  }
  errno = 0;
  void* volatile refused = std::malloc(std::size_t{1} << 40U);
  require(refused == nullptr && errno == ENOMEM, "a terabyte is refused");
  std::printf("%zu MiB of memory, sound\n", memory_bytes >> 20U);
  return 0;
}
