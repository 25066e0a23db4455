// SPDX-License-Identifier: MIT
//
// Unsafe: the one place where addresses are handed out. Every use is counted by its call site, so
// that a program can say where it leaves the rules.

import { OBJECT } from './core.js';
import { callSite } from './diagnostics.js';
import { WrongAllocatorError, badArgument, wholeNumber } from './errors.js';
import { Owned, aliveSlot, coreOf, isOwned } from './owned.js';
import { PayloadType } from './types.js';

/** @typedef {import('./core.js').Core} Core */

const FOREIGN = new PayloadType({ name: 'foreign', elementBytes: 1, alignment: 8 });

/**
 * The owner of memory that came from elsewhere, and goes back there when it is dropped.
 */
export class Foreign extends Owned {}

/** Addresses and bytes, at the caller's own risk. */
export class Unsafe {
  #core;
  /** @type {Map<string, number>} */
  #uses = new Map();
  /** @type {Map<number, string>} allocator by address */
  #adopted = new Map();

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
    return coreOf(owner).u32[aliveSlot(owner, 'take the address of') + OBJECT];
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
    const address = this.#core.exports.heaplet_allocate(bytes, 8);
    if (address === 0) throw this.#core.outOfMemory(bytes);
    this.#core.refresh();
    return address;
  }

  /**
   * @param {number} address what allocate() returned
   * @param {number} bytes
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
    this.#core.exports.heaplet_deallocate(address, bytes, 8);
  }

  /**
   * Owns memory of somebody else's: `free` is called with its address when the owner is dropped.
   * @param {number} address
   * @param {{bytes: number, free: (address: number) => void, allocator?: string}} options
   */
  adopt(address, { bytes, free, allocator = 'another allocator' }) {
    this.#count();
    const core = this.#core;
    core.checkOpen();
    wholeNumber('the address', address, 1, core.u8.length);
    wholeNumber('bytes', bytes);
    if (typeof free !== 'function') throw badArgument('a function as `free`', free);
    if (this.#adopted.has(address)) {
      throw new WrongAllocatorError('H0008', `the memory at ${address} has an owner already`);
    }
    const type = FOREIGN.core === core ? FOREIGN.id : core.typeId(FOREIGN);
    const slot = core.exports.heaplet_adopt(type, address, bytes);
    if (slot === 0) throw core.outOfMemory(bytes);
    core.refresh();
    this.#adopted.set(address, allocator);
    core.dropCallbacks.set(`${slot}:${core.u32[slot]}`, (at) => {
      this.#adopted.delete(at);
      free(at);
    });
    return new Foreign(core, slot, core.u32[slot], FOREIGN);
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
