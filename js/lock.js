// SPDX-License-Identifier: MIT
//
// Mutex and RwLock: shared values that threads take turns with.
//
// Layout. A slot's borrow word is the lock's state, its weak word says who waits and whether the lock is
// poisoned.
//
//   borrow   0 free | n > 0 readers | -t the thread that writes
//   weak     bits 0-15 waiting threads | bit 16 a writer waits | bit 29 given up | bit 30 poisoned
//
// Decisions. Waiters are not queued: a running thread may overtake a sleeping one of its kind. While a
// writer waits, no reader enters. A bit says so, and no count, because a count would stay too high when a
// thread dies: whoever gets in to write clears it, as does the end of a thread, and writers that still
// wait set it again when they wake.

import { SharedOwner } from './arc.js';
import { BORROW, COUNT_LIMIT, OBJECT, WEAK } from './core.js';
import { BorrowError, PoisonError, WouldBlockError, badArgument } from './errors.js';
import { ENTERING, GIVEN_UP, POISONED, READS, WRITER_WAITS } from './gate.js';
import { DISPOSE } from './owned.js';
import { Scalar } from './types.js';

/** @typedef {import('./shared.js').SharedHeaplet} SharedHeaplet */

const WAITERS = 0xffff;

/**
 * What Mutex and RwLock have in common.
 * @template [Value=any]
 * @extends {SharedOwner<Value>}
 */
export class Lock extends SharedOwner {
  /** Whether a holder failed, or died, while it could write. */
  get isPoisoned() {
    this._check('inspect');
    return (Atomics.load(this._shared._core.i32, this._slot + WEAK) & POISONED) !== 0;
  }

  /** Says that the value is as it should be again. */
  clearPoison() {
    this._check('mend');
    const { i32 } = this._shared._core;
    if ((Atomics.load(i32, this._slot + WEAK) & GIVEN_UP) === 0) {
      Atomics.and(i32, this._slot + WEAK, ~POISONED);
    }
  }

  /** Waits for the lock. @internal @param {boolean} isExclusive @returns {LockGuard<Value>} */
  _wait(isExclusive) {
    this._check('lock');
    const { _gate: gate, _core: core } = this._shared;
    const at = this._slot + BORROW;
    if (!gate.maySleep) {
      throw new WouldBlockError('H0012', `locking ${this} could stop the main thread`, {
        help: 'await lockAsync(), readAsync() or writeAsync(), or ask with a try',
      });
    }
    const first = this._try(isExclusive);
    if (first) return first;
    if (Atomics.load(core.i32, at) === -gate.thread) {
      throw new BorrowError(
        'E0499',
        `this thread holds ${this} already, and would wait for itself`,
        {
          help: 'drop the guard first, or await lockAsync()',
        },
      );
    }
    const waiting = new Waiting(core.i32, this._slot, isExclusive);
    try {
      for (;;) {
        gate.checkWhole();
        const { state, patience } = waiting.obstacle();
        if (patience > 0) Atomics.wait(core.i32, at, state, patience);
        const guard = this._try(isExclusive);
        if (guard) return guard;
      }
    } catch (error) {
      waiting.giveUp();
      throw error;
    } finally {
      waiting.end();
    }
  }

  /** @internal @param {boolean} isExclusive @returns {Promise<LockGuard<Value>>} */
  async _waitAsync(isExclusive) {
    const first = this._try(isExclusive);
    if (first) return first;
    // A share of the waiting's own: this owner may be dropped meanwhile, and the slot used for another.
    const held = this.clone();
    const { _gate: gate, _core: core } = this._shared;
    const waiting = new Waiting(core.i32, this._slot, isExclusive);
    try {
      for (;;) {
        gate.checkWhole();
        const { state, patience } = waiting.obstacle();
        await changed(core.i32, this._slot + BORROW, state, patience);
        const guard = this._try(isExclusive);
        if (guard) return guard;
      }
    } catch (error) {
      if (held.isAlive) waiting.giveUp();
      throw error;
    } finally {
      if (held.isAlive) {
        waiting.end();
        held.drop();
      }
    }
  }

