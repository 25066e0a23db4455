// SPDX-License-Identifier: MIT
// A seeded generator: the same seed gives the same sequence on every engine, so that inputs,
// synthetic traces and their exact budgets can be reproduced.

export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0 || 1;
  }

  /** 32 random bits (xorshift, then a multiply so that the low bits are usable too). */
  bits() {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return Math.imul(x, 0x9e3779b1) >>> 0;
  }

  /** An integer in [0, limit). */
  below(limit) {
    return Math.floor((this.bits() / 4294967296) * limit);
  }

  /** An integer in [low, high], both ends included. */
  between(low, high) {
    return low + this.below(high - low + 1);
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /** An integer in [low, high] whose logarithm is uniform: small values are the common ones. */
  skewed(low, high) {
    const unit = this.bits() / 4294967296;
    return Math.min(high, Math.floor(low * Math.pow((high + 1) / low, unit)));
  }
}
