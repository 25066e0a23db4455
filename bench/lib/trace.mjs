// SPDX-License-Identifier: MIT
// Reader and writer of allocation traces; the format is described in ../traces/README.md.
// Both are strict: what is not a whole, consistent trace is refused with the offset and the reason.

export const Kind = Object.freeze({
  end: 0,
  free: 1,
  malloc: 2,
  calloc: 3,
  realloc: 4,
  aligned: 5,
  reallocNew: 6,
});

const magic = [0x48, 0x4c, 0x54, 0x52]; // "HLTR"
const version = 1;
const relative = 0x08;
const hasStack = 0x10;
const hasTime = 0x20;
const reserved = 0xc0;

const takesBlock = (kind) => kind === Kind.free || kind === Kind.realloc;
const givesBlock = (kind) => kind >= Kind.malloc && kind <= Kind.reallocNew;

export class TraceError extends Error {
  constructor(offset, reason) {
    super(`not a valid trace: byte ${offset}: ${reason}`);
    this.name = 'TraceError';
    this.offset = offset;
  }
}

/** Live bytes and blocks over time, kept alike by writer and reader so that they can be compared. */
class Tally {
  events = 0;
  liveBytes = 0;
  liveBlocks = 0;
  peakBytes = 0;
  peakBlocks = 0;

  gave(size) {
    this.liveBytes += size;
    this.liveBlocks++;
    if (this.liveBytes > this.peakBytes) this.peakBytes = this.liveBytes;
    if (this.liveBlocks > this.peakBlocks) this.peakBlocks = this.liveBlocks;
  }

  took(size) {
    this.liveBytes -= size;
    this.liveBlocks--;
  }
}

/** Writes a trace. Blocks are known to it by the serial number that `allocate…` returned. */
export class TraceWriter {
  #bytes = new Uint8Array(1 << 16);
  #length = 0;
  #serial = 0;
  #lastNamed = 0;
  #sizes = new Map();
  #tally = new Tally();

  constructor(meta) {
    for (const byte of [...magic, version]) this.#byte(byte);
    const text = new TextEncoder().encode(JSON.stringify(meta));
    this.#varint(text.length);
    for (const byte of text) this.#byte(byte);
  }

  get events() {
    return this.#tally.events;
  }

  malloc(size) {
    this.#byte(Kind.malloc);
    return this.#gave(size);
  }

  calloc(size) {
    this.#byte(Kind.calloc);
    return this.#gave(size);
  }

  /** A realloc of the null pointer. */
  reallocNew(size) {
    this.#byte(Kind.reallocNew);
    return this.#gave(size);
  }

  aligned(alignment, size) {
    const log2 = Math.log2(alignment);
    if (!Number.isInteger(log2)) throw new RangeError(`alignment ${alignment} is no power of two`);
    this.#byte(Kind.aligned);
    const serial = this.#gave(size);
    this.#varint(log2);
    return serial;
  }

  realloc(block, size) {
    this.#take(Kind.realloc, block);
    return this.#gave(size);
  }

  free(block) {
    this.#take(Kind.free, block);
    this.#tally.events++;
  }

  /** The finished trace. */
  finish() {
    this.#byte(Kind.end);
    this.#varint(this.#tally.events);
    this.#varint(this.#tally.peakBytes);
    this.#varint(this.#tally.peakBlocks);
    return this.#bytes.slice(0, this.#length);
  }

  #gave(size) {
    if (!Number.isInteger(size) || size < 0 || size > 0xffffffff)
      throw new RangeError(`size ${size}`);
    this.#varint(size);
    this.#tally.events++;
    this.#tally.gave(size);
    this.#sizes.set(this.#serial, size);
    return this.#serial++;
  }

  #take(kind, block) {
    const size = this.#sizes.get(block);
    if (size === undefined) throw new RangeError(`block ${block} is not live`);
    this.#sizes.delete(block);
    this.#tally.took(size);
    const age = this.#serial - block;
    const step = block - this.#lastNamed;
    const zigzag = step >= 0 ? 2 * step : -2 * step - 1;
    this.#byte(age <= zigzag ? kind : kind | relative);
    this.#varint(Math.min(age, zigzag));
    this.#lastNamed = block;
  }

  #byte(value) {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(this.#length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = value;
  }

  #varint(value) {
    for (; value > 127; value = Math.floor(value / 128)) this.#byte((value & 127) | 128);
    this.#byte(value);
  }
}