  /** @internal @param {boolean} isExclusive @returns {LockGuard<Value> | null} */
  _try(isExclusive) {
    this._check('lock');
    const { _slot: slot, _generation: generation, _shared: shared } = this;
    const { i32 } = shared._core;
    const flags = Atomics.load(i32, slot + WEAK);
    if ((flags & POISONED) !== 0) throw poisoned(this);
    if (!isExclusive && (flags & WRITER_WAITS) !== 0) return null;
    const entry = isExclusive ? 0 : shared._ledger.add(slot, generation, ENTERING);
    if (!isExclusive && entry === 0) throw shared._core.outOfMemory(0);
    if (!enter(i32, slot + BORROW, isExclusive ? -shared._gate.thread : 1)) {
      if (entry !== 0) shared._ledger.remove(entry);
      return null;
    }
    if (entry !== 0) shared._ledger.change(entry, generation, READS);
    else if ((flags & WRITER_WAITS) !== 0) Atomics.and(i32, slot + WEAK, ~WRITER_WAITS);
    try {
      // Now, because the holder before may have failed.
      if ((Atomics.load(i32, slot + WEAK) & POISONED) !== 0) throw poisoned(this);
      // A share of the guard's own: the value lives as long as it is locked.
      return new LockGuard(this.clone(), isExclusive, entry);
    } catch (error) {
      exit(i32, slot, isExclusive, shared, entry);
      throw error;
    }
  }
}

/** @param {Lock} lock */
function poisoned(lock) {
  return new PoisonError(
    'H0013',
    `${lock} is poisoned: a holder failed or died while it could write`,
    {
      help: 'make sure that the value is whole, then clearPoison()',
    },
  );
}

/** @param {Int32Array} i32 @param {number} at @param {number} who 1 for a reader, else the writer */
function enter(i32, at, who) {
  if (who < 0) return Atomics.compareExchange(i32, at, 0, who) === 0;
  for (;;) {
    const state = Atomics.load(i32, at);
    if (state < 0 || state >= COUNT_LIMIT) return false;
    if (Atomics.compareExchange(i32, at, state, state + 1) === state) return true;
  }
}

/**
 * @param {Int32Array} i32
 * @param {number} slot
 * @param {boolean} isExclusive
 * @param {SharedHeaplet} shared
 * @param {number} entry
 */
function exit(i32, slot, isExclusive, shared, entry) {
  if (isExclusive) {
    Atomics.store(i32, slot + BORROW, 0);
  } else {
    shared._ledger.change(entry, 0, ENTERING);
    Atomics.sub(i32, slot + BORROW, 1);
    shared._ledger.remove(entry);
  }
  if ((Atomics.load(i32, slot + WEAK) & WAITERS) > 0) Atomics.notify(i32, slot + BORROW);
}

/** A thread's waiting for a lock, as far as others are to know of it. */
class Waiting {
  #i32;
  #slot;
  #isExclusive;

  /** @param {Int32Array} i32 @param {number} slot @param {boolean} isExclusive */
  constructor(i32, slot, isExclusive) {
    this.#i32 = i32;
    this.#slot = slot;
    this.#isExclusive = isExclusive;
    Atomics.add(i32, slot + WEAK, 1);
  }

