// SPDX-License-Identifier: MIT
//
// Slab: values of one type in numbered slots, named by keys that notice a dead value.
//
// A key is one number below 2^51: the number of the value's life (cells.js), times 2^21, and the index
// of its cell.

import { badArgument, throwDropErrors } from './errors.js';
import { CAPACITY_LIMIT, CellOwner, createCells, storeOf } from './cells.js';

/** @typedef {import('./core.js').Core} Core */

/**
 * Values of one type, up to a capacity. Stale keys find null.
 * @template [Value=any]
 * @template [Init=any]
 */
export class Slab extends CellOwner {
  /**
   * A new value; its key. Throws an OutOfMemoryError when the slab is full.
   * @param {Init} [init]
   * @returns {number}
   */
  insert(init) {
    const { core, type } = storeOf(this);
    const value = type.prepare(core, init);
    const store = storeOf(this);
    const index = store.fill(value);
    return store.lifeIn(index) * CAPACITY_LIMIT + index;
  }

  /**
   * The value that `key` names: a scalar itself, a view of anything else; null when it is gone.
   * @param {number} key
   * @returns {Value | null}
   */
  at(key) {
    const index = find(this, key);
    if (index < 0) return null;
    const place = this._store.placeOf(index);
    return this._store.type.read(place.core, place.address, place);
  }

  /**
   * Replaces the value that `key` names; false when it is gone.
   * @param {number} key
   * @param {Init} value
   */
  set(key, value) {
    const { core, type } = storeOf(this);
    const prepared = type.prepare(core, value);
    const index = find(this, key);
    if (index < 0) return false;
    const place = this._store.placeOf(index);
    type.write(core, place.address, prepared, place);
    return true;
  }

  /**
   * Whether `key` names a living value.
   * @param {number} key
   */
  has(key) {
    return find(this, key) >= 0;
  }

  /**
   * Ends a value; false when it had ended already.
   * @param {number} key
   */
  remove(key) {
    const index = find(this, key);
    if (index < 0) return false;
    this._store.empty(index);
    throwDropErrors(this._store.core);
    return true;
  }

  /** Keys of the living values, in order of their slots. @returns {Generator<number>} */
  *keys() {
    for (let index = 0; index < storeOf(this).fresh; index++) {
      const life = this._store.lifeIn(index);
      if ((life & 1) === 1) yield life * CAPACITY_LIMIT + index;
    }
  }
}

/** The cell that `key` names; -1 when its value is gone. @param {Slab} slab @param {number} key */
function find(slab, key) {
  if (!Number.isSafeInteger(key) || key < 0) throw badArgument('a key of this slab', key);
  const store = storeOf(slab);
  const index = key % CAPACITY_LIMIT;
  const life = Math.floor(key / CAPACITY_LIMIT);
  return (life & 1) === 1 && store.lifeIn(index) === life ? index : -1;
}

/**
 * @param {Core} core
 * @param {unknown} type
 * @param {number} capacity
 * @returns {Slab<any, any>}
 */
export function createSlab(core, type, capacity) {
  return createCells(core, Slab, type, capacity);
}
