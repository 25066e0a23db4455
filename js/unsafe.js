// SPDX-License-Identifier: MIT
//
// Unsafe: the one place where addresses are handed out. Every use is counted by its call site, so
// that a program can say where it leaves the rules.

import { Alias } from './alias.js';
import { callSite } from './diagnostics.js';
import {
  InstanceError,
  WrongAllocatorError,
  badArgument,
  describe,
  wholeNumber,
} from './errors.js';
import { Owned, aliveSlot, coreOf, isOwned, readPayload, writePayload } from './owned.js';
import { PayloadType, toType } from './types.js';
import { bytes as rawBytes } from './views.js';

/** @typedef {import('./core.js').Core} Core */

/** Types of foreign memory by the type of what is in it. @type {WeakMap<PayloadType<any, any>, PayloadType<any, any>>} */
const foreignTypes = new WeakMap();

/**
 * The owner of memory that came from elsewhere, and goes back there when it is dropped.
 * @template [Value=any]
 */
export class Foreign extends Owned {
  /** The value: a scalar itself, a view of anything else. @returns {Value} */
  get value() {
    return readPayload(this);
  }

  /** @param {any} value */
  set value(value) {
    writePayload(this, value);
  }
}

/** @param {PayloadType<any, any>} inner */
function foreignTypeOf(inner) {
  const made = foreignTypes.get(inner) ?? new Alias(inner, `foreign ${inner.name}`);
  foreignTypes.set(inner, made);
  return made;
}

/** Addresses and bytes, at the caller's own risk. */
export class Unsafe {
  #core;
  /** @type {Map<string, number>} */
  #uses = new Map();
  /** Allocator by address, of memory that has an owner here. @type {Map<number, string>} */
  #adopted = new Map();
  /** Bytes by address, of memory that allocate() gave out. @type {Map<number, number>} */
  #allocated = new Map();

  /** @internal @param {Core} core */
  constructor(core) {
    this.#core = core;
  }

  /**
   * Where a value is. Good until its last owner has gone.
   * @param {Owned} owner
   */
  addressOf(owner) {
    this.#count();
    if (!isOwned(owner)) throw badArgument('an owner, such as a Box or an Rc', owner);
    if (coreOf(owner) !== this.#core) {
      throw new InstanceError('H0004', `${owner} belongs to another heaplet instance`, {
        help: 'ask the unsafe of the instance that it was made in',
      });
    }
    return coreOf(owner).objectOf(aliveSlot(owner, 'take the address of'));
  }

  /**
   * Bytes of the module's memory. Good until memory grows: do not keep them.
   * @param {number} address
   * @param {number} length
   */
  bytes(address, length) {
    this.#count();
    this.#core.checkOpen();
    this.#core.refresh();
    const end = this.#core.u8.length;
    wholeNumber('the address', address, 0, end);
    wholeNumber('the length', length, 0, end - address);
    return this.#core.u8.subarray(address, address + length);
  }

  /**
   * Memory without an owner: give it back with deallocate(), with the same number.
   * @param {number} bytes
   * @returns {number} its address, at a multiple of 8
   */
  allocate(bytes) {
    this.#count();
    this.#core.checkOpen();
    wholeNumber('bytes', bytes);
    const address = this.#core.toAddress(this.#core.exports.heaplet_allocate(bytes, 8));
    if (address === 0) throw this.#core.outOfMemory(bytes);
    this.#core.refresh();
    this.#allocated.set(address, bytes);
    return address;
  }

