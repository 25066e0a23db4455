// SPDX-License-Identifier: MIT
//
// Cell and RefCell: shared values that change. Both are shared owners, as Rc is: what is `Rc<Cell<T>>`
// and `Rc<RefCell<T>>` in Rust.

import { Shared } from './box.js';
import { BORROW, BYTES, COUNT_LIMIT } from './core.js';
import { callSite } from './diagnostics.js';
import { BorrowError, OutlivedError, badArgument } from './errors.js';
import { livesOf } from './lives.js';
import {
  DISPOSE,
  addShare,
  aliveSlot,
  borrowNotes,
  coreOf,
  countOverflow,
  generationOf,
  readPayload,
  recheck,
  writePayload,
} from './owned.js';
import { readScalar, writeScalar } from './scalars.js';

/**
 * A shared value that is only read and replaced as a whole.
 * @template [Value=any]
 */
export class Cell extends Shared {
  /**
   * One more owner of the same value.
   * @returns {Cell<Value>}
   */
  clone() {
    return addShare(this, Cell);
  }

  /** @returns {Value} */
  get() {
    return readPayload(this);
  }

  /** @param {Value} value */
  set(value) {
    writePayload(this, value);
  }

  /**
   * Puts `value` in and returns what was there.
   * @param {Value} value
   * @returns {Value}
   */
  replace(value) {
    const before = readPayload(this);
    writePayload(this, value);
    return before;
  }

  /**
   * Replaces the value by what `change` makes of it, and returns that.
   * @param {(value: Value) => Value} change
   * @returns {Value}
   */
  update(change) {
    const after = change(readPayload(this));
    writePayload(this, after);
    return after;
  }
}

/**
 * A shared value that many may read or one may change, checked when it is borrowed.
 * @template [Value=any]
 */
export class RefCell extends Shared {
  /**
   * One more owner of the same value.
   * @returns {RefCell<Value>}
   */
  clone() {
    return addShare(this, RefCell);
  }

  /** A shared borrow, until the guard is dropped. @returns {Ref<Value>} */
  borrow() {
    return this.tryBorrow() ?? conflict(this, false);
  }

  /** As borrow(); null while there is an exclusive borrow. @returns {Ref<Value> | null} */
  tryBorrow() {
    const slot = aliveSlot(this, 'borrow');
    const core = coreOf(this);
    const state = core.i32[slot + BORROW];
    if (state < 0) return null;
    if (state >= COUNT_LIMIT) throw countOverflow(this, 'borrow');
    core.i32[slot + BORROW] = state + 1;
    if (core.diagnostics.isFull) remember(this, false);
    return new Ref(core, slot, generationOf(this), this.type);
  }

  /** An exclusive borrow, until the guard is dropped. @returns {RefMut<Value>} */
  borrowMut() {
    return this.tryBorrowMut() ?? conflict(this, true);
  }

  /** As borrowMut(); null while there is any other borrow. @returns {RefMut<Value> | null} */
  tryBorrowMut() {
    const slot = aliveSlot(this, 'borrow');
    const core = coreOf(this);
    if (core.i32[slot + BORROW] !== 0) return null;
    core.i32[slot + BORROW] = -1;
    if (core.diagnostics.isFull) remember(this, true);
    return new RefMut(core, slot, generationOf(this), this.type);
  }

  /**
   * Reads under a shared borrow that ends with `body`, whatever happens in it.
   * @template R
   * @param {(value: Value) => R} body
   * @returns {R}
   */
  with(body) {
    const core = this._core;
    const slot = this._slot;
    const generation = this._generation;
    if (core.u32[slot] !== generation) recheck(this, 'borrow');
    const state = core.i32[slot + BORROW];
    // A view has to end with the borrow, which takes a guard.
    if (this._type.code < 0 || state < 0 || state >= COUNT_LIMIT || core.isRemembering)
      return guarded(this.borrow(), body);
    core.i32[slot + BORROW] = state + 1;
    try {
      return body(readPayload(this));
    } finally {
      // The body may have made memory grow, have dropped this owner, or have ended the value with
      // everything it was part of.
      if (core.u32[slot] === generation || (core.refresh() && core.u32[slot] === generation)) {
        core.i32[slot + BORROW] -= 1;
      }
    }
  }

  /**
   * Writes under an exclusive borrow that ends with `body`, whatever happens in it. `body` gets the
   * value, and for a scalar or a string returns the new one.
   * @param {(value: Value) => Value | void} body
   */
  withMut(body) {
    const guard = this.borrowMut();
    try {
      const after = body(guard.value);
      if (after !== undefined) guard.value = after;
    } finally {
      guard.drop();
    }
  }

