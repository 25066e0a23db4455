// SPDX-License-Identifier: MIT
//
// Lifetimes: drop() and move() as functions, scopes, and bundles.

import { unwatchScope, watchScope } from './backstop.js';
import { DropError, UseAfterFreeError, badArgument } from './errors.js';
import {
  DISPOSE,
  borrowed,
  coreOf,
  detachForScope,
  generationOf,
  isOwned,
  recheck,
} from './owned.js';

/** @typedef {import('./owned.js').Owned} Owned */
/** @typedef {import('./core.js').Core} Core */

/**
 * Ends a value, or gives back a borrow. After it, TypeScript knows that `value` is not to be used.
 * @template {{drop(): void}} T
 * @param {T} value
 * @returns {asserts value is never}
 */
export function drop(value) {
  if (typeof value?.drop !== 'function') throw badArgument('something to drop', value);
  value.drop();
}

/**
 * Hands a value over: returns its new owner, and leaves `value` empty.
 * @template {{move(): any}} T
 * @param {T} value
 * @returns {T}
 */
export function move(value) {
  if (typeof value?.move !== 'function') throw badArgument('something to move', value);
  return value.move();
}

/**
 * Owns values until it closes, and then drops those that are left, last first. One call to the module
 * ends a thousand of them.
 */
export class Scope {
  #core;
  /** @type {{[DISPOSE](): void}[]} */
  #owned = [];
  #isOpen = true;

  /** @internal @param {Core} core @param {boolean} [hasBackstop] */
  constructor(core, hasBackstop = false) {
    this.#core = core;
    if (hasBackstop) watchScope(this, core, this.#owned);
  }

  /**
   * Leaves `value` to this scope, and returns it: an owner, or anything else that is disposable.
   * @template {{[Symbol.dispose](): void}} T
   * @param {T} value
   * @returns {T}
   */
  own(value) {
    if (!this.#isOpen) throw closed();
    if (!isOwned(value) && typeof value?.[DISPOSE] !== 'function') {
      throw badArgument('an owner, such as a Box or an Rc', value);
    }
    this.#owned.push(value);
    return value;
  }

  /**
   * Calls `callback` when its turn comes at the end.
   * @param {() => void} callback
   */
  defer(callback) {
    if (!this.#isOpen) throw closed();
    if (typeof callback !== 'function') throw badArgument('a function', callback);
    this.#owned.push({ [DISPOSE]: callback });
  }

  /**
   * Takes `value` out of this scope, so that it lives on, and returns it.
   * @template {{[Symbol.dispose](): void}} T
   * @param {T} value
   * @returns {T}
   */
  escape(value) {
    const index = this.#owned.lastIndexOf(value);
    if (index < 0) throw badArgument('a value that this scope owns', value);
    this.#owned.splice(index, 1);
    return value;
  }

  /** Values in this scope, dropped ones included. */
  get size() {
    return this.#owned.length;
  }

  /** Drops what is left, last first. Does nothing the second time. */
  close() {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    unwatchScope(this);
    const owned = this.#owned;
    this.#owned = [];
    const core = this.#core;
    core.refresh();
    const errors = [];
    // In a callback of a scope that is closing, whose list is still being read.
    const isNested = core.isReleasing;
    const batch = core.scratchWords / 2;
    const first = core.wordOf(core.scratch);
    let count = 0;
    for (let i = owned.length - 1; i >= 0; i--) {
      const owner = owned[i];
      if (!isOwned(owner) || coreOf(owner) !== core) {
        count = this.#flush(count);
        try {
          owner[DISPOSE]();
        } catch (error) {
          errors.push(error);
        }
        continue;
      }
      if (!core.isOpen) continue;
      const slot = detachForScope(owner);
      if (slot === 0) continue;
      if (slot < 0) {
        errors.push(borrowed(owner, 'dropped at the end of its scope'));
        continue;
      }
      if (isNested) {
        core.release(slot, -generationOf(owner));
        core.refresh();
        continue;
      }
      // Filled from the end: the module releases the last pair first.
      const at = first + 2 * (batch - ++count);
      core.u32[at] = slot;
      core.u32[at + 1] = -generationOf(owner);
      if (core.isRemembering) core.diagnostics.dropped(slot, -generationOf(owner));
      if (count === batch) count = this.#flush(count);
    }
    this.#flush(count);
    errors.push(...core.takeDropErrors());
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new DropError(errors);
  }

  /** @param {number} count */
  #flush(count) {
    const core = this.#core;
    if (count > 0) {
      const start = core.scratch + 8 * (core.scratchWords / 2 - count);
      core.isReleasing = true;
      try {
        core.exports.heaplet_release_all(start, count);
      } finally {
        core.isReleasing = false;
      }
      core.refresh();
    }
    return 0;
  }

  [DISPOSE]() {
    this.close();
  }
}

function closed() {
  return new UseAfterFreeError('E0716', 'this scope has ended and owns nothing any more', {
    help: 'take values out of it with escape() before it ends',
  });
}

/**
 * Runs `body` with a new scope, which closes when the body ends, or its promise does.
 * @template R
 * @param {Core} core
 * @param {(scope: Scope) => R} body
 * @returns {R}
 */
export function runScope(core, body) {
  const scope = new Scope(core);
  let result;
  try {
    result = body(scope);
  } catch (error) {
    throw closeAfter(scope, error);
  }
  if (!(result instanceof Promise)) {
    scope.close();
    return result;
  }
  const failed = (/** @type {unknown} */ error) => {
    throw closeAfter(scope, error);
  };
  return /** @type {any} */ (result.then((value) => (scope.close(), value), failed));
}

/** What is to be thrown when `error` ends a scope: both, if closing it fails too. @param {Scope} scope @param {unknown} error */
function closeAfter(scope, error) {
  try {
    scope.close();
  } catch (second) {
    return suppressed(second, error);
  }
  return error;
}

/** As the language has it for `using`, also where there is none yet. @param {unknown} error @param {unknown} first */
function suppressed(error, first) {
  const message = 'the end of a scope failed, after its body had';
  if (typeof SuppressedError === 'function') return new SuppressedError(error, first, message);
  const made = new Error(message);
  return Object.assign(made, { name: 'SuppressedError', error, suppressed: first });
}

/**
 * An owner together with views into it, which move and end as one.
 * @template {Owned} Owner
 * @template Views
 */
export class Bundle {
  #owner;
  #views;

  /**
   * @param {Owner} owner handed over to the bundle
   * @param {(owner: Owner) => Views} look makes the views
   */
  constructor(owner, look) {
    if (!isOwned(owner)) throw badArgument('an owner, such as a Box or an Rc', owner);
    if (typeof look !== 'function') throw badArgument('a function', look);
    this.#owner = owner.move();
    try {
      this.#views = look(this.#owner);
    } catch (error) {
      this.#owner[DISPOSE]();
      throw error;
    }
  }

  /** The views. They refuse to be used once the bundle is dropped. */
  get views() {
    if (!this.#owner.isAlive) recheck(this.#owner, 'look into');
    return this.#views;
  }

  /** Gives the owner back and ends the bundle. @returns {Owner} */
  intoOwner() {
    return this.#owner.move();
  }

  /** The same owner and views under a new bundle; this one is empty from then on. */
  move() {
    const views = this.#views;
    return new Bundle(this.#owner, () => views);
  }

  drop() {
    this.#owner.drop();
  }

  [DISPOSE]() {
    this.#owner[DISPOSE]();
  }
}
