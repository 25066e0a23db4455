// SPDX-License-Identifier: MIT
//
// speedscope's own JSON, with four profiles: live bytes, live at the peak, allocated bytes, allocations.

import { resolve } from './resolved.js';

const SCHEMA = 'https://www.speedscope.app/file-format-schema.json';

const VALUES = /** @type {const} */ ([
  ['live bytes', 'bytes', 'liveBytes'],
  ['live bytes at the peak', 'bytes', 'peakBytes'],
  ['allocated bytes', 'bytes', 'allocatedBytes'],
  ['allocations', 'none', 'allocatedBlocks'],
]);

/**
 * @param {import('../profile.js').Profile} profile
 * @returns {string}
 */
export function exportSpeedscope(profile) {
  const { program, places, stacks, rows } = resolve(profile);
  return JSON.stringify({
    $schema: SCHEMA,
    name: program,
    exporter: 'heaplet',
    activeProfileIndex: 0,
    shared: {
      frames: places.map(({ name, file, line, column }) => ({
        name,
        ...(file && { file }),
        ...(line && { line }),
        ...(column && { col: column }),
      })),
    },
    profiles: VALUES.map(([name, unit, key]) => {
      const present = rows.filter((row) => row[key] > 0);
      const weights = present.map((row) => row[key]);
      return {
        type: 'sampled',
        name: `${program}: ${name}`,
        unit,
        startValue: 0,
        endValue: weights.reduce((sum, weight) => sum + weight, 0),
        samples: present.map((row) => [...stacks[row.stack]].reverse()),
        weights,
      };
    }),
  });
}
