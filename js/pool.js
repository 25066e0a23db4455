// SPDX-License-Identifier: MIT
//
// Pool: values of one type that come and go one by one, each with an owner, in memory that is taken
// once. Making and ending one calls nothing and allocates nothing in the module.

import { OutlivedError, UseAfterFreeError, throwDropErrors } from './errors.js';
import { CellOwner, createCells, storeOf } from './cells.js';
import { DISPOSE } from './owned.js';

/** @typedef {import('./core.js').Core} Core */

/** No life has this number. */
const DROPPED = -1;

/**
 * The one owner of a value in a Pool. It ends when it is dropped, or its pool is dropped, reset or
 * rewound to before it.
 * @template [Value=any]
 */
export class PoolItem {
  #store;
  #index;
  /** Of its life; 0 once it was dropped. */
  #generation;

  /** @internal @param {import('./cells.js').Store} store @param {number} index */
  constructor(store, index) {
    this.#store = store;
    this.#index = index;
    this.#generation = store.lifeIn(index);
  }

  /** Whether this still holds its value. Never throws. */
  get isAlive() {
    const store = this.#store;
    if (store.lifeIn(this.#index) === this.#generation) return true;
    return store.core.refresh() && store.lifeIn(this.#index) === this.#generation;
  }

  /** The value: a scalar itself, a view of anything else. @returns {Value} */
  get value() {
    if (!this.isAlive) this.#refuse('use');
    const { core, type } = this.#store;
    const place = this.#store.placeOf(this.#index);
    return type.read(core, place.address, place);
  }

  /** @param {any} value */
  set value(value) {
    const { core, type } = this.#store;
    const prepared = type.prepare(core, value);
    if (!this.isAlive) this.#refuse('assign to');
    const place = this.#store.placeOf(this.#index);
    type.write(core, place.address, prepared, place);
  }

  /** Ends the value; its cell is free for another. */
  drop() {
    if (!this.isAlive) this.#refuse('drop');
    this.#generation = DROPPED;
    this.#store.empty(this.#index);
    throwDropErrors(this.#store.core);
  }

  /** As drop(), but does nothing when the value has ended. */
  [DISPOSE]() {
    if (this.isAlive) this.drop();
  }

  /** Such as `PoolItem#7 <Point>`. */
  toString() {
    return `PoolItem#${this.#index} <${this.#store.type.name}>`;
  }

  /** @param {string} verb @returns {never} */
  #refuse(verb) {
    this.#store.core.checkOpen();
    if (this.#generation === DROPPED) {
      throw new UseAfterFreeError('E0382', `cannot ${verb} dropped value: ${this}`, {
        help: 'drop it later',
      });
    }
    throw new OutlivedError('E0597', `${this} is used after its pool was dropped or rewound`, {
      help: 'make it before the checkpoint, or in a Box',
    });
  }
}

/**
 * Values of one type, up to a capacity, each with an owner of its own.
 * @template [Value=any]
 * @template [Init=any]
 */
export class Pool extends CellOwner {
  /**
   * A new value. Throws an OutOfMemoryError when the pool is full.
   * @param {Init} [init]
   * @returns {PoolItem<Value>}
   */
  create(init) {
    const { core, type } = storeOf(this);
    const value = type.prepare(core, init);
    const store = storeOf(this);
    const index = store.fill(value);
    return new PoolItem(store, index);
  }
}

/**
 * @param {Core} core
 * @param {unknown} type
 * @param {number} capacity
 * @returns {Pool<any, any>}
 */
export function createPool(core, type, capacity) {
  return createCells(core, Pool, type, capacity);
}
