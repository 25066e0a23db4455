// SPDX-License-Identifier: MIT
//
// The race, as a function of snapshots: the byte scale, what each lane says, the sentence above.

import { bytes, count, list, percent } from '../format.js';

const MIB = 2 ** 20;
const KIB = 1024;

/**
 * One scale for all lanes, known before the run so that nothing moves during it: round, and wide
 * enough for an allocator that takes half as much again as the program's data.
 * @param {number} peakBytes of live data
 */
export function scaleFor(peakBytes) {
  const wanted = peakBytes * 1.4 + 192 * KIB;
  const unit = wanted > 8 * MIB ? MIB : wanted > MIB ? MIB / 2 : 64 * KIB;
  return Math.ceil(wanted / unit) * unit;
}

/**
 * Cells of a lane `width` pixels wide.
 * @returns {{columns: number, rows: number, cellBytes: number}}
 */
export function laneGrid(width, { cellWidth, rows }, scaleBytes) {
  const columns = Math.max(1, Math.floor(width / cellWidth));
  const cellBytes = Math.max(16, Math.ceil(scaleBytes / (columns * rows) / 16) * 16);
  return { columns, rows, cellBytes };
}

/** How far into a lane an address is, in pixels. */
export const pixelOf = ({ cellWidth, rows, cellBytes }, address) =>
  (address / (rows * cellBytes)) * cellWidth;

/** Marks for the scale: about `wanted` round steps. @returns {number[]} in bytes */
export function ticks(scaleBytes, wanted = 5) {
  let step = 4 * KIB;
  while (scaleBytes / step > wanted) step *= 2;
  const marks = [];
  for (let at = step; at <= scaleBytes * 0.985; at += step) marks.push(at);
  return marks;
}

/** What a lane says of itself. `beyond` is set where it leaves the scale. */
export function laneView({ memoryBytes, liveBytes, growthCount, refused }, scaleBytes) {
  const unused = memoryBytes === 0 ? 0 : 1 - liveBytes / memoryBytes;
  return {
    memory: bytes(memoryBytes),
    detail: `${percent(unused)} not live · grown ${count(growthCount)} ×${
      refused > 0 ? ` · ${count(refused)} refused` : ''
    }`,
    beyond: memoryBytes > scaleBytes ? memoryBytes : 0,
  };
}

const memories = (results) =>
  list(results.map(({ name, memoryBytes }) => `${name} ${bytes(memoryBytes)}`));

/** 'heaplet is ahead by 3 %': the first of the results against the others, whoever wins. */
export function verdict(results, key, words) {
  const [ours, ...peers] = results;
  const best = peers.reduce((least, peer) => (peer[key] < least[key] ? peer : least));
  const ratio = ours[key] / best[key] - 1;
  const amount = `${(Math.abs(ratio) * 100).toFixed(1)} %`;
  if (Math.abs(ratio) < 0.0005) return `${ours.name} and ${best.name} ${words.even}`;
  return ratio < 0
    ? `${ours.name} ${words.less}, ${amount} under ${best.name}`
    : `${best.name} ${words.less}; ${ours.name} is ${amount} above it`;
}

/**
 * The sentence. `times` is what timing has found, when it has.
 * @param {{title: string, count: number}} trace
 * @param {Array<{name: string, position: number, memoryBytes: number, liveBytes: number}>} snapshots
 * @param {Array<{name: string, cold: number, spread: number[]}>} [times] `spread` in order
 */
export function sentence(trace, snapshots, times) {
  const [{ position, liveBytes }] = snapshots;
  const when =
    position === 0
      ? `Before the first of ${count(trace.count)} operations`
      : `After ${count(position)} of ${count(trace.count)} operations, with ${bytes(liveBytes)} of live data,`;
  const memory = `${when} linear memory is ${memories(snapshots)}: ${verdict(
    snapshots,
    'memoryBytes',
    {
      even: 'take the same',
      less: 'takes least',
    },
  )}.`;
  if (!times) return memory;
  const took = list(times.map(({ name, cold }) => `${name} ${cold.toFixed(1)} ms`));
  const who = verdict(times, 'cold', { even: 'are equally fast', less: 'is fastest' });
  return `${memory} The whole run in a fresh heap takes ${took}: ${who}${unrest(times)}.`;
}

/** Said where the same run took very different times: what else the machine does is in them. */
function unrest(times) {
  const worst = Math.max(...times.map(({ spread }) => spread.at(-1) / spread[0]));
  return worst > 1.5 ? `, but equal runs differed by up to ${worst.toFixed(1)} ×` : '';
}
