// SPDX-License-Identifier: MIT
//
// Governor: how far apart samples are, and that they stay cheap.
//
// Bytes between samples follow an exponential distribution, as in tcmalloc: whether a block is sampled
// depends on its size alone and not on any rhythm of the program, and a block of n bytes is sampled
// with probability 1 − e^(−n/interval), whose inverse is its weight. That makes every sum unbiased,
// also when the interval changes on the way.

const LARGEST_INTERVAL = 2 ** 28;

/** Chooses the distance of samples so that they take no more than their share of the time. */
export class Governor {
  samples = 0;
  #interval;
  #random;
  #share;
  #spentMilliseconds = 0;
  #walkMilliseconds = 0;
  #began = performance.now();
  #checkAt = 0;

  /**
   * @param {number} base the least mean distance, in bytes
   * @param {number} share of the time
   * @param {() => number} [random]
   */
  constructor(base, share, random = Math.random) {
    this.base = base;
    this.#share = share;
    this.#interval = base;
    this.#random = random;
  }

  /** Bytes to the next sample. */
  next() {
    const distance = -Math.log(1 - this.#random()) * this.#interval;
    return Math.min(0xfffffffe, Math.max(1, Math.ceil(distance)));
  }

  /**
   * How many blocks one sampled block of this size stands for.
   * @param {number} bytes
   */
  weight(bytes) {
    return 1 / -Math.expm1(-Math.max(1, bytes) / this.#interval);
  }

  /**
   * A sample took from `start` to `end`.
   * @param {number} start
   * @param {number} end
   */
  spent(start, end) {
    this.samples++;
    this.#spentMilliseconds += end - start;
    if (this.samples < this.#checkAt) return;
    this.#checkAt = this.samples + 8;
    const share = this.overhead(end);
    if (share > this.#share) this.#interval = Math.min(LARGEST_INTERVAL, this.#interval * 2);
    else if (share < this.#share / 4) this.#interval = Math.max(this.base, this.#interval / 2);
  }

  /**
   * The part of the time that went into samples.
   * @param {number} now
   */
  overhead(now) {
    return this.#spentMilliseconds / Math.max(1, now - this.#began);
  }

  /**
   * Whether there is time to look through the heap at a growth.
   * @param {number} now
   */
  mayWalk(now) {
    return this.#walkMilliseconds < 2 + ((now - this.#began) * this.#share) / 2;
  }

  /**
   * @param {number} start
   * @param {number} end
   */
  walked(start, end) {
    this.#walkMilliseconds += end - start;
  }
}
