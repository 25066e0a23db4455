// SPDX-License-Identifier: MIT
//
// Lifetimes: drop() and move() as functions, scopes, and bundles.

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
  /** @type {Owned[]} */
  #owned = [];
  #isOpen = true;

  /** @internal @param {Core} core */
  constructor(core) {
    this.#core = core;
  }

  /**
   * Leaves `value` to this scope, and returns it.
   * @template {Owned} T
   * @param {T} value
   * @returns {T}
   */
  own(value) {
    if (!this.#isOpen) throw closed();
    if (!isOwned(value)) throw badArgument('an owner, such as a Box or an Rc', value);
    this.#owned.push(value);
    return value;
  }

  /**
   * Takes `value` out of this scope, so that it lives on, and returns it.
   * @template {Owned} T
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
    const owned = this.#owned;
    this.#owned = [];
    const core = this.#core;
    if (!core.isOpen) return;
    core.refresh();
    const errors = [];
    const batch = core.scratchWords / 2;
    const first = core.scratch >>> 2;
    let count = 0;
    for (let i = owned.length - 1; i >= 0; i--) {
      const owner = owned[i];
      if (coreOf(owner) !== core) {
        owner[DISPOSE]();
        continue;
      }
      const slot = detachForScope(owner);
      if (slot === 0) continue;
      if (slot < 0) {
        errors.push(borrowed(owner, 'dropped at the end of its scope'));
        continue;
      }
      // Filled from the end: the module releases the last pair first.
      const at = first + 2 * (batch - ++count);
      core.u32[at] = slot;
      core.u32[at + 1] = -generationOf(owner);
      if (core.diagnostics.level !== 0) core.diagnostics.dropped(slot, -generationOf(owner));
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
      core.exports.heaplet_release_all(start, count);
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
  let isAsync = false;
  try {
    const result = body(scope);
    if (result instanceof Promise) {
      isAsync = true;
      return /** @type {any} */ (result.finally(() => scope.close()));
    }
    return result;
  } finally {
    if (!isAsync) scope.close();
  }
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
    this.#owner = owner.move();
    this.#views = look(this.#owner);
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
