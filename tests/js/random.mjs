// SPDX-License-Identifier: MIT
//
// What the models share: a cheap generator, comparison, and runs of random operations that fast-check
// seeds and shrinks.

import { expect } from '@jest/globals';
import fc from 'fast-check';
import { HeapletError } from '../../js/slim.js';

/** As expect(actual).toBe(expected), which takes longer than all that it compares here. */
export function same(actual, expected) {
  if (!Object.is(actual, expected)) expect(actual).toBe(expected);
}

/** The code of what `body` throws, or what it returns. */
export function outcome(body) {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof HeapletError)) throw error;
    return error.code;
  }
}

/** Numbers below `limit` from a seed: fast-check's own would take longer than what is tested. */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/**
 * Runs `run(random, steps)` again and again, about `total` steps in all; says the seed and the fewest
 * steps that fail.
 */
export function explore(run, total, longest = 2000) {
  const seedAndSteps = [fc.integer(), fc.integer({ min: 1, max: longest })];
  fc.assert(
    fc.property(...seedAndSteps, (seed, steps) => void run(randomFrom(seed), steps)),
    { numRuns: Math.ceil((2 * total) / longest) },
  );
}
