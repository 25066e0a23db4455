// SPDX-License-Identifier: MIT
//
// The timeline as a function of a run's samples: columns to draw, figures of a window, words.

import { bytes, count } from '../format.js';

/** Places in a sample, as the engine takes them. */
const At = { position: 0, live: 1, memory: 2, top: 3, blocks: 4, allocated: 5 };

/**
 * Columns for a chart: position, live bytes, linear memory, highest address used, and bytes asked
 * for per operation since the sample before.
 * @param {number[][]} samples
 */
export function columns(samples) {
  const column = (at) => samples.map((sample) => sample[at]);
  const rate = samples.map((sample, index) => {
    if (index === 0) return null;
    const before = samples[index - 1];
    const operations = sample[At.position] - before[At.position];
    return operations === 0 ? null : (sample[At.allocated] - before[At.allocated]) / operations;
  });
  return [column(At.position), column(At.live), column(At.memory), column(At.top), rate];
}

/** The sample nearest at or before `position`. */
export function sampleAt(samples, position) {
  let [low, high] = [0, samples.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (samples[middle][At.position] <= position) low = middle;
    else high = middle - 1;
  }
  return samples[low];
}

/**
 * What happened between two positions.
 * @param {{samples: number[][], growths: Array<{at: number, beforeBytes: number, afterBytes: number}>}} series
 */
export function windowFigures({ samples, growths }, from, to) {
  const [first, last] = [sampleAt(samples, from), sampleAt(samples, to)];
  const inside = samples.filter(
    (sample) => sample[At.position] >= from && sample[At.position] <= to,
  );
  const grown = growths.filter(({ at }) => at >= from && at < to);
  const granted = grown.filter(({ beforeBytes, afterBytes }) => afterBytes > beforeBytes);
  return {
    from,
    to,
    allocatedBytes: last[At.allocated] - first[At.allocated],
    liveChange: last[At.live] - first[At.live],
    mostLive: Math.max(0, ...inside.map((sample) => sample[At.live])),
    memoryBytes: last[At.memory],
    growthCount: granted.length,
    refusedCount: grown.length - granted.length,
    grownBytes: granted.reduce(
      (sum, { beforeBytes, afterBytes }) => sum + afterBytes - beforeBytes,
      0,
    ),
  };
}

/** The same in a sentence. */
export function windowSentence(name, figures) {
  const { from, to, allocatedBytes, liveChange, mostLive, growthCount, grownBytes, refusedCount } =
    figures;
  const change = `${liveChange < 0 ? 'fell' : 'rose'} by ${bytes(Math.abs(liveChange))}`;
  const refused = refusedCount ? `, and ${count(refusedCount)} growths failed` : '';
  return `Operations ${count(from)} to ${count(to)}: ${bytes(allocatedBytes)} asked for, live data ${change}, ${bytes(
    mostLive,
  )} at most; ${name} grew ${count(growthCount)} times, by ${bytes(grownBytes)}${refused}.`;
}

/** The growth after `position` (or before it, backwards); undefined if there is none. */
export function nextGrowth(growths, position, backwards = false) {
  return backwards
    ? growths.findLast(({ at }) => at + 1 < position)
    : growths.find(({ at }) => at + 1 > position);
}

/** Why memory grew at one place, in a line. */
export function growthWords({ at, beforeBytes, afterBytes, requestedBytes }) {
  const wanted = `needed ${bytes(requestedBytes)}`;
  if (afterBytes === beforeBytes) return `operation ${count(at + 1)}: ${wanted} and was refused`;
  return `operation ${count(at + 1)}: ${wanted}, from ${bytes(beforeBytes)} to ${bytes(afterBytes)}`;
}
