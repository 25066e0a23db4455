// SPDX-License-Identifier: MIT
//
// Reads traces. Strict: what is not a whole, consistent trace is refused with the offset and the
// reason.

import {
  HAS_STACK,
  HAS_TIME,
  Kind,
  MAGIC,
  Note,
  RELATIVE,
  RESERVED,
  TRACE_VERSION,
  Tally,
  TraceError,
  givesBlock,
  takesBlock,
} from './trace-format.js';

/**
 * An event as it is handed out; the object is used again for the next one.
 * @typedef {object} TraceEvent
 * @property {number} kind
 * @property {number} size of the block it gives
 * @property {number} log2Alignment 0 where none was asked for
 * @property {number} block the serial number of the block it gives, -1 for a free
 * @property {number} taken the serial number of the block it ends, -1 where it ends none
 * @property {number} slot see decodeTrace
 * @property {number} stack 0 where none is known
 * @property {number} microseconds since the recording began, as of the last event that has a time
 */

/**
 * What a reader is told, in the trace's order. Everything may be left out.
 * @typedef {object} TraceVisitor
 * @property {(event: TraceEvent) => void} [event]
 * @property {(frames: {functionIndex: number, offset: number}[]) => void} [stack] the stack with the
 *   next number, from 1
 * @property {(name: string) => void} [tag] of what follows; empty: none
 * @property {(growth: {beforeBytes: number, afterBytes: number, askedBytes: number,
 *   alignment: number, liveBytes: number | null, freeBytes: number | null,
 *   largestFreeBytes: number | null, stack: number}) => void} [growth]
 */

class Cursor {
  at = 0;

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
  }

  /**
   * @param {string} reason
   * @returns {never}
   */
  refuse(reason) {
    throw new TraceError(this.at, reason);
  }

  byte() {
    return this.at < this.bytes.length
      ? this.bytes[this.at++]
      : this.refuse('the trace ends early');
  }

  varint() {
    let value = 0;
    for (let unit = 1; ; unit *= 128) {
      const part = this.byte();
      value += (part & 127) * unit;
      if (part < 128) return value;
      if (unit > 2 ** 42) this.refuse('a number is too long');
    }
  }

  /** @param {string} what */
  piece(what) {
    const length = this.varint();
    if (this.at + length > this.bytes.length) this.refuse(`${what} ends early`);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}

/**
 * Reads a trace from front to back.
 * @param {Uint8Array} bytes
 * @param {TraceVisitor} [visitor]
 * @returns {{meta: any, tally: Tally, version: number}}
 */
export function readTrace(bytes, visitor = {}) {
  const cursor = new Cursor(bytes);
  for (const expected of MAGIC) {
    if (cursor.byte() !== expected) cursor.refuse('not a heaplet trace');
  }
  const version = cursor.byte();
  if (version < 1 || version > TRACE_VERSION) {
    cursor.refuse(`version ${version}; this reader knows versions 1 to ${TRACE_VERSION}`);
  }
  const meta = description(cursor);
  const tally = new Tally();
  const live = new LiveBlocks(cursor);
  let stacks = 0;
  /** @type {TraceEvent} */
  const event = {
    kind: 0,
    size: 0,
    log2Alignment: 0,
    block: -1,
    taken: -1,
    slot: 0,
    stack: 0,
    microseconds: 0,
  };
  for (;;) {
    const head = cursor.byte();
    const kind = head & 7;
    if (kind === Kind.note && version > 1 && head === kind) {
      stacks += readNote(cursor, visitor, stacks);
      continue;
    }
    if (head & RESERVED || kind > Kind.reallocNew)
      cursor.refuse(`unknown operation 0x${head.toString(16)}`);
    if (kind === Kind.end) {
      if (head !== 0) cursor.refuse(`unknown operation 0x${head.toString(16)}`);
      break;
    }
    if (head & RELATIVE && !takesBlock(kind)) cursor.refuse('a block is named where none is taken');
    event.kind = kind;
    event.taken = -1;
    if (takesBlock(kind)) event.taken = live.named(head);
    event.slot = takesBlock(kind) ? live.take(event.taken, kind, tally) : live.freeSlot();
    event.size = givesBlock(kind) ? cursor.varint() : 0;
    if (event.size > 0xffffffff) cursor.refuse('a size beyond 32 bits');
    event.block = givesBlock(kind) ? live.give(event.slot, event.size, tally) : -1;
    event.log2Alignment = kind === Kind.aligned ? cursor.varint() : 0;
    if (event.log2Alignment > 31) cursor.refuse('an alignment beyond 2 GiB');
    event.stack = head & HAS_STACK ? cursor.varint() : 0;
    // Version 1 gives numbers to stacks that it does not describe.
    if (version > 1 && event.stack > stacks) cursor.refuse(`there is no stack ${event.stack}`);
    if (head & HAS_TIME) event.microseconds += cursor.varint();
    tally.events++;
    visitor.event?.(event);
  }
  for (const [what, value] of /** @type {const} */ ([
    ['events', tally.events],
    ['peak bytes', tally.peakBytes],
    ['peak blocks', tally.peakBlocks],
  ])) {
    const stored = cursor.varint();
    if (stored !== value) cursor.refuse(`${what}: ${stored} stored, ${value} counted`);
  }
  if (cursor.at !== bytes.length) cursor.refuse('bytes after the end');
  return { meta, tally, version };
}

