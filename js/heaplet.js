// SPDX-License-Identifier: MIT
//
// Heaplet: one instance of the module, and everything that can be made in it.

import './fields.js';
import { createArena } from './arena.js';
import { backstopReport } from './backstop.js';
import { Box, Rc } from './box.js';
import { Cell, RefCell } from './cell.js';
import { collectCycles, findCycles, ownershipGraph } from './cycles.js';
import { badArgument } from './errors.js';
import { Scope, runScope } from './lifetime.js';
import { DISPOSE } from './owned.js';
import { Outside, createOutside } from './outside.js';
import { createPool } from './pool.js';
import { assertNoLeaks, group, liveValues } from './reports.js';
import { createSlab } from './slab.js';
import { typeStats } from './tracked.js';
import { writeScalar } from './scalars.js';
import { Unsafe } from './unsafe.js';

/** @typedef {import('./core.js').Core} Core */
/** @typedef {import('./inference.js').AnyType} AnyType */
/**
 * @template V, I
 * @typedef {import('./slab.js').Slab<V, I>} Slab
 */
/**
 * @template V, I
 * @typedef {import('./pool.js').Pool<V, I>} Pool
 */
/**
 * @template T
 * @typedef {import('./inference.js').ValueOf<T>} ValueOf
 */
/**
 * @template T
 * @typedef {import('./inference.js').InitOf<T>} InitOf
 */

/**
 * A new value in the module's memory: its slot. When writing fails nothing is left behind.
 * @param {Core} core
 * @param {import('./types.js').PayloadType<any, any>} type
 * @param {any} init
 * @returns {number}
 */
function createValue(core, type, init) {
  const code = type.code;
  if (code >= 0) {
    const slot = core.createScalar(type);
    if (init !== undefined) {
      try {
        writeScalar(core, code, core.objectOf(slot), init);
      } catch (error) {
        core.release(slot, core.u32[slot]);
        throw error;
      }
    }
    return slot;
  }
  return createLarger(core, type, init);
}

/** Apart from createValue(), because engines inline short functions only. @type {typeof createValue} */
function createLarger(core, type, init) {
  const value = type.prepare(core, init);
  const slot = core.create(type, type.bytesFor(value));
  try {
    type.write(core, core.objectOf(slot), value);
  } catch (error) {
    core.release(slot, core.u32[slot]);
    throw error;
  }
  return slot;
}

/** One instance of the module. Values of one cannot be used with another. */
export class Heaplet {
  #core;
  /** @type {Unsafe | undefined} */
  #unsafe;

  /** @internal @param {Core} core */
  constructor(core) {
    this.#core = core;
  }

  /**
   * A Box: the one owner of a new value of `type`, zero when `init` is left out.
   * @template {AnyType} const T
   * @param {T} type
   * @param {InitOf<T>} [init]
   * @returns {Box<ValueOf<T>>}
   */
  box(type, init) {
    const core = this.#core;
    const payload = core.typeOf(type);
    const slot = createValue(core, payload, init);
    return new Box(core, slot, core.u32[slot], payload);
  }

  /**
   * An Rc: the first of the owners of a new value of `type`.
   * @template {AnyType} const T
   * @param {T} type
   * @param {InitOf<T>} [init]
   * @returns {Rc<ValueOf<T>>}
   */
  rc(type, init) {
    const core = this.#core;
    const payload = core.typeOf(type);
    const slot = createValue(core, payload, init);
    return new Rc(core, slot, core.u32[slot], payload);
  }

  /**
   * A Cell: a shared value that is replaced as a whole.
   * @template {AnyType} const T
   * @param {T} type
   * @param {InitOf<T>} [init]
   * @returns {Cell<ValueOf<T>>}
   */
  cell(type, init) {
    const core = this.#core;
    const payload = core.typeOf(type);
    const slot = createValue(core, payload, init);
    return new Cell(core, slot, core.u32[slot], payload);
  }

