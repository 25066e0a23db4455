// SPDX-License-Identifier: MIT
//
// Box, Rc and Weak.

import { COUNT_LIMIT, STRONG, WEAK } from './core.js';
import { HeapletError } from './errors.js';
import {
  DISPOSE,
  Owned,
  addShare,
  aliveSlot,
  coreOf,
  countOverflow,
  generationOf,
  placeOf,
  readPayload,
  writePayload,
} from './owned.js';
import { text } from './types.js';
import { Text } from './views.js';

/** @typedef {import('./core.js').Core} Core */

/**
 * The one owner of a value, free to change it.
 * @template [Value=any]
 */
export class Box extends Owned {
  /** The value: a scalar or string itself, a view of anything else. @returns {Value} */
  get value() {
    return readPayload(this);
  }

  /** @param {any} value */
  set value(value) {
    writePayload(this, value);
  }

  /** A view of a text's bytes; of anything else what `value` gives. */
  view() {
    return viewPayload(this);
  }
}

/**
 * One of several owners of a value; the last one ends it.
 */
export class Shared extends Owned {
  /**
   * An observer, which keeps nothing alive.
   * @returns {Weak<this>}
   */
  downgrade() {
    const slot = aliveSlot(this, 'downgrade');
    const core = coreOf(this);
    const count = core.u32[slot + WEAK];
    if (count >= COUNT_LIMIT) throw countOverflow(this, 'weak');
    core.u32[slot + WEAK] = count + 1;
    return new Weak(core, slot, generationOf(this), this.type, this.constructor);
  }

  /** Owners of the value. */
  get strongCount() {
    return coreOf(this).u32[aliveSlot(this, 'count') + STRONG];
  }

  /** Observers of the value. */
  get weakCount() {
    return coreOf(this).u32[aliveSlot(this, 'count') + WEAK];
  }

  /**
   * Whether both own the same value.
   * @param {Shared} other
   */
  is(other) {
    const slot = aliveSlot(this, 'compare');
    return (
      other instanceof Shared &&
      coreOf(other) === coreOf(this) &&
      slot === aliveSlot(other, 'compare')
    );
  }
}

/**
 * A shared owner of a value that nobody changes. What is to change goes into a Cell or a RefCell.
 * @template [Value=any]
 */
export class Rc extends Shared {
  // In each class anew, because engines inline a constructor that is always the same.
  /**
   * One more owner of the same value.
   * @returns {Rc<Value>}
   */
  clone() {
    return addShare(this, Rc);
  }

  /** The value: a scalar or string itself, a view of anything else. @returns {Value} */
  get value() {
    return readPayload(this);
  }

  /** A view of a text's bytes; of anything else what `value` gives. */
  view() {
    return viewPayload(this);
  }

  /** Throws: the value is shared. @internal */
  set value(value) {
    void value;
    throw new HeapletError('E0594', `cannot assign to the value of ${this}: it is shared`, {
      help: 'share a cell(…) or a refCell(…), which may change',
    });
  }
}

/**
 * An observer of a shared value. It cannot be used as the value: upgrade() it first.
 * @template {Shared} [Owner=any]
 */
export class Weak {
  /**
   * @internal
   * @param {Core} core
   * @param {number} slot
   * @param {number} generation
   * @param {import('./types.js').PayloadType<any, any>} type
   * @param {Function} Kind
   */
  constructor(core, slot, generation, type, Kind) {
    /** @internal */
    this._core = core;
    /** @internal */
    this._slot = slot;
    /** @internal */
    this._generation = generation;
    /** Not `_type`, by which owners are known. @internal */
    this._observed = type;
    /** @internal */
    this._Kind = Kind;
  }

  /** An owner, to be dropped like any other; null once the value has ended. @returns {Owner | null} */
  upgrade() {
    const core = this._core;
    const slot = this._slot;
    if (core.u32[slot] !== this._generation && !recheckWeak(this)) return null;
    const strong = core.u32[slot + STRONG];
    const owner = new /** @type {any} */ (this._Kind)(core, slot, this._generation, this._observed);
    if (strong >= COUNT_LIMIT) throw countOverflow(owner, 'strong');
    core.u32[slot + STRONG] = strong + 1;
    return owner;
  }

  /** The payload's type. */
  get type() {
    return this._observed;
  }

  /** Whether the value is still there. */
  get isAlive() {
    return this._core.u32[this._slot] === this._generation || recheckWeak(this);
  }

  /** Stops observing. Harmless when done twice or late. */
  drop() {
    if (this.isAlive) {
      const count = this._core.u32[this._slot + WEAK];
      if (count > 0) this._core.u32[this._slot + WEAK] = count - 1;
    }
    this._generation = 0;
  }

  [DISPOSE]() {
    this.drop();
  }
}

/** @param {Owned} owner @returns {any} */
function viewPayload(owner) {
  return owner.type.original === text ? new Text(placeOf(owner)) : readPayload(owner);
}

/** After memory has grown the comparison fails for living values too. @param {Weak} weak */
function recheckWeak({ _core, _slot, _generation }) {
  return _generation !== 0 && _core.refresh() && _core.u32[_slot] === _generation;
}