/** @param {Cursor} cursor */
function description(cursor) {
  const text = new TextDecoder().decode(cursor.piece('the description'));
  try {
    return JSON.parse(text);
  } catch {
    return cursor.refuse('the description is not JSON');
  }
}

/**
 * @param {Cursor} cursor
 * @param {TraceVisitor} visitor
 * @param {number} stacks known so far
 * @returns {number} stacks it adds
 */
function readNote(cursor, visitor, stacks) {
  const what = cursor.byte();
  const inside = new Cursor(cursor.piece('a note'));
  inside.refuse = (reason) => cursor.refuse(`in a note: ${reason}`);
  if (what === Note.stack) {
    const frames = [];
    for (let count = inside.varint(); count > 0; count--) {
      frames.push({ functionIndex: inside.varint() - 1, offset: inside.varint() });
    }
    visitor.stack?.(frames);
    return 1;
  }
  if (what === Note.tag) {
    visitor.tag?.(new TextDecoder().decode(inside.bytes));
    return 0;
  }
  if (what === Note.growth) {
    const [beforeBytes, afterBytes, askedBytes, alignment] = Array.from({ length: 4 }, () =>
      inside.varint(),
    );
    const [liveBytes, freeBytes, largestFreeBytes] = Array.from({ length: 3 }, () => {
      const value = inside.varint();
      return value === 0 ? null : value - 1;
    });
    const stack = inside.varint();
    if (stack > stacks) cursor.refuse(`there is no stack ${stack}`);
    const asked = { beforeBytes, afterBytes, askedBytes, alignment };
    visitor.growth?.({ ...asked, liveBytes, freeBytes, largestFreeBytes, stack });
    return 0;
  }
  return cursor.refuse(`unknown note ${what}`);
}

/** Live blocks by serial number and by slot. */
class LiveBlocks {
  #slotOf = new Int32Array(1 << 16); // by serial number; -1 once the block is gone
  /** @type {number[]} */
  #sizeOf = []; // by slot
  /** @type {number[]} */
  #freeSlots = [];
  #serial = 0;
  #lastNamed = 0;

  /** @param {Cursor} cursor */
  constructor(cursor) {
    this.cursor = cursor;
  }

  /** @param {number} head */
  named(head) {
    const number = this.cursor.varint();
    const step = number % 2 ? -(number + 1) / 2 : number / 2;
    const block = head & RELATIVE ? this.#lastNamed + step : this.#serial - number;
    if (block < 0 || block >= this.#serial || this.#slotOf[block] < 0)
      this.cursor.refuse(`block ${block} is not live`);
    this.#lastNamed = block;
    return block;
  }

  /**
   * @param {number} block
   * @param {number} kind
   * @param {Tally} tally
   */
  take(block, kind, tally) {
    const slot = this.#slotOf[block];
    this.#slotOf[block] = -1;
    tally.took(this.#sizeOf[slot]);
    if (kind === Kind.free) this.#freeSlots.push(slot);
    return slot;
  }

  freeSlot() {
    return this.#freeSlots.pop() ?? this.#sizeOf.length;
  }

  /**
   * @param {number} slot
   * @param {number} size
   * @param {Tally} tally
   */
  give(slot, size, tally) {
    this.#sizeOf[slot] = size;
    tally.gave(size);
    if (this.#serial === this.#slotOf.length) {
      const larger = new Int32Array(this.#serial * 2);
      larger.set(this.#slotOf);
      this.#slotOf = larger;
    }
    this.#slotOf[this.#serial] = slot;
    return this.#serial++;
  }
}

const NAMES = /** @type {const} */ ([
  'end',
  'free',
  'malloc',
  'calloc',
  'realloc',
  'aligned',
  'reallocNew',
]);

/**
 * A trace as the replay program eats it: two words an operation, the first
 * kind | log2(alignment) << 3 | slot << 8, the second the size. A slot is the place of a live
 * block in a table as long as the peak of live blocks; freed slots are reused last in, first out.
 * @typedef {object} DecodedTrace
 * @property {any} meta
 * @property {Uint32Array} operations
 * @property {number} count of operations
 * @property {Record<string, number>} counts by kind
 * @property {number} peakBytes
 * @property {number} peakBlocks
 * @property {number} liveBytesAtEnd
 * @property {number} largestBytes
 */

/**
 * @param {Uint8Array} bytes
 * @returns {DecodedTrace}
 */
export function decodeTrace(bytes) {
  let operations = new Uint32Array(1 << 16);
  let count = 0;
  let largestBytes = 0;
  /** @type {Record<string, number>} */
  const counts = { free: 0, malloc: 0, calloc: 0, realloc: 0, aligned: 0, reallocNew: 0 };
  const { meta, tally } = readTrace(bytes, {
    event({ kind, size, log2Alignment, slot }) {
      if (count * 2 === operations.length) {
        const larger = new Uint32Array(operations.length * 2);
        larger.set(operations);
        operations = larger;
      }
      operations[count * 2] = kind | (log2Alignment << 3) | (slot << 8);
      operations[count * 2 + 1] = size;
      count++;
      counts[NAMES[kind]]++;
      if (size > largestBytes) largestBytes = size;
    },
  });
  if (tally.peakBlocks >= 1 << 24) {
    throw new TraceError(bytes.length, 'more than 2^24 live blocks');
  }
  return {
    meta,
    operations: operations.subarray(0, count * 2),
    count,
    counts,
    peakBytes: tally.peakBytes,
    peakBlocks: tally.peakBlocks,
    liveBytesAtEnd: tally.liveBytes,
    largestBytes,
  };
}
