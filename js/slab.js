// SPDX-License-Identifier: MIT
//
// Slab and Pool: values of one struct type in numbered slots, named by keys that notice a dead value.
//
// Layout. One Box of `capacity` structs; the generations and the queue of free slots are in
// JavaScript, for JavaScript alone makes and ends these values. A key is one number below 2^53:
// generation × 2^21 + index, generations being odd while a value is alive, as in the handle table.

import { BoundsError, OutOfMemoryError, badArgument, wholeNumber } from './errors.js';
import { Layout } from './layout.js';
import { DISPOSE, aliveSlot, coreOf, generationOf } from './owned.js';
import { BYTES, OBJECT } from './core.js';

/** @typedef {import('./box.js').Box<any>} Box */

const INDEX_BITS = 21;
const INDEX_LIMIT = 2 ** INDEX_BITS;
const LAST_GENERATION = 2 ** 30 - 1;

/**
 * Values of a struct type, up to a capacity. Stale keys find null.
 * @template [Value=any]
 * @template [Init=any]
 */
export class Slab {
  #memory;
  #layout;
  #capacity;
  #generations;
  #free;
  #fresh = 0;
  #size = 0;

  /**
   * @internal
   * @param {Box} memory handed over
   * @param {Layout<any>} layout
   * @param {number} capacity
   */
  constructor(memory, layout, capacity) {
    this.#memory = memory;
    this.#layout = layout;
    this.#capacity = capacity;
    this.#generations = new Uint32Array(capacity);
    /** @type {number[]} free slots, first in first out from #freeHead */
    this.#free = /** @type {number[]} */ ([]);
  }

  /**
   * A new value; its key. Throws an OutOfMemoryError when the slab is full.
   * @param {Init} [init]
   * @returns {number}
   */
  insert(init) {
    aliveSlot(this.#memory, 'insert into');
    const index = this.#free.length > 0 ? this.#free[0] : this.#fresh;
    if (index >= this.#capacity) {
      throw new OutOfMemoryError('H0001', `a slab of ${this.#capacity} is full`, {
        help: 'remove() what is no longer needed, or make a larger slab',
      });
    }
    const { core, address } = this.#at(index);
    core.u8.fill(0, address, address + this.#layout.bytes);
    if (init !== undefined) this.#layout.write(core, address, /** @type {any} */ (init));
    // Taken only now: a refused init changes nothing.
    if (index === this.#fresh && this.#free.length === 0) this.#fresh += 1;
    else this.#free.shift();
    this.#size += 1;
    return ++this.#generations[index] * INDEX_LIMIT + index;
  }

  /**
   * The value that `key` names, as a view; null when it is gone.
   * @param {number} key
   * @returns {Value | null}
   */
  at(key) {
    const index = this.#find(key);
    if (index < 0) return null;
    const place = this.#at(index);
    return /** @type {any} */ (this.#layout.read(place.core, place.address, place));
  }

  /**
   * Whether `key` names a living value.
   * @param {number} key
   */
  has(key) {
    return this.#find(key) >= 0;
  }

  /**
   * Ends a value; false when it had ended already.
   * @param {number} key
   */
  remove(key) {
    const index = this.#find(key);
    if (index < 0) return false;
    this.#end(index);
    return true;
  }

  /** Ends every value; their keys are stale from then on. */
  reset() {
    aliveSlot(this.#memory, 'reset');
    for (let index = 0; index < this.#fresh; index++) {
      if ((this.#generations[index] & 1) === 1) this.#end(index);
    }
  }

  /** Values alive. */
  get size() {
    return this.#size;
  }

  /** Values there is room for. */
  get capacity() {
    return this.#capacity;
  }

  /** Keys of the living values, in order of their slots. @returns {Generator<number>} */
  *keys() {
    for (let index = 0; index < this.#fresh; index++) {
      const generation = this.#generations[index];
      if ((generation & 1) === 1) yield generation * INDEX_LIMIT + index;
    }
  }

  /** Ends the slab and everything in it. */
  drop() {
    this.#memory.drop();
  }

  [DISPOSE]() {
    this.#memory[DISPOSE]();
  }

  /** @param {number} key */
  #find(key) {
    aliveSlot(this.#memory, 'look into');
    if (!Number.isSafeInteger(key) || key < 0) throw badArgument('a key of this slab', key);
    const index = key % INDEX_LIMIT;
    const generation = Math.floor(key / INDEX_LIMIT);
    return (generation & 1) === 1 && this.#generations[index] === generation ? index : -1;
  }

  /** @param {number} index */
  #end(index) {
    const generation = ++this.#generations[index];
    this.#size -= 1;
    if (generation < LAST_GENERATION) this.#free.push(index);
  }

  /** @param {number} index */
  #at(index) {
    const core = coreOf(this.#memory);
    const slot = aliveSlot(this.#memory, 'look into');
    const address = core.u32[slot + OBJECT] + index * this.#layout.bytes;
    return {
      core,
      slot,
      generation: generationOf(this.#memory),
      address,
      bytes: core.u32[slot + BYTES],
    };
  }
}

/**
 * @param {(bytes: number) => Box} allocate
 * @param {unknown} layout
 * @param {number} capacity
 */
export function createSlab(allocate, layout, capacity) {
  if (!(layout instanceof Layout)) throw badArgument('a Layout', layout, 'Layout.of({ … })');
  if (layout.ownedOffsets.length > 0) {
    throw badArgument('a layout without owned fields', layout.name, 'a slab drops nothing');
  }
  wholeNumber('capacity', capacity, 1, INDEX_LIMIT);
  const bytes = capacity * layout.bytes;
  if (bytes >= 2 ** 31) throw new BoundsError('H0002', `a slab of ${bytes} bytes is too large`);
  return new Slab(allocate(bytes), layout, capacity);
}
