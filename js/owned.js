// SPDX-License-Identifier: MIT
//
// Owned: what Box, Rc, Cell and RefCell have in common: a name for an object, and the checks.
//
// Layout. Four fields: the instance, the slot's word address, the generation, the payload's type.
// The first two small integers are compared with the slot's words in linear memory; see
// src/handle/block.hpp.
//
// Invariants.
//   I1  an owner that holds its value has an odd positive _generation.
//   I2  _generation of a dropped one is the negative of it, of a moved one the negative plus one
//       less (even): neither ever equals what a slot holds, so the one comparison of the hot path
//       finds them out.
//   I3  whatever counts in the slot compares the generation first: writes to detached memory vanish.
//
// Decisions. The fields are not #private, though the package's types hide them: V8 makes an object of
// a derived class with four private fields in 35 ns, with plain ones in 10, and a private method costs
// another field. The other files of js/ use the functions below, which engines inline.

import {
  BorrowError,
  CountOverflowError,
  DropError,
  HeapletError,
  UseAfterFreeError,
  UseAfterMoveError,
  badArgument,
} from './errors.js';
import { BORROW, BYTES, COUNT_LIMIT, STRONG } from './core.js';
import { readScalar, writeScalar } from './scalars.js';

/** @typedef {import('./core.js').Core} Core */
/** @typedef {import('./types.js').PayloadType<any, any>} PayloadType */

/** `Symbol.dispose`, also where the engine has none. @type {typeof Symbol.dispose} */
export const DISPOSE = Symbol.dispose ?? Symbol.for('Symbol.dispose');

/**
 * An owner of a value in the module's memory. `using` drops it at the end of its block.
 */
export class Owned {
  /**
   * Made by the functions of a {@link Heaplet}, not by hand.
   * @internal
   * @param {Core} core
   * @param {number} slot
   * @param {number} generation
   * @param {PayloadType} type
   */
  constructor(core, slot, generation, type) {
    /** @internal */
    this._core = core;
    /** @internal */
    this._slot = slot;
    /** @internal */
    this._generation = generation;
    /** @internal */
    this._type = type;
  }

  /** Whether this still holds its value. Never throws. */
  get isAlive() {
    if (this._core.u32[this._slot] === this._generation) return true;
    return this._core.refresh() && this._core.u32[this._slot] === this._generation;
  }

  /** The payload's type. */
  get type() {
    return this._type;
  }

  /**
   * Gives up this share of the value now; the last owner ends it. Throws when there is nothing to
   * give up or the value is borrowed. `using` does this by itself.
   */
  drop() {
    const core = this._core;
    const slot = this._slot;
    const generation = this._generation;
    if (core.u32[slot] !== generation) recheck(this, 'drop');
    const strong = core.u32[slot + STRONG];
    if (strong > 1) core.u32[slot + STRONG] = strong - 1;
    else if (core.releaseSmall(slot, generation) === 0) releaseLast(this);
    else if (core.isRemembering) core.diagnostics.dropped(slot, generation);
    this._generation = -generation;
    if (core.hasDropErrors) throw new DropError(core.takeDropErrors());
  }

  /** As drop(), but does nothing when the value was dropped or moved already. */
  [DISPOSE]() {
    if (this.isAlive) this.drop();
  }

  /**
   * Hands the value over: a new owner of the same kind. This one is empty from then on.
   * @returns {this}
   */
  move() {
    const Kind = /** @type {any} */ (this.constructor);
    if (this._core.u32[this._slot] !== this._generation) recheck(this, 'move');
    if (this._core.i32[this._slot + BORROW] !== 0) throw borrowed(this, 'moved');
    const next = new Kind(this._core, this._slot, this._generation, this._type);
    markMoved(this);
    return next;
  }

  /**
   * Names the value, for messages and reports; needs diagnostics.
   * @param {string} label
   */
  named(label) {
    if (typeof label !== 'string') throw badArgument('a name', label);
    if (this._core.u32[this._slot] !== this._generation) recheck(this, 'name');
    const { diagnostics } = this._core;
    if (diagnostics.level !== 0) diagnostics.history(this._slot, this._generation).label = label;
    return this;
  }

  /**
   * Calls `callback` once, after the last owner has gone, whoever that was.
   * @param {() => void} callback
   */
  onDrop(callback) {
    if (typeof callback !== 'function') throw badArgument('a function', callback);
    if (this._core.u32[this._slot] !== this._generation) recheck(this, 'watch');
    const { exports, dropCallbacks } = this._core;
    const key = `${this._slot}:${this._generation}`;
    const before = dropCallbacks.get(key);
    const core = this._core;
    dropCallbacks.set(key, (address) => {
      try {
        before?.(address);
      } catch (error) {
        core.dropFailed(error);
      }
      callback();
    });
    exports.heaplet_watch(this._slot, this._generation);
    return this;
  }

  /** Such as `Box#1042v7 <Texture>`. */
  toString() {
    const label = this._core.labelOf(this._slot, this._generation);
    return `${this.constructor.name}#${label} <${this._type.name}>`;
  }
}

/** What there is to do for the last owner of a value that is not small and plain. @param {Owned} owner */
function releaseLast(owner) {
  const core = owner._core;
  const status = core.release(owner._slot, owner._generation);
  if (status !== 0) throw borrowed(owner, 'dropped');
  if (core.isRemembering) core.diagnostics.dropped(owner._slot, owner._generation);
}

/** @param {Owned} owner */
export function coreOf(owner) {
  return owner._core;
}
/** @param {Owned} owner */
export function slotOf(owner) {
  return owner._slot;
}
/** @param {Owned} owner */
export function generationOf(owner) {
  return owner._generation;
}
/** @param {unknown} value @returns {value is Owned} */
export function isOwned(value) {
  return value instanceof Owned;
}

