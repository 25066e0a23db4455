// SPDX-License-Identifier: MIT
// A module that allocates nothing: what every size is measured against.

int bench_nothing(void) { return 0; }
