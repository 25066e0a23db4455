// SPDX-License-Identifier: MIT
//
// Arc: owners in several threads.
//
// A slot's strong count is changed by atomics here. An owner has a share, so its value is alive: nothing
// is compared before it is used. Views end with the owner or the guard that they came from.

import { BYTES, COUNT_LIMIT, OBJECT, STRONG } from './core.js';
import {
  CountOverflowError,
  HeapletError,
  UseAfterFreeError,
  UseAfterMoveError,
} from './errors.js';
import { OWNS } from './gate.js';
import { livesOf } from './lives.js';
import { DISPOSE } from './owned.js';
import { Scalar, toType } from './types.js';

/** @typedef {import('./shared.js').SharedHeaplet} SharedHeaplet */
/** @typedef {import('./types.js').PayloadType<any, any>} PayloadType */

const DROPPED = 0;
const MOVED = -1;

/** The type that threads are to share, or an error. @param {unknown} given @returns {any} */
export function shareable(given) {
  const type = toType(given).original;
  if (type.ownedOffsets.length > 0) {
    throw new HeapletError('E0277', `${type.name} cannot be shared by threads: it owns others`, {
      help: 'share a type without owned(…) fields',
    });
  }
  return type;
}

/** What a type is, so that threads can compare theirs. @param {any} type @returns {string} */
export function signatureOf(type) {
  if (!Array.isArray(type.fields)) return type.name;
  const fields = type.fields.map((/** @type {any} */ field) => `${field.name}: ${field.type}`);
  return `${type.name} { ${fields.join(', ')} }`;
}

/**
 * An owner that takes over a share which is counted already.
 * @param {SharedHeaplet} shared
 * @param {any} Kind
 * @param {number} slot
 * @param {number} generation
 * @param {PayloadType} type
 */
export function makeOwner(shared, Kind, slot, generation, type) {
  const entry = shared._ledger.add(slot, generation, OWNS);
  if (entry === 0) {
    giveUp(shared, slot, generation);
    throw shared._core.outOfMemory(0);
  }
  return new Kind(shared, slot, generation, type, entry);
}

/**
 * One owner less; the last one ends the value.
 * @param {SharedHeaplet} shared
 * @param {number} slot
 * @param {number} generation
 */
export function giveUp({ _gate: gate }, slot, generation) {
  const { exports, countDown } = gate;
  const count = (slot + STRONG) * 4;
  if (countDown(count) !== 0) return;
  // One owner: nobody else can count down, and whoever upgrades an observer does it inside of the gate.
  gate.run(() => countDown(count) !== 0 || exports.heaplet_release(slot, generation));
}

/**
 * One of the owners of a value, in any threads.
 * @template [Value=any]
 */
export class SharedOwner {
  /**
   * @internal
   * @param {SharedHeaplet} shared
   * @param {number} slot
   * @param {number} generation
   * @param {PayloadType} type
   * @param {number} entry of this thread's ledger
   */
  constructor(shared, slot, generation, type, entry) {
    /** @internal */
    this._shared = shared;
    /** @internal */
    this._slot = slot;
    /** @internal */
    this._generation = generation;
    /** @internal */
    this._type = type;
    /** @internal */
    this._entry = entry;
    /** Of views; 0 until there is one. @internal */
    this._life = 0;
  }

  /** Whether this still has its share. Never throws. */
  get isAlive() {
    return this._generation > 0 && this._shared._core.isOpen;
  }

  /** Such as `Mutex#1042v7 <Queue>`. */
  toString() {
    const label = this._shared._core.labelOf(this._slot, this._generation);
    return `${this.constructor.name}#${label} <${this._type.name}>`;
  }

  [DISPOSE]() {
    if (this.isAlive) this.drop();
  }

  /** Gives up this share; the last one, in whichever thread, ends the value. */
  drop() {
    const generation = this._leave('drop', DROPPED);
    this._shared._ledger.remove(this._entry);
    giveUp(this._shared, this._slot, generation);
  }

  /** @internal @param {string} verb */
  _check(verb) {
    if (this.isAlive) return;
    this._shared._core.checkOpen();
    const Kind = this._generation === MOVED ? UseAfterMoveError : UseAfterFreeError;
    const how = this._generation === MOVED ? 'moved' : 'dropped';
    throw new Kind(
      'E0382',
      `cannot ${verb} ${how} value: a ${this.constructor.name} of ${this._type.name}`,
      {
        help: 'clone() it before it is dropped, moved or sent',
      },
    );
  }

