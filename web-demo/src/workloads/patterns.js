// SPDX-License-Identifier: MIT
//
// Patterns that teach one thing each, as traces made on the spot. Equal parameters make equal traces.

import { Random } from '../../../bench/lib/random.mjs';
import { TraceWriter } from '../../../js/sight/trace.js';

/** @typedef {{size: number, count: number, seed: number}} Parameters */

export const PATTERNS = {
  churn: {
    title: 'Churn',
    about:
      'A steady set of blocks of mixed sizes, each soon replaced by another. What is freed must be used again.',
    defaults: { size: 512, count: 100_000, seed: 1 },
    make(writer, random, { size, count }) {
      const blocks = Array.from({ length: 2000 }, () => writer.malloc(random.between(8, size)));
      for (let n = 0; n < count; n++) {
        const index = random.below(blocks.length);
        writer.free(blocks[index]);
        blocks[index] = writer.malloc(random.between(8, size));
      }
    },
  },
  comb: {
    title: 'Fragmentation comb',
    about: 'Every second block is freed, then larger ones are asked for that fit none of the gaps.',
    defaults: { size: 64, count: 20_000, seed: 1 },
    make(writer, random, { size, count }) {
      const blocks = Array.from({ length: count }, () => writer.malloc(size));
      for (let n = 0; n < count; n += 2) writer.free(blocks[n]);
      for (let n = 0; n < count / 4; n++) writer.malloc(size * 2 + random.below(size));
    },
  },
  vector: {
    title: 'Growing vector',
    about:
      'One buffer that doubles by realloc, with small blocks in between that may stand in its way.',
    defaults: { size: 8 * 2 ** 20, count: 2000, seed: 1 },
    make(writer, random, { size, count }) {
      let length = 16;
      let block = writer.reallocNew(length);
      const doublings = Math.max(1, Math.ceil(Math.log2(size / length)));
      while (length < size) {
        for (let n = 0; n < count / doublings; n++) writer.malloc(random.between(8, 64));
        length *= 2;
        block = writer.realloc(block, length);
      }
      writer.free(block);
    },
  },
  leak: {
    title: 'Leak',
    about: 'Work that frees nearly all it takes. One block in fifty is forgotten.',
    defaults: { size: 2048, count: 40_000, seed: 1 },
    make(writer, random, { size, count }) {
      const recent = [];
      for (let n = 0; n < count; n++) {
        recent.push(writer.malloc(random.between(16, size)));
        if (recent.length > 100) {
          const [block] = recent.splice(random.below(recent.length), 1);
          if (n % 50 !== 0) writer.free(block);
        }
      }
      for (const block of recent) writer.free(block);
    },
  },
};

const LIMITS = { size: [8, 64 * 2 ** 20], count: [1, 1_000_000], seed: [0, 2 ** 31] };

/** What is wrong with a parameter, or null. */
export function refuse(name, value) {
  const [least, most] = LIMITS[name];
  const fits = Number.isInteger(value) && value >= least && value <= most;
  return fits ? null : `${name} must be a whole number from ${least} to ${most}`;
}

/**
 * The trace of a pattern, as a file's bytes.
 * @param {keyof typeof PATTERNS} name
 * @param {Parameters} parameters
 */
export function makePattern(name, parameters) {
  for (const [key, value] of Object.entries(parameters)) {
    const problem = refuse(key, value);
    if (problem) throw new RangeError(problem);
  }
  const { make, title } = PATTERNS[name];
  const writer = new TraceWriter({ name, kind: title, ...parameters });
  make(writer, new Random(parameters.seed), parameters);
  return writer.finish();
}
