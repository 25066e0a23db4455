/* SPDX-License-Identifier: MIT */
/* Included before anything else: what glibc has and Emscripten's libc has not, or does not declare.
 */
#pragma once
#include <malloc.h>
#include <stddef.h>
#include <stdlib.h>

#include "check.h"

#define __GNUC_PREREQ(major, minor) 0
/* For the sizes that these tests ask for, which are refused, whole pages make no difference. */
#define pvalloc(bytes) memalign(65536, bytes)
#define valloc(bytes) memalign(65536, bytes)
int malloc_trim(size_t padding);

/* C leaves realloc(p, 0) open. glibc frees and gives null, which its tests ask for; heaplet
 * shrinks. */
static inline void* glibc_realloc(void* address, size_t bytes) {
  if (address == NULL || bytes != 0) return realloc(address, bytes);
  free(address);
  return NULL;
}
#define realloc glibc_realloc

static inline void* xmalloc(size_t bytes) {
  void* const address = malloc(bytes);
  TEST_VERIFY_EXIT(address != NULL);
  return address;
}
