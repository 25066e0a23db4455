// SPDX-License-Identifier: MIT
//
// Writes traces. What is written goes to a sink in pieces of 64 KiB, so that a long recording needs no
// more memory than that.

import {
  HAS_STACK,
  HAS_TIME,
  Kind,
  MAGIC,
  Note,
  RELATIVE,
  TRACE_VERSION,
  Tally,
} from './trace-format.js';

const BUFFER_BYTES = 1 << 16;

/**
 * Takes the next bytes of a trace. They are the sink's to keep only until it returns.
 * @typedef {(bytes: Uint8Array) => void} TraceSink
 */

/**
 * What may be known of an event beside what it does.
 * @typedef {object} EventDetails
 * @property {number} [stack] what stack() returned
 * @property {number} [microseconds] since the recording began; whole, and never less than before
 */

/**
 * Writes a trace. Blocks are known to it by the serial number that `allocate…` returned. Numbers that no
 * allocator could mean are refused with a RangeError before anything is written.
 */
export class TraceWriter {
  #bytes = new Uint8Array(BUFFER_BYTES);
  #length = 0;
  #serial = 0;
  #lastNamed = 0;
  #lastStack = 0;
  #lastMicroseconds = 0;
  /** @type {Map<number, number>} */
  #sizes = new Map();
  #tally = new Tally();
  /** @type {TraceSink | undefined} */
  #sink;

  /**
   * @param {object} meta name, program, command …: whatever JSON can say
   * @param {TraceSink} [sink] without one, finish() returns the whole trace
   */
  constructor(meta, sink) {
    this.#sink = sink;
    for (const byte of [...MAGIC, TRACE_VERSION]) this.#byte(byte);
    this.#text(JSON.stringify(meta));
  }

  /** Events written so far. */
  get events() {
    return this.#tally.events;
  }

  /**
   * @param {number} size
   * @param {EventDetails} [details]
   */
  malloc(size, details) {
    return this.#give(Kind.malloc, size, 0, details);
  }

  /**
   * @param {number} size
   * @param {EventDetails} [details]
   */
  calloc(size, details) {
    return this.#give(Kind.calloc, size, 0, details);
  }

  /**
   * A realloc of the null pointer.
   * @param {number} size
   * @param {EventDetails} [details]
   */
  reallocNew(size, details) {
    return this.#give(Kind.reallocNew, size, 0, details);
  }

  /**
   * @param {number} alignment a power of two
   * @param {number} size
   * @param {EventDetails} [details]
   */
  aligned(alignment, size, details) {
    const log2 = Math.log2(alignment);
    if (!Number.isInteger(log2)) throw new RangeError(`alignment ${alignment} is no power of two`);
    return this.#give(Kind.aligned, size, log2, details);
  }

  /**
   * @param {number} block ends here
   * @param {number} size
   * @param {EventDetails} [details]
   */
  realloc(block, size, details) {
    checkSize(size);
    this.#take(Kind.realloc, block, details);
    this.#varint(size);
    return this.#gave(size, details);
  }

  /**
   * @param {number} block
   * @param {EventDetails} [details]
   */
  free(block, details) {
    this.#take(Kind.free, block, details);
    this.#details(details);
    this.#tally.events++;
  }

  /**
   * Makes a stack known.
   * @param {readonly {functionIndex: number, offset: number}[]} frames leaf first
   * @returns {number} for EventDetails.stack; the first is 1
   */
  stack(frames) {
    const numbers = [frames.length];
    for (const { functionIndex, offset } of frames) numbers.push(functionIndex + 1, offset);
    this.#note(Note.stack, varints(numbers));
    return ++this.#lastStack;
  }

  /**
   * The tag of what is allocated from here on.
   * @param {string} name empty: none
   */
  tag(name) {
    this.#note(Note.tag, new TextEncoder().encode(name));
  }

  /**
   * Linear memory grew, or was refused to.
   * @param {{beforeBytes: number, afterBytes: number, askedBytes: number, alignment: number,
   *   liveBytes: number | null, freeBytes: number | null, largestFreeBytes: number | null}} growth
   * @param {number} [stack]
   */
  growth(growth, stack = 0) {
    const { beforeBytes, afterBytes, askedBytes, alignment } = growth;
    const known = [growth.liveBytes, growth.freeBytes, growth.largestFreeBytes];
    const optional = known.map((value) => (value === null ? 0 : value + 1));
    const numbers = [beforeBytes, afterBytes, askedBytes, alignment, ...optional, stack];
    this.#note(Note.growth, varints(numbers));
  }