/**
 * Decodes a trace into what the replay program eats: two words an operation, the first
 * kind | log2(alignment) << 3 | slot << 8, the second the size. A slot is the place of a live
 * block in a table as long as the peak of live blocks; freed slots are reused last in, first out.
 *
 * @param {Uint8Array} bytes
 * @returns {{meta: object, operations: Uint32Array, count: number, counts: Record<string, number>,
 *   peakBytes: number, peakBlocks: number, liveBytesAtEnd: number, largestBytes: number}}
 */
export function decodeTrace(bytes) {
  let at = 0;
  const refuse = (reason) => {
    throw new TraceError(at, reason);
  };
  const byte = () => (at < bytes.length ? bytes[at++] : refuse('the trace ends early'));
  const varint = () => {
    let value = 0;
    for (let unit = 1; ; unit *= 128) {
      const part = byte();
      value += (part & 127) * unit;
      if (part < 128) return value;
      if (unit > 2 ** 42) refuse('a number is too long');
    }
  };

  for (const expected of magic) if (byte() !== expected) refuse('not a heaplet trace');
  const found = byte();
  if (found !== version) refuse(`version ${found}; this reader knows version ${version}`);
  const metaLength = varint();
  if (at + metaLength > bytes.length) refuse('the description ends early');
  const meta = JSON.parse(new TextDecoder().decode(bytes.subarray(at, at + metaLength)));
  at += metaLength;

  let operations = new Uint32Array(1 << 16);
  let slotOf = new Int32Array(1 << 16); // by serial number; -1 once the block is gone
  const sizeOf = []; // by slot
  const freeSlots = [];
  const tally = new Tally();
  const counts = { free: 0, malloc: 0, calloc: 0, realloc: 0, aligned: 0, reallocNew: 0 };
  const names = ['end', 'free', 'malloc', 'calloc', 'realloc', 'aligned', 'reallocNew'];
  let serial = 0;
  let lastNamed = 0;
  let largestBytes = 0;

  for (;;) {
    const head = byte();
    const kind = head & 7;
    if (head & reserved || kind > Kind.reallocNew)
      refuse(`unknown operation 0x${head.toString(16)}`);
    if (kind === Kind.end) break;
    if (head & relative && !takesBlock(kind)) refuse('a block is named where none is taken');

    let slot;
    if (takesBlock(kind)) {
      const number = varint();
      const step = number % 2 ? -(number + 1) / 2 : number / 2;
      const block = head & relative ? lastNamed + step : serial - number;
      if (block < 0 || block >= serial || slotOf[block] < 0) refuse(`block ${block} is not live`);
      lastNamed = block;
      slot = slotOf[block];
      slotOf[block] = -1;
      tally.took(sizeOf[slot]);
      if (kind === Kind.free) freeSlots.push(slot);
    } else {
      slot = freeSlots.length ? freeSlots.pop() : sizeOf.length;
    }

    let size = 0;
    if (givesBlock(kind)) {
      size = varint();
      if (size > 0xffffffff) refuse('a size beyond 32 bits');
      sizeOf[slot] = size;
      tally.gave(size);
      if (serial === slotOf.length) {
        const larger = new Int32Array(serial * 2);
        larger.set(slotOf);
        slotOf = larger;
      }
      slotOf[serial++] = slot;
      if (size > largestBytes) largestBytes = size;
    }
    const alignment = kind === Kind.aligned ? varint() : 0;
    if (alignment > 31) refuse('an alignment beyond 2 GiB');
    if (head & hasStack) varint();
    if (head & hasTime) varint();

    if (tally.events * 2 === operations.length) {
      const larger = new Uint32Array(operations.length * 2);
      larger.set(operations);
      operations = larger;
    }
    operations[tally.events * 2] = kind | (alignment << 3) | (slot << 8);
    operations[tally.events * 2 + 1] = size;
    tally.events++;
    counts[names[kind]]++;
  }

  for (const [what, value] of [
    ['events', tally.events],
    ['peak bytes', tally.peakBytes],
    ['peak blocks', tally.peakBlocks],
  ]) {
    const stored = varint();
    if (stored !== value) refuse(`${what}: ${stored} stored, ${value} counted`);
  }
  if (at !== bytes.length) refuse('bytes after the end');
  if (tally.peakBlocks >= 1 << 24) refuse('more than 2^24 live blocks');
  return {
    meta,
    operations: operations.subarray(0, tally.events * 2),
    count: tally.events,
    counts,
    peakBytes: tally.peakBytes,
    peakBlocks: tally.peakBlocks,
    liveBytesAtEnd: tally.liveBytes,
    largestBytes,
  };
}
