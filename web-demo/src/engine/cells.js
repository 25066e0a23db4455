// SPDX-License-Identifier: MIT
//
// Purpose: sums the blocks of linear memory up in cells of equal size, one byte a cell, ready to be
// painted. A cell says what most of it is; `State.mixed` is live and other memory side by side.

/** What a cell shows. The order is that of the legend. */
export const State = {
  outside: 0,
  live: 1,
  slab: 2,
  mixed: 3,
  free: 4,
  cached: 5,
  metadata: 6,
  untouched: 7,
  program: 8,
};

/** Live cells coloured by a bucket have this value and up. */
export const BUCKET = 16;

/** Blocks by size: the upper bounds of the classes, in bytes. */
export const CLASS_BOUNDS = [16, 32, 64, 128, 256, 1024, 8192, 65536, Infinity];
export const classOf = (bytes) => CLASS_BOUNDS.findIndex((bound) => bytes <= bound);

/** Blocks by age, in operations: 8, 64, 512 … */
export const AGE_BOUNDS = [8, 64, 512, 4096, 32768, 262144, Infinity];
export const ageOf = (operations) => AGE_BOUNDS.findIndex((bound) => operations <= bound);

const GROUPS = 4; // live, cached, free, metadata

export class Cells {
  /**
   * @param {number} from the first address
   * @param {number} cellBytes
   * @param {number} count
   */
  constructor(from, cellBytes, count) {
    this.from = from;
    this.cellBytes = cellBytes;
    this.count = count;
    this.end = from + cellBytes * count;
    this.sums = new Float64Array(count * GROUPS);
    this.slabBytes = new Float64Array(count);
    this.best = new Float64Array(count); // of the block that covers most of the cell
    this.bucket = new Uint8Array(count);
  }

  live(address, bytes, inSlab, bucket) {
    const cell = this.#only(address, bytes);
    if (cell >= 0) return this.#cover(cell, bytes, inSlab, bucket);
    this.#spread(address, bytes, (each, covered) => this.#cover(each, covered, inSlab, bucket));
  }

  cached(address, bytes) {
    this.#add(address, bytes, 1);
  }

  free(address, bytes) {
    this.#add(address, bytes, 2);
  }

  metadata(address, bytes) {
    this.#add(address, bytes, 3);
  }

  /**
   * One byte a cell: a State, or BUCKET + bucket where `byBucket` is set and the cell is live.
   * @param {{heapBase: number, memoryBytes: number, byBucket: boolean,
   *   wasUsed: (from: number, to: number) => boolean}} memory
   */
  finish({ heapBase, memoryBytes, byBucket, wasUsed }) {
    const out = new Uint8Array(this.count);
    for (let cell = 0; cell < this.count; cell++) {
      const begin = this.from + cell * this.cellBytes;
      const end = Math.min(begin + this.cellBytes, memoryBytes);
      if (begin >= memoryBytes) break;
      if (end <= heapBase) out[cell] = State.program;
      else out[cell] = this.#state(cell, begin, end, byBucket, wasUsed);
    }
    return out;
  }

  #state(cell, begin, end, byBucket, wasUsed) {
    const at = cell * GROUPS;
    const live = this.sums[at];
    if (live > 0) {
      if (byBucket) return BUCKET + this.bucket[cell];
      if (live < (end - begin) * 0.75) return State.mixed;
      return this.slabBytes[cell] * 2 > live ? State.slab : State.live;
    }
    const [cached, free, metadata] = [this.sums[at + 1], this.sums[at + 2], this.sums[at + 3]];
    const most = Math.max(cached, free, metadata);
    if (most === 0) return wasUsed(begin, end) ? State.free : State.untouched;
    if (most === metadata) return State.metadata;
    return most === cached ? State.cached : State.free;
  }

  /** The one cell that all of it lies in, which is the common case; else -1. */
  #only(address, bytes) {
    if (address < this.from || address + bytes > this.end || bytes === 0) return -1;
    const first = Math.floor((address - this.from) / this.cellBytes);
    return address + bytes <= this.from + (first + 1) * this.cellBytes ? first : -1;
  }

  #cover(cell, covered, inSlab, bucket) {
    this.sums[cell * GROUPS] += covered;
    if (inSlab) this.slabBytes[cell] += covered;
    if (covered > this.best[cell]) {
      this.best[cell] = covered;
      this.bucket[cell] = bucket;
    }
  }

  #add(address, bytes, group) {
    const only = this.#only(address, bytes);
    if (only >= 0) {
      this.sums[only * GROUPS + group] += bytes;
      return;
    }
    this.#spread(address, bytes, (cell, covered) => {
      this.sums[cell * GROUPS + group] += covered;
    });
  }

  #spread(address, bytes, each) {
    const begin = Math.max(address, this.from);
    const end = Math.min(address + bytes, this.end);
    if (begin >= end) return;
    const first = Math.floor((begin - this.from) / this.cellBytes);
    const last = Math.floor((end - 1 - this.from) / this.cellBytes);
    if (first === last) return each(first, end - begin);
    each(first, this.from + (first + 1) * this.cellBytes - begin);
    for (let cell = first + 1; cell < last; cell++) each(cell, this.cellBytes);
    each(last, end - (this.from + last * this.cellBytes));
  }
}

/** How many cells have each value. @param {Uint8Array} cells */
export function countCells(cells) {
  const counts = new Array(BUCKET + 16).fill(0);
  for (const cell of cells) counts[cell]++;
  return counts;
}
