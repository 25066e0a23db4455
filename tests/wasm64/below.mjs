// SPDX-License-Identifier: MIT

const GIB = 2 ** 30;

/**
 * Takes the memory below so many GiB, so that what comes next lies past them. It is never touched, and
 * costs no more than its addresses.
 */
export function takeBelow({ unsafe }, gib) {
  for (let i = 0; i < gib; i++) unsafe.allocate(GIB);
  // What is left between: smaller and smaller pieces of it, down to what a block of slots takes.
  for (let piece = GIB / 2; piece >= 2048; piece /= 2) {
    while (unsafe.allocate(piece) < gib * GIB);
  }
}
