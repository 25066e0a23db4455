// SPDX-License-Identifier: MIT
//
// The records of a heaptrack file: strings, instruction pointers, traces and allocation infos as they
// are first needed, then allocations and frees. Numbers are hexadecimal; all but infos count from 1.

import { ExportError } from './error.js';

/** @typedef {import('./resolved.js').Resolved} Resolved */
/** @typedef {{blocks: number, bytes: number}} Amount */
/** @typedef {{blocks: number, bytes: number, temporary: number}} Churn temporary: of the blocks */

const PAGE_BYTES = 65536;
/** Of live blocks and their frees: some 250 MB of text, and half of what a string can be. */
const MOST_LINES = 20_000_000;

export class HeaptrackWriter {
  /** @type {string[]} */ #chunks = [];
  /** @type {Map<string, number>} */ #strings = new Map();
  /** @type {Map<string, number>} */ #pointers = new Map();
  /** @type {Map<string, number>} */ #traces = new Map();
  /** @type {Map<number, number>} trace of each stack */ #traceOf = new Map();
  /** @type {Map<string, number>} */ #infos = new Map();
  #resolved;
  #lastMilliseconds = 0;
  #lines = 0;

  constructor(/** @type {Resolved} */ resolved, /** @type {string} */ command) {
    this.#resolved = resolved;
    const { memoryBytes, timeline } = resolved.profile;
    const most = timeline.reduce((max, point) => Math.max(max, point.memoryBytes), memoryBytes);
    this.#line('v 10400 3');
    this.#line(`X ${command.replace(/[\n\r]/g, ' ')}`);
    this.#line(`I ${hex(PAGE_BYTES)} ${hex(Math.ceil(most / PAGE_BYTES))}`);
    // Readers take a free for a temporary allocation's when the last allocation had the same info,
    // and start with info 0 for the last: that one is never used.
    this.#info(0, 0, 0);
  }

  text() {
    return this.#chunks.join('');
  }

  time(/** @type {number} */ milliseconds) {
    this.#lastMilliseconds = Math.max(this.#lastMilliseconds, Math.round(milliseconds));
    this.#line(`c ${hex(this.#lastMilliseconds)}`);
  }

  memory(/** @type {number} */ bytes) {
    this.#line(`R ${hex(Math.ceil(bytes / PAGE_BYTES))}`);
  }

  /** Allocates or frees so many bytes in so many blocks. */
  blocks(/** @type {'+' | '-'} */ sign, /** @type {number} */ stack, /** @type {Amount} */ amount) {
    const trace = this.#trace(stack);
    for (const [size, count] of sizesOf(amount)) {
      this.#lines += count;
      if (this.#lines > MOST_LINES) {
        const hint = 'write pprof or dhat, which have sums';
        throw new ExportError("too many live blocks for heaptrack's file, a line each", hint);
      }
      const info = this.#info(size, trace, sign === '+' ? 0 : 1);
      this.#chunks.push(`${sign} ${hex(info)}\n`.repeat(count));
    }
  }

  /** Allocates and frees blocks one by one. */
  churn(/** @type {number} */ stack, /** @type {Churn} */ { blocks, bytes, temporary }) {
    const trace = this.#trace(stack);
    let left = temporary;
    for (const [size, count] of sizesOf({ blocks, bytes })) {
      const allocation = hex(this.#info(size, trace, 0));
      const other = hex(this.#info(size, trace, 1));
      const atOnce = Math.min(left, count);
      left -= atOnce;
      this.#chunks.push(`+ ${allocation}\n- ${allocation}\n`.repeat(atOnce));
      this.#chunks.push(`+ ${allocation}\n- ${other}\n`.repeat(count - atOnce));
    }
  }

  /** An info; those that differ in `variant` alone are different ones to readers, too. */
  #info(/** @type {number} */ size, /** @type {number} */ trace, /** @type {number} */ variant) {
    return this.#once(this.#infos, `a ${hex(size)} ${hex(trace)}`, variant) - 1;
  }

  #trace(/** @type {number} */ stack) {
    let trace = this.#traceOf.get(stack);
    if (trace !== undefined) return trace;
    trace = 0;
    for (const pointer of this.#pointersOf(this.#resolved.stacks[stack]).reverse()) {
      trace = this.#once(this.#traces, `t ${hex(pointer)} ${hex(trace)}`);
    }
    this.#traceOf.set(stack, trace);
    return trace;
  }

  /** Places that were inlined share the pointer of the place that they were inlined into. */
  #pointersOf(/** @type {number[]} */ stack) {
    const { places, program } = this.#resolved;
    const pointers = [];
    let lines = '';
    let address = -1;
    for (const index of stack) {
      const { name, file, line, offset, inlined } = places[index];
      if (address < 0) address = offset;
      lines += ` ${hex(this.#string(name))} ${hex(this.#string(file))} ${hex(line)}`;
      if (inlined) continue;
      // A pseudo place has no address: its index stands for one, as readers join equal ones.
      const pointer = `i ${hex(address || index)} ${hex(this.#string(program))}${lines}`;
      pointers.push(this.#once(this.#pointers, pointer));
      lines = '';
      address = -1;
    }
    return pointers;
  }

  #string(/** @type {string} */ text) {
    if (text === '') return 0;
    const length = new TextEncoder().encode(text).length;
    return this.#once(this.#strings, `s ${hex(length)} ${text.replace(/[\n\r]/g, ' ')}`);
  }

  /** Writes a record the first time; returns its number, from 1. */
  #once(/** @type {Map<string, number>} */ known, /** @type {string} */ record, variant = 0) {
    const key = `${variant} ${record}`;
    let index = known.get(key);
    if (index === undefined) {
      index = known.size + 1;
      known.set(key, index);
      this.#line(record);
    }
    return index;
  }

  #line(/** @type {string} */ line) {
    this.#chunks.push(`${line}\n`);
  }
}

/** Sizes with how many blocks have them: at most two, whose sum is exact. */
function sizesOf(/** @type {Amount} */ { blocks, bytes }) {
  if (blocks === 0) return [];
  const size = Math.floor(bytes / blocks);
  const larger = bytes - size * blocks;
  const sizes = [];
  if (larger > 0) sizes.push([size + 1, larger]);
  if (blocks > larger) sizes.push([size, blocks - larger]);
  return sizes;
}

function hex(/** @type {number} */ value) {
  return value.toString(16);
}
