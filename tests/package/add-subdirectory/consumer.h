// SPDX-License-Identifier: MIT
#pragma once

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif

// Ends the program with a message when something is not as it must be; assert() would be compiled
// out of half of the variants.
#define CHECK(condition)                                             \
  do {                                                               \
    if (!(condition)) {                                              \
      printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                       \
    }                                                                \
  } while (0)

// memory.c: each returns a number that depends on all it did.
unsigned use_family(void);
unsigned use_blocks(void);
void grow_memory(void);
void reach_limit(size_t low_mib, size_t high_mib, size_t block_kib);

// containers.cpp
unsigned use_containers(void);
unsigned use_exceptions(void);
void new_at_limit(void);

#ifdef __cplusplus
}
#endif