  /**
   * A RefCell: a shared value that many may read or one may change.
   * @template {AnyType} const T
   * @param {T} type
   * @param {InitOf<T>} [init]
   * @returns {RefCell<ValueOf<T>>}
   */
  refCell(type, init) {
    const core = this.#core;
    const payload = core.typeOf(type);
    const slot = createValue(core, payload, init);
    return new RefCell(core, slot, core.u32[slot], payload);
  }

  /**
   * Runs `body` with a scope that drops, last first, what it was given to own.
   * @template R
   * @param {(scope: Scope) => R} body
   * @returns {R}
   */
  scope(body) {
    this.#core.checkOpen();
    if (typeof body !== 'function') throw badArgument('a function', body);
    return runScope(this.#core, body);
  }

  /**
   * A scope to be closed by hand, or by `using`. With a backstop, what it owns is dropped also when
   * the garbage collector finds the scope itself.
   * @param {{backstop?: boolean}} [options]
   */
  openScope({ backstop = false } = {}) {
    this.#core.checkOpen();
    return new Scope(this.#core, backstop);
  }

  /**
   * An arena: memory for many values that end together.
   * @param {{chunkBytes?: number}} [options]
   */
  arena({ chunkBytes = 4096 } = {}) {
    return createArena(this.#core, chunkBytes);
  }

  /**
   * A slab: up to `capacity` values of a type of one size, named by keys.
   * @template {AnyType} const T
   * @param {T} type
   * @param {number} capacity
   * @returns {Slab<ValueOf<T>, InitOf<T>>}
   */
  slab(type, capacity) {
    return createSlab(this.#core, type, capacity);
  }

  /**
   * A pool: up to `capacity` values of a type of one size, each with an owner.
   * @template {AnyType} const T
   * @param {T} type
   * @param {number} capacity
   * @returns {Pool<ValueOf<T>, InitOf<T>>}
   */
  pool(type, capacity) {
    return createPool(this.#core, type, capacity);
  }

  /**
   * Owns an object from elsewhere, such as a handle of an Embind class: its `delete()`, or `end`, is
   * called once, when the last owner has gone.
   * @template {object} Value
   * @param {Value} object
   * @param {(object: Value) => void} [end]
   */
  own(object, end) {
    return createOutside(this.#core, Outside, object, { end });
  }

  /** Addresses and bytes, counted by who asks for them. */
  get unsafe() {
    return (this.#unsafe ??= new Unsafe(this.#core));
  }

  /** Every living value. */
  liveValues() {
    return liveValues(this.#core);
  }

  /** Living values by type and, with diagnostics, by place of creation; most bytes first. */
  leakReport() {
    return group(liveValues(this.#core));
  }

  /**
   * Runs `body` and throws a LeakError if values are alive afterwards that were not before.
   * @template R
   * @param {() => R} body
   * @returns {R}
   */
  assertNoLeaks(body) {
    if (typeof body !== 'function') throw badArgument('a function', body);
    return assertNoLeaks(this.#core, body);
  }

  /** Values that own each other in a circle, each circle as a path. */
  findCycles() {
    return findCycles(this.#core);
  }

  /** Every living value and the fields by which they own each other. */
  ownershipGraph() {
    return ownershipGraph(this.#core);
  }

  /** Ends the values that only circles of values own; how many, and their bytes. */
  collectCycles() {
    return collectCycles(this.#core);
  }

  /** Living and total values of each tracked type. */
  typeStats() {
    return typeStats(this.#core);
  }

  /** What a backstop found and dropped, by type and place of creation. */
  backstopReport() {
    return backstopReport(this.#core);
  }

  /** What the table of handles holds and takes. */
  stats() {
    const core = this.#core;
    core.checkOpen();
    core.refresh();
    const at = core.toAddress(core.exports.heaplet_stats());
    const [liveCount, liveBytes, slotCount, retiredCount, tableBytes] = core.sizesAt(at, 5);
    return { liveCount, liveBytes, slotCount, retiredCount, tableBytes };
  }

  /** Whether close() was not called. */
  get isOpen() {
    return this.#core.isOpen;
  }

  /** Ends the instance. Everything that belongs to it refuses to be used from then on. */
  close() {
    this.#core.close();
  }

  [DISPOSE]() {
    this.close();
  }
}
