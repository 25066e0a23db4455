// SPDX-License-Identifier: MIT
//
// Cells: what Slab and Pool have in common: one value of the table, cut into cells of one type.
//
// Which cells are free is known here, for JavaScript alone fills them. That the value in a cell is
// alive is said by a life in linear memory (lives.js), which views compare.

import {
  badArgument,
  BoundsError,
  OutOfMemoryError,
  throwDropErrors,
  wholeNumber,
} from './errors.js';
import { Layout } from './layout.js';
import { livesOf } from './lives.js';
import { Owned, aliveSlot } from './owned.js';
import { PayloadType, toType } from './types.js';

/** @typedef {import('./core.js').Core} Core */

export const CAPACITY_LIMIT = 2 ** 21;

/** A moment of a Slab or a Pool to rewind to. */
export class CellCheckpoint {
  /** @internal @param {Store} store @param {number} births */
  constructor(store, births) {
    /** @internal */
    this._store = store;
    /** @internal */
    this._births = births;
  }
}

/** The cells of one Slab or Pool. */
export class Store {
  /** Word of each cell's lives; 0 until it is used first. */
  words;
  /** The how-manyth value each cell holds. */
  births;
  /** The cells that were emptied, first in first out: a ring. */
  #ring;
  #ringStart = 0;
  #ringLength = 0;
  /** Cells that were ever used: those below. */
  fresh = 0;
  birthCount = 0;
  size = 0;

  /**
   * @param {Core} core
   * @param {PayloadType<any, any>} type
   * @param {number} capacity
   * @param {number} address
   */
  constructor(core, type, capacity, address) {
    this.core = core;
    this.type = type;
    this.capacity = capacity;
    this.address = address;
    this.cellBytes = cellBytesOf(type);
    this.words = new Uint32Array(capacity);
    this.births = new Float64Array(capacity);
    this.#ring = new Uint32Array(capacity);
  }

  /** Fills a cell; its index. The instance is open and its views are current. @param {any} value */
  fill(value) {
    const { core, type } = this;
    const isFresh = this.#ringLength === 0;
    const index = isFresh ? this.fresh : this.#ring[this.#ringStart];
    if (index >= this.capacity) {
      throw new OutOfMemoryError('H0001', `all ${this.capacity} cells of ${type.name} are in use`, {
        help: 'end what is no longer needed, or make it larger',
      });
    }
    const lives = livesOf(core);
    if (isFresh) {
      this.words[index] = lives.take();
      this.fresh += 1;
    } else {
      this.#ringStart = (this.#ringStart + 1) % this.capacity;
      this.#ringLength -= 1;
    }
    const address = this.address + index * this.cellBytes;
    core.u8.fill(0, address, address + this.cellBytes);
    type.write(core, address, value);
    lives.begin(this.words[index]);
    this.births[index] = ++this.birthCount;
    this.size += 1;
    return index;
  }

  /** The number of the life in a cell: even when there is none. @param {number} index */
  lifeIn(index) {
    return index < this.fresh ? this.core.u32[this.words[index]] : 0;
  }

  /** @param {number} index */
  placeOf(index) {
    const slot = this.words[index];
    const address = this.address + index * this.cellBytes;
    const generation = this.core.u32[slot];
    return { core: this.core, slot, generation, address, bytes: this.cellBytes };
  }

  /** Ends the value in a cell. @param {number} index */
  empty(index) {
    const isUsable = livesOf(this.core).end(this.words[index]);
    this.size -= 1;
    this.#dropOwned(index);
    // Only now: what is dropped may fill cells itself.
    if (isUsable) {
      this.#ring[(this.#ringStart + this.#ringLength) % this.capacity] = index;
      this.#ringLength += 1;
    }
  }

  /** Ends what was filled after `births` values, last first. @param {number} births */
  emptySince(births) {
    const indices = [];
    for (let index = 0; index < this.fresh; index++) {
      if ((this.lifeIn(index) & 1) === 1 && this.births[index] > births) indices.push(index);
    }
    indices.sort((a, b) => this.births[b] - this.births[a]);
    // A callback of what is dropped may have ended others.
    for (const index of indices) if ((this.lifeIn(index) & 1) === 1) this.empty(index);
  }

