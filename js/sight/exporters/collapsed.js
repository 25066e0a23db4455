// SPDX-License-Identifier: MIT
//
// Collapsed stacks, one a line, for flamegraph.pl, inferno, speedscope and Firefox Profiler:
// `root;caller;leaf 4096`.

import { labelOf, resolve } from './resolved.js';

/**
 * @param {import('../profile.js').Profile} profile
 * @param {{value?: import('./index.js').Value}} [options]
 * @returns {string}
 */
export function exportCollapsed(profile, { value = 'live' } = {}) {
  const { places, stacks, rows } = resolve(profile);
  // A semicolon or line break in a name would split it.
  const labels = places.map((place) => labelOf(place).replace(/[;\n\r]/g, ','));
  const lines = rows
    .filter((row) => row[`${value}Bytes`] > 0)
    .map((row) => {
      const stack = stacks[row.stack].map((place) => labels[place]).reverse();
      return `${stack.join(';')} ${row[`${value}Bytes`]}\n`;
    });
  return lines.join('');
}
