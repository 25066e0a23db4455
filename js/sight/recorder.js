// SPDX-License-Identifier: MIT
//
// Recorder: writes what the profiler sees as a trace. Told of each operation before the accounts are,
// whose table knows the serial numbers of blocks.

import { Kind } from './trace-format.js';
import { TraceWriter } from './trace-writer.js';

/** Writes a trace beside the accounts. */
export class Recorder {
  #writer;
  #accounts;
  #first;
  /** Stacks of the trace by those of the accounts. @type {Map<number, number>} */
  #stacks = new Map([[0, 0]]);
  #microseconds = 0;
  #timed = false;

  /**
   * @param {import('./trace-writer.js').TraceSink} sink
   * @param {object} meta
   * @param {import('./accounts.js').Accounts} accounts
   */
  constructor(sink, meta, accounts) {
    this.#writer = new TraceWriter(meta, sink);
    this.#accounts = accounts;
    this.#first = accounts.serial + 1;
  }

  /**
   * @param {number} kind
   * @param {number} log2Alignment
   * @param {number} bytes
   * @param {number} old address of the block that a realloc ends
   * @param {number} stack
   */
  allocated(kind, log2Alignment, bytes, old, stack) {
    const details = this.#details(stack);
    const taken = kind === Kind.realloc ? this.#serial(old) : -1;
    if (kind === Kind.malloc) this.#writer.malloc(bytes, details);
    else if (kind === Kind.calloc) this.#writer.calloc(bytes, details);
    else if (kind === Kind.aligned) this.#writer.aligned(2 ** log2Alignment, bytes, details);
    else if (taken >= 0) this.#writer.realloc(taken, bytes, details);
    else this.#writer.reallocNew(bytes, details);
  }

  /** @param {number} address */
  freed(address) {
    const serial = this.#serial(address);
    if (serial >= 0) this.#writer.free(serial, this.#details(0));
  }

  /** @param {string} name */
  tag(name) {
    this.#writer.tag(name);
  }

  /** @param {import('./profile.js').Growth} growth */
  growth(growth) {
    this.#writer.growth(growth, this.#stackOf(growth.stack));
  }

  /**
   * The next event bears this time: one an event would cost more than the event.
   * @param {number} milliseconds
   */
  tick(milliseconds) {
    this.#microseconds = Math.round(milliseconds * 1000);
    this.#timed = true;
  }

  finish() {
    this.#writer.finish();
  }

  /** @param {number} stack */
  #details(stack) {
    const known = this.#stackOf(stack);
    if (!this.#timed) return known === 0 ? undefined : { stack: known };
    this.#timed = false;
    return { stack: known, microseconds: this.#microseconds };
  }

  /** @param {number} stack */
  #stackOf(stack) {
    let known = this.#stacks.get(stack);
    if (known === undefined) {
      const { stacks, frames } = this.#accounts.stacks;
      known = this.#writer.stack(stacks[stack].map((index) => frames[index]));
      this.#stacks.set(stack, known);
    }
    return known;
  }

  /** @param {number} address */
  #serial(address) {
    const { blocks } = this.#accounts;
    const at = blocks.find(address);
    return at < 0 ? -1 : Math.max(-1, blocks.serials[at] - this.#first);
  }
}