  /** The lock's state, and for how many milliseconds at most it is worth waiting that it changes. */
  obstacle() {
    const flags = this.#isExclusive
      ? Atomics.or(this.#i32, this.#slot + WEAK, WRITER_WAITS)
      : Atomics.load(this.#i32, this.#slot + WEAK);
    const state = Atomics.load(this.#i32, this.#slot + BORROW);
    // Woken now and then, lest the thread that should do it has died.
    if (state !== 0) return { state, patience: 100 };
    // Free, for a writer that has yet to wake.
    return { state, patience: this.#isExclusive || (flags & WRITER_WAITS) === 0 ? 0 : 1 };
  }

  /** Without having got the lock. */
  giveUp() {
    if (this.#isExclusive) Atomics.and(this.#i32, this.#slot + WEAK, ~WRITER_WAITS);
  }

  end() {
    Atomics.sub(this.#i32, this.#slot + WEAK, 1);
  }
}

/**
 * @param {Int32Array} i32
 * @param {number} at
 * @param {number} state
 * @param {number} patience milliseconds
 * @returns {Promise<unknown>}
 */
function changed(i32, at, state, patience) {
  const { waitAsync } = /** @type {any} */ (Atomics);
  if (state !== 0 && typeof waitAsync === 'function') {
    return Promise.resolve(waitAsync(i32, at, state, patience).value);
  }
  return new Promise((resolve) => setTimeout(resolve, Math.min(patience, 1)));
}

/**
 * The right to use a lock's value. Give it back with drop() or `using`.
 * @template [Value=any]
 */
export class LockGuard {
  #owner;
  #isExclusive;
  #entry;

  /** @internal @param {Lock<Value>} owner handed over @param {boolean} isExclusive @param {number} entry */
  constructor(owner, isExclusive, entry) {
    this.#owner = owner;
    this.#isExclusive = isExclusive;
    this.#entry = entry;
  }

  /** The value: a scalar or string itself, a view of anything else. @returns {Value} */
  get value() {
    this.#owner._check('use the guard of');
    return this.#owner._read();
  }

  /** @param {any} value */
  set value(value) {
    const owner = this.#owner;
    const { _type: type, _shared: shared } = owner;
    if (!this.#isExclusive) {
      throw badArgument('write() for writing', value, 'a read() is for reading alone');
    }
    const core = shared._core;
    const prepared = type.prepare(core, value);
    owner._check('use the guard of');
    const place = type instanceof Scalar ? undefined : owner._place();
    type.write(core, core.u32[owner._slot + OBJECT], prepared, place);
  }

  /** Gives the lock back. Harmless when done twice. */
  drop() {
    const owner = this.#owner;
    if (!owner.isAlive) return;
    const { _shared: shared, _slot: slot } = owner;
    exit(shared._core.i32, slot, this.#isExclusive, shared, this.#entry);
    owner.drop();
  }

  /** Gives the lock back as one whose value may be half changed. @internal */
  _fail() {
    const owner = this.#owner;
    if (!owner.isAlive) return;
    if (this.#isExclusive) Atomics.or(owner._shared._core.i32, owner._slot + WEAK, POISONED);
    this.drop();
  }

  [DISPOSE]() {
    this.drop();
  }
}

/**
 * Runs `body` with a guard's value; when it throws, a writer's lock is poisoned.
 * @template Value, R
 * @param {LockGuard<Value>} guard
 * @param {(value: Value, guard: LockGuard<Value>) => R} body
 * @returns {R}
 */
function using(guard, body) {
  let result;
  try {
    result = body(guard.value, guard);
  } catch (error) {
    guard._fail();
    throw error;
  }
  guard.drop();
  return result;
}

/**
 * A shared value that one thread at a time may use.
 * @template [Value=any]
 * @extends {Lock<Value>}
 */
export class Mutex extends Lock {
  /** Waits for the lock; not on a page's main thread, nor when this thread has it. */
  lock() {
    return this._wait(true);
  }

  /** The lock if it is free; null otherwise. */
  tryLock() {
    return this._try(true);
  }

  /** Waits for the lock without stopping the thread. */
  lockAsync() {
    return this._waitAsync(true);
  }

  /**
   * Runs `body` with the lock; it gets the value and the guard. When it throws, the lock is poisoned.
   * @template R
   * @param {(value: Value, guard: LockGuard<Value>) => R} body
   */
  with(body) {
    return using(this.lock(), body);
  }
}

/**
 * A shared value that many threads may read or one may change.
 * @template [Value=any]
 * @extends {Lock<Value>}
 */
export class RwLock extends Lock {
  /**
   * Waits until nobody writes or waits to; not on a page's main thread. A thread that reads already and
   * waits to read again while another waits to write stops both for ever.
   */
  read() {
    return this._wait(false);
  }

  /** A guard for reading; null while somebody writes or waits to. */
  tryRead() {
    return this._try(false);
  }

  readAsync() {
    return this._waitAsync(false);
  }

  /** Waits until nobody reads or writes; not on a page's main thread. */
  write() {
    return this._wait(true);
  }

  /** A guard for writing; null while somebody reads or writes. */
  tryWrite() {
    return this._try(true);
  }

  writeAsync() {
    return this._waitAsync(true);
  }
}
