// SPDX-License-Identifier: MIT
//
// Included before every file of Lua. By default Lua seeds its string hash with the clock and with
// addresses, and the order of pairs() follows the seed: two allocators would give two outputs.

#define luai_makeseed(L) 0x5eed
