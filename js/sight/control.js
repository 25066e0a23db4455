// SPDX-License-Identifier: MIT
//
// The profiler's side in a program, by its one structure: src/sight/control.hpp, whose offsets are
// repeated here. What is read moves when memory grows, so views are made anew each time.

/** Bits of the mode. */
export const Mode = Object.freeze({ off: 0, sample: 1, log: 2, contexts: 4 });

/** Bit of an event's head: its context is a stack. */
export const HAS_STACK = 0x80000000;

/** Kinds of events beyond those of a trace. */
export const RingKind = Object.freeze({ tag: 7, oldBlock: 8 });

/** The first 16 bytes. */
export const CONTROL_MAGIC = 'heaplet.sight.v1';

/** An allowance that is never used up. */
export const NO_ALLOWANCE = 0xffffffff;

/** Bytes of the structure before its list of allocators. */
export const ALLOCATORS_OFFSET = 128;

/** Words of the structure, from its beginning. */
export const Word = Object.freeze({
  allocatedBytes: 4, // a double
  allocationCount: 6,
  freeCount: 7,
  allowance: 8,
  armed: 9,
  mode: 10,
  context: 11,
  chain: 12,
  tag: 13,
  requestBytes: 14,
  requestAlignment: 15,
  opened: 16,
  inside: 17,
  ring: 18,
  ringCapacity: 19,
  ringCount: 20,
  filter: 21,
  filterBytes: 22,
  seen: 23,
  seenCount: 24,
  text: 25,
  textBytes: 26,
  info: 27,
  sum: 28,
  walk: 29,
  stack: 30,
  allocatorCount: 31,
  allocators: 32,
});

/**
 * What a program linked with heaplet::profiler leaves in `Module.heapletProgram`.
 * @typedef {object} LinkedProgram
 * @property {number} control address of the structure
 * @property {() => ArrayBuffer} memory
 * @property {(index: number) => any} entry a function of the program's table
 * @property {object[]} growths that happened before anybody listened
 * @property {object} [sight] who listens
 */

/**
 * Sums over the heap. All 0 but memoryBytes where the allocator cannot be walked.
 * @typedef {object} HeapSums
 * @property {number} liveBlocks
 * @property {number} liveBytes
 * @property {number} freeBlocks
 * @property {number} freeBytes
 * @property {number} largestFreeBytes
 * @property {number} metadataBytes
 * @property {number} topBytes
 * @property {number} reservedBytes
 * @property {number} highWaterBytes
 * @property {number} growthCount
 * @property {number} memoryBytes
 */

/** @type {(keyof HeapSums)[]} */
const SUMS = [
  'liveBlocks',
  'liveBytes',
  'freeBlocks',
  'freeBytes',
  'largestFreeBytes',
  'metadataBytes',
  'topBytes',
  'reservedBytes',
  'highWaterBytes',
  'growthCount',
  'memoryBytes',
];

const decoder = new TextDecoder();

/** A running program's half of the profiler. */
export class Control {
  /** @param {LinkedProgram} program */
  constructor(program) {
    this.program = program;
    this.address = program.control;
  }

  get memoryBytes() {
    return this.program.memory().byteLength;
  }

  /** All of memory, as words. */
  words() {
    return new Uint32Array(this.program.memory());
  }

  /** @param {number} word */
  get(word) {
    return new Uint32Array(this.program.memory(), this.address, 64)[word];
  }

  /**
   * @param {number} word
   * @param {number} value
   */
  set(word, value) {
    new Uint32Array(this.program.memory(), this.address, 64)[word] = value;
  }

  get #doubles() {
    return new Float64Array(this.program.memory(), this.address + Word.allocatedBytes * 4, 1);
  }

  /** Bytes that were ever asked for, in any mode. */
  get allocatedBytes() {
    return this.#doubles[0] + this.get(Word.armed) - this.get(Word.allowance);
  }

  /**
   * Bytes until the program calls next.
   * @param {number} bytes
   */
  arm(bytes) {
    this.#doubles[0] = this.allocatedBytes;
    this.set(Word.allowance, bytes);
    this.set(Word.armed, bytes);
  }

  /**
   * Empties the ring.
   * @param {(head: number, bytes: number, block: number, context: number) => void} each
   */
  drain(each) {
    const count = this.get(Word.ringCount);
    const ring = new Uint32Array(this.program.memory(), this.get(Word.ring), count * 4);
    for (let i = 0; i < ring.length; i += 4) each(ring[i], ring[i + 1], ring[i + 2], ring[i + 3]);
    this.set(Word.ringCount, 0);
  }

  /** One byte for each hash of an address: whether its free is of interest. */
  filter() {
    const bytes = this.get(Word.filterBytes);
    return new Uint8Array(this.program.memory(), this.get(Word.filter), bytes);
  }

  /** @returns {HeapSums} */
  sums() {
    const out = this.get(Word.text);
    this.program.entry(this.get(Word.sum))(out);
    const words = new Uint32Array(this.program.memory(), out, SUMS.length);
    return /** @type {HeapSums} */ (Object.fromEntries(SUMS.map((name, i) => [name, words[i]])));
  }

  /**
   * heaplet_malloc_info().
   * @param {0 | 1} format 1 for JSON
   */
  info(format) {
    const text = this.get(Word.text);
    const capacity = this.get(Word.textBytes);
    const length = this.program.entry(this.get(Word.info))(format, text, capacity);
    if (length >= capacity) throw new RangeError(`the heap's statistics need ${length} bytes`);
    return decoder.decode(new Uint8Array(this.program.memory(), text, length));
  }

  /** Calls the program back once for each ring full of blocks; see Profiler.blocks(). */
  walk() {
    this.program.entry(this.get(Word.walk))();
  }

  /** Ranges of memory that hold no pointers of the program's: the profiler's own, the unused stack. */
  ownRanges() {
    const limits = this.get(Word.text);
    this.program.entry(this.get(Word.stack))(limits);
    const [end, current] = new Uint32Array(this.program.memory(), limits, 2);
    const ring = this.get(Word.ring);
    const seen = this.get(Word.seen);
    return [
      [this.address, this.address + (Word.allocators + this.get(Word.allocatorCount)) * 4],
      [ring, ring + this.get(Word.ringCapacity) * 16],
      [this.get(Word.filter), this.get(Word.filter) + this.get(Word.filterBytes)],
      [seen, seen + this.get(Word.seenCount) * 4],
      [limits, limits + this.get(Word.textBytes)],
      [end, current],
    ];
  }

  /** The functions of malloc's family and what calls them for others, by index in the module. */
  allocators() {
    const indices = new Set();
    for (let i = 0; i < this.get(Word.allocatorCount); i++) {
      const entry = this.words()[(this.address >> 2) + Word.allocators + i];
      // The name of a function that came out of a module is its index there.
      if (entry !== 0) indices.add(Number(this.program.entry(entry).name));
    }
    return indices;
  }

  /** @param {number} address of a C string */
  string(address) {
    if (address === 0) return '';
    const bytes = new Uint8Array(this.program.memory(), address);
    return decoder.decode(bytes.slice(0, Math.max(0, bytes.indexOf(0))));
  }
}

/**
 * As in the program: where in the filter an address is.
 * @param {number} address
 */
export function filterIndex(address) {
  return Math.imul(address, 0x9e3779b1) >>> 19;
}
