// SPDX-License-Identifier: MIT
//
// OffsetMap: from places in a rewritten module to those in the one it was made from.

/** Places in order, each with where what stands there came from. */
export class OffsetMap {
  /** @type {number[]} */
  #after = [];
  /** @type {number[]} */
  #before = [];

  /**
   * @param {number} after a place in the new module, larger than all before
   * @param {number} before
   */
  add(after, before) {
    this.#after.push(after);
    this.#before.push(before);
  }

  /**
   * Where in the old module the bytes were that now stand at `offset`.
   * @param {number} offset
   */
  before(offset) {
    let low = 0;
    let high = this.#after.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#after[middle] <= offset) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? offset : this.#before[low - 1] + (offset - this.#after[low - 1]);
  }

  /** Differences, which are short. */
  toJSON() {
    const differences = (/** @type {number[]} */ list) =>
      list.map((value, i) => value - (list[i - 1] ?? 0));
    return { after: differences(this.#after), before: differences(this.#before) };
  }

  /** @param {{after: number[], before: number[]}} differences */
  static from({ after, before }) {
    const map = new OffsetMap();
    let sum = 0;
    let from = 0;
    after.forEach((difference, i) => map.add((sum += difference), (from += before[i])));
    return map;
  }
}
