// SPDX-License-Identifier: MIT
//
// BlockTable: live blocks by address, in typed arrays, with linear probing. A Map of objects costs five
// times as much, and this is what every logged operation goes through.

const EMPTY = 0;

/** Live blocks by address. The fields of a found block are at its index. */
export class BlockTable {
  count = 0;
  #mask = 0;
  /** Addresses; 0 for an empty place. */
  addresses = new Uint32Array(0);
  bytes = new Uint32Array(0);
  totals = new Uint32Array(0);
  /** Operations before the block's allocation. */
  born = new Float64Array(0);
  serials = new Float64Array(0);
  /** How many blocks it stands for. */
  weights = new Float64Array(0);

  constructor() {
    this.#resize(1024);
  }

  /**
   * @param {number} address
   * @returns {number} an index, or -1
   */
  find(address) {
    for (let i = this.#home(address); ; i = (i + 1) & this.#mask) {
      if (this.addresses[i] === address) return i;
      if (this.addresses[i] === EMPTY) return -1;
    }
  }

  /**
   * A place for a block that is not there yet.
   * @param {number} address not 0
   */
  add(address) {
    if (++this.count * 2 > this.#mask) this.#resize((this.#mask + 1) * 2);
    let i = this.#home(address);
    while (this.addresses[i] !== EMPTY) i = (i + 1) & this.#mask;
    this.addresses[i] = address;
    return i;
  }

  /** @param {number} index */
  remove(index) {
    this.count--;
    let hole = index;
    for (let i = (hole + 1) & this.#mask; this.addresses[i] !== EMPTY; i = (i + 1) & this.#mask) {
      const distance = (i - this.#home(this.addresses[i])) & this.#mask;
      if (distance < ((i - hole) & this.#mask)) continue;
      this.#move(i, hole);
      hole = i;
    }
    this.addresses[hole] = EMPTY;
  }

  /** Indices of all blocks, in order of address. */
  sorted() {
    const indices = [];
    for (let i = 0; i <= this.#mask; i++) if (this.addresses[i] !== EMPTY) indices.push(i);
    return indices.sort((a, b) => this.addresses[a] - this.addresses[b]);
  }

  /** @param {number} address */
  #home(address) {
    return (Math.imul(address, 0x9e3779b1) >>> 7) & this.#mask;
  }

  /**
   * @param {number} from
   * @param {number} to
   */
  #move(from, to) {
    this.addresses[to] = this.addresses[from];
    this.bytes[to] = this.bytes[from];
    this.totals[to] = this.totals[from];
    this.born[to] = this.born[from];
    this.serials[to] = this.serials[from];
    this.weights[to] = this.weights[from];
  }

  /** @param {number} capacity a power of two */
  #resize(capacity) {
    const { addresses, bytes, totals, born, serials, weights } = this;
    this.#mask = capacity - 1;
    this.addresses = new Uint32Array(capacity);
    this.bytes = new Uint32Array(capacity);
    this.totals = new Uint32Array(capacity);
    this.born = new Float64Array(capacity);
    this.serials = new Float64Array(capacity);
    this.weights = new Float64Array(capacity);
    for (let i = 0; i < addresses.length; i++) {
      if (addresses[i] === EMPTY) continue;
      let to = this.#home(addresses[i]);
      while (this.addresses[to] !== EMPTY) to = (to + 1) & this.#mask;
      this.addresses[to] = addresses[i];
      this.bytes[to] = bytes[i];
      this.totals[to] = totals[i];
      this.born[to] = born[i];
      this.serials[to] = serials[i];
      this.weights[to] = weights[i];
    }
  }
}
