// SPDX-License-Identifier: MIT
//
// Parts of a report in words: the same on a terminal and on a page.

/** @type {Record<import('./profile.js').GrowthReason, string>} */
export const REASONS = {
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
