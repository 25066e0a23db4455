/* SPDX-License-Identifier: MIT */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#define error(status, number, ...) (printf(__VA_ARGS__), puts(""), exit(status))