  /** Marks this as empty, and ends its views; the generation it had. @internal @param {string} verb @param {number} how */
  _leave(verb, how) {
    this._check(verb);
    const generation = this._generation;
    this._generation = how;
    if (this._life !== 0) livesOf(this._shared._core).give(this._life);
    this._life = 0;
    return generation;
  }

  /** Where the value is, for views that end with this. @internal */
  _place() {
    const core = this._shared._core;
    if (this._life === 0) this._life = livesOf(core).open();
    core.refresh();
    const [address, bytes] = [core.u32[this._slot + OBJECT], core.u32[this._slot + BYTES]];
    return { core, slot: this._life, generation: core.u32[this._life], address, bytes };
  }

  /** @internal @returns {Value} */
  _read() {
    const core = this._shared._core;
    const address = core.u32[this._slot + OBJECT];
    if (this._type instanceof Scalar) return this._type.read(core, address);
    return this._type.read(core, address, this._place());
  }

  /**
   * One more owner, in this thread.
   * @returns {this}
   */
  clone() {
    this._check('clone');
    share(this);
    const { _shared: shared, _slot: slot, _generation: generation, _type: type } = this;
    return makeOwner(shared, this.constructor, slot, generation, type);
  }

  /** A new owner in place of this one. @returns {this} */
  move() {
    const generation = this._leave('move', MOVED);
    const Kind = /** @type {any} */ (this.constructor);
    return new Kind(this._shared, this._slot, generation, this._type, this._entry);
  }

  /**
   * Moves this share into a message for another thread, which takes it with receive(). A message that
   * nobody receives keeps its value alive.
   * @returns {import('./shared.js').Message}
   */
  send() {
    this._check('send');
    const { _shared: shared, _slot: slot, _entry } = this;
    const entry = shared._gate.run(() => shared._gate.post(slot, this._generation));
    if (entry === 0) throw shared._core.outOfMemory(0);
    const generation = this._leave('send', MOVED);
    shared._ledger.remove(_entry);
    return { heaplet: this.constructor.name, entry, generation, type: signatureOf(this._type) };
  }

  /** Owners in all threads, messages and guards included. */
  get strongCount() {
    this._check('count');
    return Atomics.load(this._shared._core.i32, this._slot + STRONG);
  }

  /** An observer in this thread, which keeps nothing alive. @returns {ArcWeak<this>} */
  downgrade() {
    this._check('downgrade');
    return new ArcWeak(this);
  }
}

/** @param {SharedOwner} owner */
function share(owner) {
  const { countUp, countDown } = owner._shared._gate;
  const count = (owner._slot + STRONG) * 4;
  if (countUp(count) >>> 0 < COUNT_LIMIT) return;
  countDown(count);
  throw new CountOverflowError('H0009', `the strong count of ${owner} is at its limit`, {
    help: 'clones are made in a loop and never dropped',
  });
}

/**
 * One of the owners of a value that nobody changes.
 * @template [Value=any]
 * @extends {SharedOwner<Value>}
 */
export class Arc extends SharedOwner {
  /** The value: a scalar or string itself, a view of anything else. Do not write through it. @returns {Value} */
  get value() {
    this._check('use');
    return this._read();
  }
}

/**
 * An observer of a shared value, for one thread.
 * @template {SharedOwner} [Owner=any]
 */
export class ArcWeak {
  #of;

  /** @internal @param {SharedOwner} owner */
  constructor(owner) {
    const { _shared, _slot, _generation, _type } = owner;
    this.#of = { _shared, _slot, _generation, _type, Kind: owner.constructor };
  }

  /** An owner; null once the value has ended. @returns {Owner | null} */
  upgrade() {
    const { _shared: shared, _slot: slot, _generation: generation, _type, Kind } = this.#of;
    const { _core: core, _gate: gate } = shared;
    core.checkOpen();
    const isAlive = gate.run(() => {
      if (core.u32[slot] !== generation) return false;
      Atomics.add(core.i32, slot + STRONG, 1);
      return true;
    });
    return isAlive ? makeOwner(shared, Kind, slot, generation, _type) : null;
  }
}
