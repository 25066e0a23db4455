/* SPDX-License-Identifier: MIT */
/* glibc aligns to max_align_t, and so does heaplet: to what clang says it is. */
#pragma once
#include <stddef.h>
#define MALLOC_ALIGNMENT _Alignof(max_align_t)
#define MALLOC_ALIGN_MASK (MALLOC_ALIGNMENT - 1)
