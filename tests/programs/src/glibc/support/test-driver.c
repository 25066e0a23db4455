/* SPDX-License-Identifier: MIT */
/* Included at the end of each test, which has a do_test(). */
#include "check.h"

int main(int argc, char** argv) {
  (void)argc;
  (void)argv;
#if defined(TEST_FUNCTION_ARGV)
  const int result = TEST_FUNCTION_ARGV(argc, argv);
#elif defined(TEST_FUNCTION)
  const int result = TEST_FUNCTION;
#else
  const int result = do_test();
#endif
  if (result != 0 || failure_count != 0) return 1;
  puts("passed");
  return 0;
}
