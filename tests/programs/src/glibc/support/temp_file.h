/* SPDX-License-Identifier: MIT */
/* Named by test-skeleton.c, used by none of the tests that are built here. */
#pragma once
