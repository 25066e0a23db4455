// SPDX-License-Identifier: MIT
//
// Parts of a report in words: the same on a terminal and on a page.

/** @type {Record<import('./profile.js').GrowthReason, string>} */
const REASONS = {
  first: 'there was nothing yet',
  full: 'all that was free together was less than was asked for',
  fragmented: 'enough was free, but in pieces too small',
  alignment: 'the free pieces do not lie where the alignment wants',
  outside: 'not malloc: sbrk, or a growth by hand',
  unknown: 'not known',
};

/**
 * The innermost places of a stack, files without their folders.
 * @param {string[]} stack
 */
export function innermost(stack) {
  return stack
    .slice(0, 3)
    .map((place) => place.replace(/\((?:[^()]*\/)?([^/()]+)\)$/, '($1)'))
    .join(' ← ');
}

/**
 * What points at blocks, each place once.
 * @param {import('./report.js').BlocksRow['heldBy']} holders
 */
export function holderWords(holders) {
  const words = holders.map(({ address, offset, stack }) =>
    address === null ? 'static data or the stack' : `+${offset} of ${innermost(stack.slice(0, 1))}`,
  );
  return [...new Set(words)].slice(0, 3).join(', ');
}

/**
 * The growths that added most, largest first, with the words of a row each: memory, asked, largest
 * free block, reason.
 * @param {import('./report.js').Report['growths']} growths
 * @param {number} most how many
 * @param {(bytes: number) => string} size in the caller's notation
 * @param {(bytes: number) => string} count to the byte
 * @returns {{growth: import('./report.js').Report['growths'][number], words: string[]}[]}
 */
export const largestGrowths = (growths, most, size, count) =>
  [...growths]
    .sort((a, b) => b.afterBytes - b.beforeBytes - (a.afterBytes - a.beforeBytes))
    .slice(0, most)
    .map((growth) => ({
      growth,
      words: [
        growth.afterBytes > growth.beforeBytes
          ? `${size(growth.beforeBytes)} → ${size(growth.afterBytes)}`
          : `refused at ${size(growth.beforeBytes)}`,
        growth.askedBytes > 0 ? count(growth.askedBytes) : '?',
        growth.largestFreeBytes === null ? '?' : count(growth.largestFreeBytes),
        REASONS[growth.reason],
      ],
    }));
