/* SPDX-License-Identifier: MIT */
/* What glibc's tests of malloc use of its own test library: tests/programs/malloc-suites.mjs. */
#pragma once
#include <stdio.h>
#include <stdlib.h>

static int failure_count;

static inline int check(int holds, const char* file, int line, const char* text) {
  if (holds) return 1;
  printf("%s:%d: not so: %s\n", file, line, text);
  ++failure_count;
  return 0;
}

#define TEST_VERIFY(condition) ((void)check(!!(condition), __FILE__, __LINE__, #condition))
#define TEST_VERIFY_EXIT(condition) \
  (check(!!(condition), __FILE__, __LINE__, #condition) ? (void)0 : exit(1))
#define TEST_COMPARE(left, right) TEST_VERIFY((left) == (right))
#define FAIL_EXIT1(...) (printf(__VA_ARGS__), puts(""), exit(1))
