/* SPDX-License-Identifier: MIT */
#pragma once
#include "check.h"
