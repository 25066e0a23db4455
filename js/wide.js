// SPDX-License-Identifier: MIT
//
// Wide: the core of a module for wasm64, whose memory may be larger than 4 GiB.
//
// Addresses are numbers as everywhere: the module's exports give and take doubles (heaplet_address of
// heaplet.h). Only shifts are of no use: they cut numbers to 32 bits. Slots fit into those, for memories
// end at 2^32 words.
//
// Decision. One package for both, and a core of its own instead of a question wherever an address is
// read: engines inline the method of the one class that they have met, so wasm32 does what it did. Scalars
// are read by their codes in a few places where any question would be heard; there a wide one has
// another code (WIDE of scalars.js), which the others' switch meets last.

import { Core } from './core.js';
import { WIDE } from './scalars.js';
import { Scalar, toType } from './types.js';

/** Words from a slot's generation to its object, for the slot at the beginning of its block. */
const OBJECT = 584;
const BLOCK_WORDS = 1024;

/** Exports that give a slot: as signed integers of 32 bits, of which only wasm32's are never negative. */
const GIVING_SLOTS = [
  'heaplet_create',
  'heaplet_create_small',
  'heaplet_adopt',
  'heaplet_slot_of',
  'heaplet_next_live',
  'heaplet_arena_create',
];

/** Scalars as owners in a module for wasm64 have them. @type {Map<number, Scalar<any>>} */
const wideScalars = new Map();

/** @internal */
export class WideCore extends Core {
  wide = WIDE;
  pointerBytes = 8;

  /** @override @param {number} given */
  toAddress(given) {
    return given;
  }

  /** @override @param {number} address */
  wordOf(address) {
    return address / 4;
  }

  /** @override @param {number} address */
  pointerAt(address) {
    return this.#pointerIn(address / 4);
  }

  /** @override @param {number} slot */
  objectOf(slot) {
    // Pointers take two words each, so those of later slots are farther away.
    return this.#pointerIn(slot + OBJECT + (slot % BLOCK_WORDS));
  }

  /** @override @param {number} address @param {number} count */
  sizesAt(address, count) {
    return [...this.f64.subarray(address / 8, address / 8 + count)];
  }

  /** @override @param {unknown} type */
  typeOf(type) {
    const known = toType(type);
    if (!(known instanceof Scalar) || (known.code & WIDE) !== 0) return known;
    let wide = wideScalars.get(known.code);
    if (!wide) wideScalars.set(known.code, (wide = new Scalar(known.code | WIDE)));
    return wide;
  }

  /** @param {number} word */
  #pointerIn(word) {
    return this.u32[word] + this.u32[word + 1] * 2 ** 32;
  }
}

/**
 * The core of a module, whose exports tell which.
 * @param {Record<string, any>} exports
 * @param {{memory: WebAssembly.Memory, diagnostics: import('./diagnostics.js').Diagnostics}} parts
 * @returns {Core}
 */
export function createCore(exports, parts) {
  if (exports.heaplet_pointer_bytes?.() !== 8) return new Core(exports, parts);
  const unsigned = GIVING_SLOTS.map((name) => [
    name,
    (/** @type {number} */ a, /** @type {number} */ b, /** @type {number} */ c) =>
      exports[name](a, b, c) >>> 0,
  ]);
  return new WideCore({ ...exports, ...Object.fromEntries(unsigned) }, parts);
}