  /**
   * Gives memory back that allocate() gave out. Anything else is refused.
   * @param {number} address what allocate() returned
   * @param {number} bytes what was asked for
   */
  deallocate(address, bytes) {
    this.#count();
    this.#core.checkOpen();
    const allocator = this.#adopted.get(address);
    if (allocator !== undefined) {
      throw new WrongAllocatorError('H0008', `the memory at ${address} belongs to ${allocator}`, {
        help: 'drop its owner, which gives it back there',
      });
    }
    const allocated = this.#allocated.get(address);
    if (allocated === undefined) {
      throw new WrongAllocatorError(
        'H0008',
        `unsafe.allocate() has not given out ${describe(address)}`,
        {
          help: "it was given back already, or is another allocator's or an owner's",
        },
      );
    }
    if (bytes !== allocated) throw badArgument(`the ${allocated} bytes that were asked for`, bytes);
    this.#allocated.delete(address);
    this.#core.exports.heaplet_deallocate(address, bytes, 8);
  }

  /**
   * Owns memory of somebody else's: `free` is called with its address when the owner is dropped.
   * @template {import('./inference.js').AnyType} [const T=import('./types.js').PayloadType<import('./views.js').Slice<number>, any>]
   * @param {number} address
   * @param {{bytes: number, free: (address: number) => void, allocator?: string, type?: T}} options
   *   `type` is what is there, bytes if left out
   * @returns {Foreign<import('./inference.js').ValueOf<T>>}
   */
  adopt(address, { bytes, free, allocator = 'another allocator', type }) {
    this.#count();
    const core = this.#core;
    core.checkOpen();
    const payload = type === undefined ? rawBytes : toType(type).original;
    const alignment = payload.alignment;
    wholeNumber('bytes', bytes, payload.fixedBytes ?? 0);
    wholeNumber('the address', address, 1, core.u8.length - bytes);
    if (address % alignment !== 0)
      throw badArgument(`an address at a multiple of ${alignment}`, address);
    if (bytes % payload.elementBytes !== 0) {
      throw badArgument(`bytes at a multiple of ${payload.elementBytes}`, bytes);
    }
    if (payload.ownedOffsets.length > 0) {
      throw badArgument(
        'a type without owned fields',
        payload.name,
        "they are another allocator's",
      );
    }
    if (typeof free !== 'function') throw badArgument('a function as `free`', free);
    if (typeof allocator !== 'string') throw badArgument('the name of the allocator', allocator);
    if (this.#adopted.has(address)) {
      throw new WrongAllocatorError('H0008', `the memory at ${address} has an owner already`, {
        help: 'share it: move its owner, or put it into a field',
      });
    }
    const foreign = foreignTypeOf(payload);
    const slot = core.exports.heaplet_adopt(core.typeId(foreign), address, bytes);
    if (slot === 0) throw core.outOfMemory(bytes);
    core.refresh();
    if (core.diagnostics.level !== 0) core.diagnostics.created(core, slot, foreign.name);
    this.#adopted.set(address, allocator);
    core.dropCallbacks.set(`${slot}:${core.u32[slot]}`, (at) => {
      // Gone from the list when another allocator has taken it back.
      if (!this.#adopted.delete(at)) return;
      free(at);
    });
    return new Foreign(core, slot, core.u32[slot], foreign);
  }

  /**
   * Ends an owner of foreign memory without freeing it: the caller does that, with its own allocator.
   * @param {Foreign} foreign
   * @returns {number} the address
   */
  release(foreign) {
    if (!(foreign instanceof Foreign)) throw badArgument('what adopt() returned', foreign);
    const address = this.addressOf(foreign);
    const allocator = this.#adopted.get(address);
    this.#adopted.delete(address);
    try {
      foreign.drop();
    } catch (error) {
      // Borrowed or the like: it still has its owner.
      if (foreign.isAlive && allocator !== undefined) this.#adopted.set(address, allocator);
      throw error;
    }
    return address;
  }

  /** How many uses there were, by call site, most first. */
  report() {
    return [...this.#uses]
      .map(([site, count]) => ({ site, count }))
      .sort((a, b) => b.count - a.count);
  }

  #count() {
    const site = callSite();
    this.#uses.set(site, (this.#uses.get(site) ?? 0) + 1);
  }
}
