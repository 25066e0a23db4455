// SPDX-License-Identifier: MIT
//
// Included before anything else where malloc.cpp is compiled for the host: what stands for
// WebAssembly's own instruction.
#pragma once

#include <cstddef>

std::size_t heaplet_host_memory_base();
std::size_t heaplet_host_memory_pages();
#define HEAPLET_MEMORY_BASE heaplet_host_memory_base()
#define __builtin_wasm_memory_size(memory) heaplet_host_memory_pages()
