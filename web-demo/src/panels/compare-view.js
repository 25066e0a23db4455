// SPDX-License-Identifier: MIT
//
// The comparison as a function of its measurements: one row an allocator, one mark for each best.

import { bytes, percent } from '../format.js';
import { external } from './fragmentation-view.js';

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Medians by allocator. @param {Array<{name: string, samples: Array<{cold: number, warm: number}>}>} timed */
export const medians = (timed) =>
  timed.map(({ name, samples }) => ({
    name,
    cold: median(samples.map(({ cold }) => cold)),
    warm: median(samples.map(({ warm }) => warm)),
    spread: samples.map(({ cold }) => cold).sort((a, b) => a - b),
  }));

const COLUMNS = [
  { title: 'Cold run', value: ({ cold }) => cold, text: (value) => `${value.toFixed(1)} ms` },
  { title: 'Warm run', value: ({ warm }) => warm, text: (value) => `${value.toFixed(1)} ms` },
  { title: 'Linear memory', value: ({ memoryBytes }) => memoryBytes, text: bytes },
  {
    title: 'Not live at the peak',
    value: ({ memoryBytes, liveBytes }) => 1 - liveBytes / memoryBytes,
    text: percent,
  },
  { title: 'External fragmentation', value: ({ free }) => external(free), text: percent },
  { title: '.wasm', value: ({ moduleBytes }) => moduleBytes, text: bytes },
];

/**
 * Rows with a cell for each column. Less is better everywhere; `ratio` is to the row of `reference`.
 * @param {Array<object>} results
 */
export function compareRows(results, reference = 'dlmalloc') {
  const base = results.find(({ name }) => name === reference);
  const best = COLUMNS.map(({ value }) => Math.min(...results.map(value)));
  return {
    head: ['Allocator', ...COLUMNS.map(({ title }) => title)],
    rows: results.map((result) => ({
      name: result.name,
      cells: COLUMNS.map(({ value, text }, index) => ({
        text: text(value(result)),
        ratio: index < 3 && base && base !== result ? value(result) / value(base) : null,
        isBest: value(result) === best[index],
      })),
    })),
  };
}

export const CAVEAT = [
  'Each allocator runs in its own instance and worker, one at a time; every round begins with another. Times are',
  'medians. A cold run is the first in a fresh heap, growth included; a warm one repeats it in the same heap. Only',
  'the allocator’s calls are replayed: in a whole program they are a few per cent of the time, seldom a third.',
  'Fragmentation is that of the moment with most live data; of all but heaplet it counts the gaps between live',
  'blocks. The .wasm is the allocator with about a kibibyte of this page’s own code.',
].join(' ');
