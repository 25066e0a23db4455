// SPDX-License-Identifier: MIT
// Plain C for a compiler: macros unfold into many functions with loops and switches.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELL(N)                                \
  static int cell##N(int* values, int count) { \
    int sum = N;                               \
    for (int i = 0; i < count; i++) {          \
      switch ((values[i] + N) % 5) {           \
        case 0:                                \
          sum += values[i];                    \
          break;                               \
        case 1:                                \
          sum ^= values[i] << (N % 7);         \
          break;                               \
        case 2:                                \
          values[i] = sum % (N + 1);           \
          break;                               \
        default:                               \
          sum -= i * N;                        \
      }                                        \
    }                                          \
    return sum;                                \
  }
#define TEN(X, D) X(D##0) X(D##1) X(D##2) X(D##3) X(D##4) X(D##5) X(D##6) X(D##7) X(D##8) X(D##9)
// clang-format off
TEN(CELL, 1)
TEN(CELL, 2)
TEN(CELL, 3) TEN(CELL, 4) TEN(CELL, 5) TEN(CELL, 6) TEN(CELL, 7)

#define ROW(N) cell##N,
    static int (*const table[])(int*, int) = {TEN(ROW, 1) TEN(ROW, 2) TEN(ROW, 3) TEN(ROW, 4)
                                                  TEN(ROW, 5) TEN(ROW, 6) TEN(ROW, 7)};

// clang-format on
int main(int argc, char** argv) {
  int values[64] = {argc};
  for (int i = 1; i < 64; i++) values[i] = values[i - 1] * 7 + (int)strlen(argv[0]);
  int total = 0;
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) total += table[i](values, 64);
  printf("%d\n", total);
  return 0;
}
