// SPDX-License-Identifier: MIT
//
// Arena: many values that end together, in memory that is taken by moving a pointer.

import { OBJECT, TYPE } from './core.js';
import { BorrowError, OutlivedError, badArgument, wholeNumber } from './errors.js';
import { Owned, aliveSlot, coreOf } from './owned.js';
import { PayloadType, toType } from './types.js';

/** @typedef {import('./core.js').Core} Core */

/** @type {PayloadType<never, never>} */
export const ARENA = new PayloadType({ name: 'Arena', elementBytes: 0, alignment: 8 });

/** What the module answers when it keeps as many checkpoints as it can: their number. */
const NO_MARK = 64;

/**
 * An item of an Arena. It ends when the arena is dropped, reset or rewound to before it.
 * @template [Value=any]
 */
export class ArenaItem {
  #arena;
  #epoch;
  #type;
  #address;
  #bytes;

  /**
   * @internal
   * @param {Arena} arena
   * @param {{count: number}} epoch
   * @param {PayloadType<any, any>} type
   * @param {{address: number, bytes: number}} memory
   */
  constructor(arena, epoch, type, { address, bytes }) {
    this.#arena = arena;
    this.#epoch = epoch;
    this.#type = type;
    this.#address = address;
    this.#bytes = bytes;
  }

  /** @returns {Value} */
  get value() {
    const place = this.#arena.placeOf(this.#epoch, this.#address, this.#bytes);
    return this.#type.read(place.core, this.#address, place);
  }

  set value(value) {
    const place = this.#arena.placeOf(this.#epoch, this.#address, this.#bytes);
    this.#type.write(place.core, this.#address, value, place);
  }
}

/** A moment of an Arena to rewind to. */
export class Checkpoint {
  /** @internal @param {{count: number}} epoch @param {number} mark */
  constructor(epoch, mark) {
    this.epoch = epoch;
    this.mark = mark;
  }
}

/**
 * Memory for values without owners of their own.
 *
 * Items are checked against the last reset or rewind that took them away. Views taken from an item's
 * value are checked against the arena's life only.
 */
export class Arena extends Owned {
  /** Each reset and rewind ends the epochs of the items it takes away. @type {{count: number}[]} */
  #epochs = [{ count: 0 }];

  /**
   * A new item.
   * @template {import('./inference.js').AnyType} const T
   * @param {T} type
   * @param {import('./inference.js').InitOf<T>} [init]
   * @returns {ArenaItem<import('./inference.js').ValueOf<T>>}
   */
  create(type, init) {
    const payload = toType(type);
    if (payload.ownedOffsets.length > 0) {
      throw badArgument('a type without owned fields', payload.name, 'an arena drops nothing');
    }
    const bytes = payload.bytesFor(/** @type {any} */ (init));
    const core = coreOf(this);
    const arena = core.u32[aliveSlot(this, 'allocate from') + OBJECT];
    const address = core.exports.heaplet_arena_allocate(arena, bytes, payload.alignment);
    if (address === 0) throw core.outOfMemory(bytes);
    core.refresh();
    if (init !== undefined) payload.write(core, address, init);
    const epoch = this.#epochs[this.#epochs.length - 1];
    return new ArenaItem(this, epoch, payload, { address, bytes });
  }

  /** A moment to rewind() to; there may be 64 at once. */
  checkpoint() {
    const core = coreOf(this);
    const arena = core.u32[aliveSlot(this, 'mark') + OBJECT];
    const mark = core.exports.heaplet_arena_mark(arena);
    if (mark === NO_MARK) throw badArgument(`at most ${NO_MARK} checkpoints`, mark + 1);
    const epoch = { count: 0 };
    this.#epochs.push(epoch);
    return new Checkpoint(epoch, mark);
  }

  /**
   * Ends every item made since `checkpoint`, and the checkpoints since then with it.
   * @param {Checkpoint} checkpoint
   */
  rewind(checkpoint) {
    const core = coreOf(this);
    const arena = core.u32[aliveSlot(this, 'rewind') + OBJECT];
    const index = checkpoint instanceof Checkpoint ? this.#epochs.indexOf(checkpoint.epoch) : -1;
    if (index < 1) throw badArgument('a checkpoint of this arena that was not passed', checkpoint);
    core.exports.heaplet_arena_rewind(arena, checkpoint.mark);
    for (const epoch of this.#epochs.splice(index)) epoch.count = 1;
  }

  /** Ends every item; keeps the memory. */
  reset() {
    const core = coreOf(this);
    core.exports.heaplet_arena_reset(core.u32[aliveSlot(this, 'reset') + OBJECT]);
    for (const epoch of this.#epochs) epoch.count = 1;
    this.#epochs = [{ count: 0 }];
  }

  /** Bytes in use, padding included. */
  get usedBytes() {
    const core = coreOf(this);
    return core.exports.heaplet_arena_used_bytes(core.u32[aliveSlot(this, 'measure') + OBJECT]);
  }

  /** Bytes held. */
  get capacityBytes() {
    const core = coreOf(this);
    return core.exports.heaplet_arena_capacity_bytes(core.u32[aliveSlot(this, 'measure') + OBJECT]);
  }

  /** @internal @param {{count: number}} epoch @param {number} address @param {number} bytes */
  placeOf(epoch, address, bytes) {
    const core = coreOf(this);
    const slot = aliveSlot(this, 'look into');
    if (epoch.count !== 0) {
      throw new OutlivedError('E0597', `this item of ${this} is used after a reset or rewind`, {
        help: 'make it before the checkpoint, or in a Box',
      });
    }
    return { core, slot, generation: core.u32[slot], address, bytes };
  }

  /** Arenas stay where they are: their items know them. @override @returns {never} */
  move() {
    throw new BorrowError('E0505', `${this} cannot be moved: its items refer to it`);
  }
}

/**
 * @param {Core} core
 * @param {number} chunkBytes
 */
export function createArena(core, chunkBytes) {
  core.checkOpen();
  wholeNumber('chunkBytes', chunkBytes, 64, 2 ** 26);
  const slot = core.exports.heaplet_arena_create(chunkBytes);
  if (slot === 0) throw core.outOfMemory(chunkBytes);
  core.refresh();
  core.typesById.set(core.u32[slot + TYPE] & 0xffff, ARENA);
  return new Arena(core, slot, core.u32[slot], ARENA);
}