  /** The finished trace, or nothing where there is a sink, which has it all then. */
  finish() {
    this.#byte(Kind.end);
    this.#varint(this.#tally.events);
    this.#varint(this.#tally.peakBytes);
    this.#varint(this.#tally.peakBlocks);
    if (!this.#sink) return this.#bytes.slice(0, this.#length);
    this.flush();
    return new Uint8Array(0);
  }

  /** Hands to the sink what has not gone there yet. */
  flush() {
    if (!this.#sink || this.#length === 0) return;
    this.#sink(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
  }

  /**
   * @param {number} kind
   * @param {number} size
   * @param {number} log2
   * @param {EventDetails | undefined} details
   */
  #give(kind, size, log2, details) {
    checkSize(size);
    this.#byte(kind | detailBits(details));
    this.#varint(size);
    if (kind === Kind.aligned) this.#varint(log2);
    return this.#gave(size, details);
  }

  /**
   * @param {number} size
   * @param {EventDetails | undefined} details
   */
  #gave(size, details) {
    this.#details(details);
    this.#tally.events++;
    this.#tally.gave(size);
    this.#sizes.set(this.#serial, size);
    return this.#serial++;
  }

  /**
   * @param {number} kind
   * @param {number} block
   * @param {EventDetails | undefined} details
   */
  #take(kind, block, details) {
    const size = this.#sizes.get(block);
    if (size === undefined) throw new RangeError(`block ${block} is not live`);
    this.#sizes.delete(block);
    this.#tally.took(size);
    const age = this.#serial - block;
    const step = block - this.#lastNamed;
    const zigzag = step >= 0 ? 2 * step : -2 * step - 1;
    this.#byte(kind | (age <= zigzag ? 0 : RELATIVE) | detailBits(details));
    this.#varint(Math.min(age, zigzag));
    this.#lastNamed = block;
  }

  /** @param {EventDetails | undefined} details */
  #details(details) {
    if (details?.stack) this.#varint(details.stack);
    if (details?.microseconds === undefined) return;
    this.#varint(Math.max(0, details.microseconds - this.#lastMicroseconds));
    this.#lastMicroseconds = Math.max(this.#lastMicroseconds, details.microseconds);
  }

  /**
   * @param {number} what
   * @param {Uint8Array | number[]} payload
   */
  #note(what, payload) {
    this.#byte(Kind.note);
    this.#byte(what);
    this.#varint(payload.length);
    for (const byte of payload) this.#byte(byte);
  }

  /** @param {string} text */
  #text(text) {
    const bytes = new TextEncoder().encode(text);
    this.#varint(bytes.length);
    for (const byte of bytes) this.#byte(byte);
  }

  /** @param {number} value */
  #byte(value) {
    if (this.#length === this.#bytes.length) {
      if (this.#sink) {
        this.flush();
      } else {
        const larger = new Uint8Array(this.#length * 2);
        larger.set(this.#bytes);
        this.#bytes = larger;
      }
    }
    this.#bytes[this.#length++] = value;
  }

  /** @param {number} value */
  #varint(value) {
    for (; value > 127; value = Math.floor(value / 128)) this.#byte((value & 127) | 128);
    this.#byte(value);
  }
}

/** @param {number[]} numbers */
function varints(numbers) {
  const bytes = [];
  for (let value of numbers) {
    for (; value > 127; value = Math.floor(value / 128)) bytes.push((value & 127) | 128);
    bytes.push(value);
  }
  return bytes;
}

/** @param {EventDetails | undefined} details */
function detailBits(details) {
  if (details === undefined) return 0;
  return (details.stack ? HAS_STACK : 0) | (details.microseconds === undefined ? 0 : HAS_TIME);
}

/** @param {number} size */
function checkSize(size) {
  if (!Number.isInteger(size) || size < 0 || size > 0xffffffff)
    throw new RangeError(`size ${size}`);
}
