// SPDX-License-Identifier: MIT
//
// Arena: many values that end together, in memory that is taken by moving a pointer.

import { TYPE } from './core.js';
import { OutlivedError, badArgument, wholeNumber } from './errors.js';
import { livesOf } from './lives.js';
import { Owned, aliveSlot, coreOf } from './owned.js';
import { PayloadType, toType } from './types.js';

/** @typedef {import('./core.js').Core} Core */

/** @type {PayloadType<never, never>} */
export const ARENA = new PayloadType({ name: 'Arena', elementBytes: 0, alignment: 8 });

/** Checkpoints that the module keeps of one arena. */
const MARK_LIMIT = 64;

/**
 * An item of an Arena. It ends when the arena is dropped, reset or rewound to before it.
 * @template [Value=any]
 */
export class ArenaItem {
  #type;
  #place;

  /** @internal @param {PayloadType<any, any>} type @param {import('./types.js').Place} place */
  constructor(type, place) {
    this.#type = type;
    this.#place = place;
  }

  /** Whether it is still there. Never throws. */
  get isAlive() {
    const { core, slot, generation } = this.#place;
    return core.u32[slot] === generation || (core.refresh() && core.u32[slot] === generation);
  }

  /** @returns {Value} */
  get value() {
    if (!this.isAlive) this.#refuse();
    return this.#type.read(this.#place.core, this.#place.address, this.#place);
  }

  set value(value) {
    const { core, address } = this.#place;
    const prepared = this.#type.prepare(core, value);
    if (!this.isAlive) this.#refuse();
    this.#type.write(core, address, prepared, this.#place);
  }

  /** @returns {never} */
  #refuse() {
    this.#place.core.checkOpen();
    const what = `this ${this.#type.name} of an arena`;
    throw new OutlivedError('E0597', `${what} is used after the arena was dropped or rewound`, {
      help: 'make it before the checkpoint, or in a Box',
    });
  }
}

/** A moment of an Arena to rewind to. */
export class Checkpoint {
  /** @internal @param {Epoch} epoch @param {number} mark */
  constructor(epoch, mark) {
    /** @internal */
    this._epoch = epoch;
    /** @internal */
    this._mark = mark;
  }
}

/**
 * The items between two checkpoints: a life that ends with them, in the word `slot`.
 * @typedef {{slot: number, generation: number}} Epoch
 */

/** Memory for values without owners of their own. */
export class Arena extends Owned {
  /** @internal @type {Epoch[]} */
  _epochs = [];

  /**
   * A new item.
   * @template {import('./inference.js').AnyType} const T
   * @param {T} type
   * @param {import('./inference.js').InitOf<T>} [init]
   * @returns {ArenaItem<import('./inference.js').ValueOf<T>>}
   */
  create(type, init) {
    const payload = toType(type).original;
    if (payload.ownedOffsets.length > 0) {
      throw badArgument('a type without owned fields', payload.name, 'an arena drops nothing');
    }
    const core = coreOf(this);
    const value = payload.prepare(core, /** @type {any} */ (init));
    const bytes = payload.bytesFor(value);
    const arena = core.objectOf(aliveSlot(this, 'allocate from'));
    const given = core.exports.heaplet_arena_allocate(arena, bytes, payload.alignment);
    const address = core.toAddress(given);
    if (address === 0) throw core.outOfMemory(bytes);
    core.refresh();
    payload.write(core, address, value);
    const { slot, generation } = this._epochs[this._epochs.length - 1];
    return new ArenaItem(payload, { core, slot, generation, address, bytes });
  }

  /** A moment to rewind() to; there may be 64 at once. */
  checkpoint() {
    const core = coreOf(this);
    const arena = core.objectOf(aliveSlot(this, 'mark'));
    if (this._epochs.length > MARK_LIMIT) {
      throw badArgument(`at most ${MARK_LIMIT} checkpoints`, this._epochs.length);
    }
    const epoch = newEpoch(core);
    const mark = core.exports.heaplet_arena_mark(arena);
    this._epochs.push(epoch);
    return new Checkpoint(epoch, mark);
  }

  /**
   * Ends every item made since `checkpoint`, and the checkpoints since then with it.
   * @param {Checkpoint} checkpoint
   */
  rewind(checkpoint) {
    const core = coreOf(this);
    const arena = core.objectOf(aliveSlot(this, 'rewind'));
    const index = checkpoint instanceof Checkpoint ? this._epochs.indexOf(checkpoint._epoch) : -1;
    if (index < 1) throw badArgument('a checkpoint of this arena that was not passed', checkpoint);
    core.exports.heaplet_arena_rewind(arena, checkpoint._mark);
    endEpochs(core, this._epochs.splice(index));
  }

  /** Ends every item; keeps the memory. */
  reset() {
    const core = coreOf(this);
    const arena = core.objectOf(aliveSlot(this, 'reset'));
    const first = newEpoch(core);
    core.exports.heaplet_arena_reset(arena);
    endEpochs(core, this._epochs.splice(0));
    this._epochs.push(first);
  }

  /** Bytes in use, padding included. */
  get usedBytes() {
    const core = coreOf(this);
    return core.exports.heaplet_arena_used_bytes(core.objectOf(aliveSlot(this, 'measure')));
  }

  /** Bytes held. */
  get capacityBytes() {
    const core = coreOf(this);
    return core.exports.heaplet_arena_capacity_bytes(core.objectOf(aliveSlot(this, 'measure')));
  }

  /** @override @returns {this} */
  move() {
    const next = super.move();
    next._epochs = this._epochs;
    return next;
  }
}

/** @param {Core} core @returns {Epoch} */
function newEpoch(core) {
  const slot = livesOf(core).open();
  return { slot, generation: core.u32[slot] };
}

/** @param {Core} core @param {Epoch[]} epochs */
function endEpochs(core, epochs) {
  for (const { slot } of epochs) livesOf(core).give(slot);
}

/**
 * @param {Core} core
 * @param {number} chunkBytes
 */
export function createArena(core, chunkBytes) {
  core.checkOpen();
  wholeNumber('chunkBytes', chunkBytes, 64, 2 ** 26);
  const first = newEpoch(core);
  const slot = core.exports.heaplet_arena_create(chunkBytes);
  core.refresh();
  if (slot === 0) {
    endEpochs(core, [first]);
    throw core.outOfMemory(chunkBytes);
  }
  core.typesById.set(core.u32[slot + TYPE] & 0xffff, ARENA);
  if (core.diagnostics.level !== 0) core.diagnostics.created(core, slot, ARENA.name);
  const arena = new Arena(core, slot, core.u32[slot], ARENA);
  const epochs = arena._epochs;
  epochs.push(first);
  // Whoever ends it: drop(), a scope, a struct that owns it.
  arena.onDrop(() => endEpochs(core, epochs.splice(0)));
  return arena;
}