  /** -1 while borrowed exclusively, else the number of shared borrows. */
  get borrowState() {
    return coreOf(this).i32[aliveSlot(this, 'inspect') + BORROW];
  }
}

/** @template R @param {Ref<any>} guard @param {(value: any) => R} body */
function guarded(guard, body) {
  try {
    return body(guard.value);
  } finally {
    guard.drop();
  }
}

/** @param {RefCell} cell @param {boolean} exclusive */
function remember(cell, exclusive) {
  const history = coreOf(cell).diagnostics.history(aliveSlot(cell, 'borrow'), generationOf(cell));
  history.borrows.push({ exclusive, site: callSite() });
}

/** @param {RefCell} cell @param {boolean} wantsExclusive @returns {never} */
function conflict(cell, wantsExclusive) {
  const isExclusive = cell.borrowState < 0;
  const code = wantsExclusive && isExclusive ? 'E0499' : 'E0502';
  const wanted = wantsExclusive ? 'exclusively' : 'shared';
  const other = isExclusive ? 'an exclusive borrow of it is' : 'shared borrows of it are';
  throw new BorrowError(code, `cannot borrow ${cell} ${wanted}: ${other} alive`, {
    notes: borrowNotes(cell),
    help: 'end the other borrow first, or ask with tryBorrow() and tryBorrowMut()',
  });
}

/**
 * A shared borrow of a RefCell's value. Give it back with drop() or `using`.
 * @template [Value=any]
 */
export class Ref {
  /**
   * @internal
   * @param {import('./core.js').Core} core
   * @param {number} slot
   * @param {number} generation
   * @param {import('./types.js').PayloadType<any, any>} type
   */
  constructor(core, slot, generation, type) {
    // Plain fields, for the reason in owned.js.
    /** @internal */
    this._core = core;
    /** @internal */
    this._slot = slot;
    /** @internal */
    this._generation = generation;
    /** @internal */
    this._type = type;
    /** Of views, which end with the borrow; 0 until there is one. @internal */
    this._life = 0;
  }

  /** @returns {Value} */
  get value() {
    const core = this._core;
    if (core.u32[this._slot] !== this._generation) recheckGuard(this);
    const address = core.objectOf(this._slot);
    const type = this._type;
    if (type.code >= 0) return readScalar(core, type.code, address);
    if (this._life === 0) this._life = livesOf(core).open();
    const bytes = core.u32[this._slot + BYTES];
    const place = { core, slot: this._life, generation: core.u32[this._life], address, bytes };
    return type.read(core, address, place);
  }

  set value(value) {
    this.write(value);
  }

  /** @protected @param {any} value */
  write(value) {
    throw badArgument('borrowMut() for writing', value, 'a borrow() is for reading alone');
  }

  /** Gives the borrow back. Harmless when done twice. */
  drop() {
    const core = this._core;
    const slot = this._slot;
    const generation = this._generation;
    this._generation = -1;
    if (generation < 0) return;
    if (this._life !== 0) livesOf(core).give(this._life);
    if (core.u32[slot] !== generation && !core.refresh()) return;
    if (core.u32[slot] !== generation) return;
    const state = core.i32[slot + BORROW];
    core.i32[slot + BORROW] = state < 0 ? 0 : state - 1;
    if (core.diagnostics.isFull) core.diagnostics.history(slot, generation).borrows.pop();
  }

  [DISPOSE]() {
    this.drop();
  }
}

/** @param {Ref} guard @param {number} address */
function placeOf({ _core, _slot, _generation }, address) {
  const bytes = _core.u32[_slot + BYTES];
  return { core: _core, slot: _slot, generation: _generation, address, bytes };
}

/** @param {Ref} guard */
function recheckGuard({ _core, _slot, _generation }) {
  _core.checkOpen();
  if (_core.refresh() && _core.u32[_slot] === _generation) return;
  const how = _generation < 0 ? 'it was given back' : 'its value ended';
  throw new OutlivedError('E0597', `this borrow is used after ${how}`, {
    help: 'use the value inside of the borrow, or borrow again',
  });
}

/**
 * An exclusive borrow of a RefCell's value. Give it back with drop() or `using`.
 * @template [Value=any]
 * @extends {Ref<Value>}
 */
export class RefMut extends Ref {
  /** @protected @override @param {any} value */
  write(value) {
    const core = this._core;
    if (core.u32[this._slot] !== this._generation) recheckGuard(this);
    const address = core.objectOf(this._slot);
    const type = this._type;
    if (type.code >= 0) return writeScalar(core, type.code, address, value);
    // May run code of the user's, which may give this borrow back.
    const prepared = type.prepare(core, value);
    if (core.u32[this._slot] !== this._generation) recheckGuard(this);
    type.write(core, address, prepared, placeOf(this, address));
  }
}