  /** The memory ends: so does everything in it, in order of cells. */
  end() {
    const lives = livesOf(this.core);
    for (let index = 0; index < this.fresh; index++) {
      const wasAlive = (this.lifeIn(index) & 1) === 1;
      lives.give(this.words[index]);
      if (wasAlive) this.#dropOwned(index);
    }
    this.fresh = 0;
    this.size = 0;
  }

  /** @param {number} index */
  #dropOwned(index) {
    const { type } = this;
    if (type.ownedOffsets.length === 0 || !(type instanceof Layout)) return;
    type.dropOwned(this.core, this.address + index * this.cellBytes);
  }
}

/** @param {PayloadType<any, any>} type */
function cellBytesOf(type) {
  const bytes = /** @type {number} */ (type.fixedBytes);
  return Math.max(Math.ceil(bytes / type.alignment) * type.alignment, 1);
}

/** The owner of cells: what Slab and Pool are. */
export class CellOwner extends Owned {
  /** @internal @type {Store} */
  _store = /** @type {any} */ (undefined);

  /** Values alive. */
  get size() {
    aliveSlot(this, 'measure');
    return this._store.size;
  }

  /** Values there is room for. */
  get capacity() {
    return this._store.capacity;
  }

  /** Ends every value. */
  reset() {
    aliveSlot(this, 'reset');
    this._store.emptySince(0);
    throwDropErrors(this._store.core);
  }

  /** A moment to rewind() to. */
  checkpoint() {
    aliveSlot(this, 'mark');
    return new CellCheckpoint(this._store, this._store.birthCount);
  }

  /**
   * Ends every value made since `checkpoint`, last first.
   * @param {CellCheckpoint} checkpoint
   */
  rewind(checkpoint) {
    aliveSlot(this, 'rewind');
    if (!(checkpoint instanceof CellCheckpoint) || checkpoint._store !== this._store) {
      throw badArgument(`a checkpoint of ${this}`, checkpoint);
    }
    this._store.emptySince(checkpoint._births);
    throwDropErrors(this._store.core);
  }

  /** @override @returns {this} */
  move() {
    const next = super.move();
    next._store = this._store;
    return next;
  }
}

/** What each type's cells are called in reports. @type {WeakMap<PayloadType<any, any>, Map<string, PayloadType<any, any>>>} */
const names = new WeakMap();

/**
 * @template {CellOwner} T
 * @param {Core} core
 * @param {new (core: Core, slot: number, generation: number, type: PayloadType<any, any>) => T} Kind
 * @param {unknown} given
 * @param {number} capacity
 * @returns {T}
 */
export function createCells(core, Kind, given, capacity) {
  core.checkOpen();
  const type = toType(given).original;
  if (
    type.fixedBytes === undefined ||
    (type.ownedOffsets.length > 0 && !(type instanceof Layout))
  ) {
    throw badArgument(
      'a type of one size',
      type.name,
      'a scalar, a Layout or arrayOf(scalar, length)',
    );
  }
  wholeNumber('capacity', capacity, 1, CAPACITY_LIMIT);
  const bytes = capacity * cellBytesOf(type);
  if (bytes >= 2 ** 31) throw new BoundsError('H0002', `${bytes} bytes are too many for one value`);
  const ofType = names.get(type) ?? new Map();
  names.set(type, ofType);
  const own =
    ofType.get(Kind.name) ??
    new PayloadType({ name: `${Kind.name}<${type.name}>`, elementBytes: 1, alignment: 8 });
  ofType.set(Kind.name, own);
  const slot = core.create(own, bytes);
  const owner = new Kind(core, slot, core.u32[slot], own);
  owner._store = new Store(core, type, capacity, core.objectOf(slot));
  // Whoever ends it: drop(), a scope, a struct that owns it.
  const store = owner._store;
  owner.onDrop(() => store.end());
  return owner;
}

/** The cells of a living owner; its views are current. @param {CellOwner} owner */
export function storeOf(owner) {
  aliveSlot(owner, 'look into');
  return owner._store;
}