/** The slot of a living value, or an error. @param {Owned} owner @param {string} verb */
export function aliveSlot(owner, verb) {
  if (owner._core.u32[owner._slot] !== owner._generation) recheck(owner, verb);
  return owner._slot;
}

/** Where a living value is. @param {Owned} owner */
export function placeOf(owner) {
  const core = owner._core;
  const slot = aliveSlot(owner, 'look into');
  const address = core.objectOf(slot);
  return { core, slot, generation: owner._generation, address, bytes: core.u32[slot + BYTES] };
}

/** @param {Owned} owner @returns {any} */
export function readPayload(owner) {
  const core = owner._core;
  const slot = owner._slot;
  if (core.u32[slot] !== owner._generation) recheck(owner, 'use');
  const type = owner._type;
  const address = core.objectOf(slot);
  const code = type.code;
  if (code >= 0) return readScalar(core, code, address);
  return type.read(core, address, placeOf(owner));
}

/** @param {Owned} owner @param {any} value */
export function writePayload(owner, value) {
  const core = owner._core;
  const slot = owner._slot;
  if (core.u32[slot] !== owner._generation) recheck(owner, 'assign to');
  const type = owner._type;
  const address = core.objectOf(slot);
  const code = type.code;
  if (code >= 0) return writeScalar(core, code, address, value);
  // Code of the user's may run in prepare(), and may end the value: look where it is afterwards.
  const prepared = type.prepare(core, value);
  const place = placeOf(owner);
  type.write(core, place.address, prepared, place);
}

/**
 * For a scope, which ends many values by one call: the slot to end there, 0 for none, -1 when borrowed.
 * @param {Owned} owner
 */
export function detachForScope(owner) {
  const core = owner._core;
  const slot = owner._slot;
  const generation = owner._generation;
  if (core.u32[slot] !== generation) return 0;
  const strong = core.u32[slot + STRONG];
  if (strong === 1 && core.i32[slot + BORROW] !== 0) return -1;
  owner._generation = -generation;
  if (strong === 1) return slot;
  core.u32[slot + STRONG] = strong - 1;
  return 0;
}

/** One more owner, of the class `Kind`. @param {Owned} owner @param {any} Kind */
export function addShare(owner, Kind) {
  const core = owner._core;
  const slot = owner._slot;
  if (core.u32[slot] !== owner._generation) recheck(owner, 'clone');
  const strong = core.u32[slot + STRONG];
  if (strong >= COUNT_LIMIT) throw countOverflow(owner, 'strong');
  core.u32[slot + STRONG] = strong + 1;
  return new Kind(core, slot, owner._generation, owner._type);
}

/** @param {Owned} owner */
export function markMoved(owner) {
  const { diagnostics } = owner._core;
  if (diagnostics.level !== 0) diagnostics.moved(owner._slot, owner._generation);
  owner._generation = -owner._generation - 1;
}

/**
 * The comparison of the hot path has failed: returns if memory had grown and the owner is alive after
 * all, else throws what is the matter.
 * @param {Owned} owner
 * @param {string} verb
 */
export function recheck(owner, verb) {
  const core = coreOf(owner);
  core.checkOpen();
  const slot = slotOf(owner);
  const generation = generationOf(owner);
  core.refresh();
  if (core.u32[slot] === generation) return;
  const wasMoved = generation < 0 && (generation & 1) === 0;
  const original = wasMoved ? -generation - 1 : Math.abs(generation);
  const notes = core.diagnostics.notesOn(slot, original);
  if (wasMoved) {
    throw new UseAfterMoveError('E0382', `cannot ${verb} moved value: ${owner}`, {
      notes,
      help: 'use what move() returned, or clone() an Rc before it is moved',
    });
  }
  const how = generation < 0 ? 'dropped value' : 'a value that its other owner has ended';
  throw new UseAfterFreeError('E0382', `cannot ${verb} ${how}: ${owner}`, {
    notes,
    help: 'drop it later, or return it from its scope with scope.escape()',
  });
}

/** @param {Owned} owner @param {string} participle */
export function borrowed(owner, participle) {
  const core = coreOf(owner);
  const exclusive = core.i32[slotOf(owner) + BORROW] < 0;
  return new BorrowError('E0505', `${owner} cannot be ${participle} while it is borrowed`, {
    notes: borrowNotes(owner),
    help: `end the ${exclusive ? 'exclusive' : 'shared'} borrow first: guard.drop(), or read in with()`,
  });
}

/** Where the borrows are that are in the way. @param {Owned} owner */
export function borrowNotes(owner) {
  const { diagnostics, i32 } = coreOf(owner);
  const slot = slotOf(owner);
  const state = i32[slot + BORROW];
  const summary =
    state < 0
      ? 'it is borrowed exclusively'
      : `it is borrowed ${state === 1 ? 'once' : `${state} times`}, shared`;
  const history = diagnostics.peek(slot, generationOf(owner));
  const sites = (history?.borrows ?? []).map(
    ({ exclusive, site }) => `${exclusive ? 'exclusive' : 'shared'} borrow taken at ${site}`,
  );
  return [summary, ...sites, ...diagnostics.notesOn(slot, generationOf(owner))];
}

/** @param {Owned} owner @param {string} which @returns {HeapletError} */
export function countOverflow(owner, which) {
  return new CountOverflowError('H0009', `the ${which} count of ${owner} is at its limit`, {
    help: 'clones are made in a loop and never dropped',
  });
}
