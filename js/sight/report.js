// SPDX-License-Identifier: MIT
//
// A profile as what people ask of it: who holds memory, what churns, why it grew, what is lost and what
// holds the rest. The command line prints it, the page shows it.

import { labelOf, resolve, sumOf } from './exporters/resolved.js';
import { leaksOf } from './leaks.js';

/** @typedef {import('./profile.js').Profile} Profile */
/** @typedef {{bytes: number, blocks: number}} Amount */

/**
 * Rows of one stack, each a place as `name (file:line)`, leaf first.
 * @typedef {Amount & {stack: string[]}} ReportRow
 */

/**
 * Live blocks of one stack and one fate; see LeakGroup in leaks.js. `heldBy` is some of what points at
 * them: the stack that allocated the holder, empty where it is static data or the program's stack.
 * @typedef {ReportRow & {fate: 'lost' | 'lost with another' | 'reachable',
 *   heldBy: {address: number | null, offset: number, stack: string[]}[]}} BlocksRow
 */

/**
 * @typedef {object} Leaks
 * @property {number} lostBlocks
 * @property {number} lostBytes
 * @property {BlocksRow[]} groups what is lost, the largest first
 * @property {BlocksRow[]} held what is not, as many as `top`
 */

/**
 * @typedef {Pick<Profile, 'program' | 'buildId' | 'mode' | 'samplingBytes' | 'milliseconds' |
 *   'operations' | 'memoryBytes' | 'timeline'>} Facts
 * @typedef {Facts & {live: Amount, peak: Amount, allocated: Amount, temporary: Amount,
 *   liveBy: ReportRow[], peakBy: ReportRow[], allocatedBy: ReportRow[], temporaryBy: ReportRow[],
 *   growths: (Omit<import('./profile.js').Growth, 'stack' | 'tag'> & {stack: string[]})[],
 *   leaks: Leaks | null}} Report `leaks` is null where memory was not searched
 */

/** What rows can be sorted by: `[column of bytes, column of blocks]`. */
export const VALUES = /** @type {const} */ ({
  live: ['liveBytes', 'liveBlocks'],
  peak: ['peakBytes', 'peakBlocks'],
  allocated: ['allocatedBytes', 'allocatedBlocks'],
  temporary: ['temporaryBytes', 'temporaryBlocks'],
});

/**
 * Everything that a report says, as plain data.
 * @param {Profile} profile
 * @param {{top?: number}} [options] rows of each table, 10 if left out
 * @returns {Report}
 */
export function reportOf(profile, { top = 10 } = {}) {
  const { places, stacks, rows, stackOf } = resolve(profile);
  const frames = (/** @type {number} */ stack) =>
    stacks[stack].map((place) => labelOf(places[place]));
  const largest = (/** @type {keyof typeof VALUES} */ value) => {
    const [bytes, blocks] = VALUES[value];
    return byName(
      rows
        .filter((row) => row[blocks] > 0)
        .map((row) => ({ bytes: row[bytes], blocks: row[blocks], stack: frames(row.stack) })),
    ).slice(0, top);
  };
  const { program, buildId, mode, samplingBytes, milliseconds, operations } = profile;
  return {
    ...{ program, buildId, mode, samplingBytes, milliseconds, operations },
    live: { bytes: profile.liveBytes, blocks: profile.liveBlocks },
    peak: { bytes: profile.peakBytes, blocks: profile.peakBlocks },
    allocated: { bytes: profile.allocatedBytes, blocks: profile.allocatedBlocks },
    temporary: {
      bytes: sumOf(rows, 'temporaryBytes'),
      blocks: sumOf(rows, 'temporaryBlocks'),
    },
    memoryBytes: profile.memoryBytes,
    timeline: profile.timeline,
    liveBy: largest('live'),
    peakBy: largest('peak'),
    allocatedBy: largest('allocated'),
    temporaryBy: largest('temporary'),
    growths: profile.growths.map(({ stack, tag, ...growth }) => ({
      ...growth,
      stack: frames(stackOf(stack, tag)),
    })),
    leaks: leaksIn(profile, top, (stack, tag) => frames(stackOf(stack, tag))),
  };
}

/**
 * One row for rows of the same names (a line has several places, as loops are unrolled), sorted.
 * @template {ReportRow & Partial<BlocksRow>} T
 * @param {T[]} rows
 */
function byName(rows) {
  /** @type {Map<string, T>} */
  const found = new Map();
  for (const row of rows) {
    const key = [row.fate, ...row.stack].join('\n');
    const same = found.get(key);
    if (!same) {
      found.set(key, { ...row });
      continue;
    }
    same.bytes += row.bytes;
    same.blocks += row.blocks;
    if (row.heldBy) same.heldBy = [...(same.heldBy ?? []), ...row.heldBy];
  }
  return [...found.values()].sort((a, b) => b.bytes - a.bytes || b.blocks - a.blocks);
}

/**
 * What became of the blocks of the last snapshot that was searched; null without one.
 * @param {Profile} profile
 * @param {number} top
 * @param {(stack: number, tag: number) => string[]} framesOf
 * @returns {Leaks | null}
 */
function leaksIn({ snapshots }, top, framesOf) {
  const searched = snapshots.filter(({ references }) => references !== null).at(-1);
  if (!searched?.blocks || !searched.references) return null;
  const { lostBlocks, lostBytes, groups } = leaksOf(searched.blocks, searched.references);
  const rows = byName(
    groups.map(({ fate, blocks, bytes, stack, tag, heldBy }) => ({
      fate,
      blocks,
      bytes,
      stack: framesOf(stack, tag),
      heldBy: heldBy.map(({ address, offset, stack: holder }) => ({
        address,
        offset,
        stack: address === null ? [] : framesOf(holder, 0),
      })),
    })),
  );
  return {
    lostBlocks,
    lostBytes,
    groups: rows.filter(({ fate }) => fate !== 'reachable'),
    held: rows.filter(({ fate }) => fate === 'reachable').slice(0, top),
  };
}
