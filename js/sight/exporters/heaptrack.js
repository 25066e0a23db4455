// SPDX-License-Identifier: MIT
//
// heaptrack's file, version 3, as text: opens in heaptrack_gui and heaptrack_print.
//
// heaptrack wants every allocation and free in order; a profile has sums. What is written is a history
// that has the same sums: at the time of each snapshot, at the peak and at the end every stack holds
// the blocks and bytes that it held, and over all it allocated what it allocated. In between, what a
// stack allocated beyond that is allocated and freed at once. Sizes are the stack's mean size, rounded
// up and down so that the bytes are exact.

import { HeaptrackWriter } from './heaptrack-writer.js';
import { resolve, sumOf } from './resolved.js';

/** @typedef {import('./resolved.js').Resolved} Resolved */
/** @typedef {{blocks: number, bytes: number}} Amount */
/** @typedef {import('./heaptrack-writer.js').Churn} Churn */
/** @typedef {{stack: number, held: Amount, allocated: Amount, freed: Amount}} Change */

const NONE = Object.freeze({ blocks: 0, bytes: 0 });

/**
 * @param {import('../profile.js').Profile} profile
 * @param {{maxBlocks?: number}} [options] how many blocks that were soon freed the file may hold, at
 *   about 12 bytes each; of more, an even part is written, and the name of the program says which
 * @returns {string}
 */
export function exportHeaptrack(profile, { maxBlocks = 4_000_000 } = {}) {
  const resolved = resolve(profile);
  const moments = momentsOf(resolved);
  const { churn, kept } = churnOf(resolved, moments, maxBlocks);
  const shares = scheduled(resolved, moments, churn);
  const note = kept === 1 ? '' : ` (${(kept * 100).toFixed(1)} % of the blocks that were freed)`;
  const out = new HeaptrackWriter(resolved, `${resolved.program}${note}`);
  out.memory(profile.timeline[0]?.memoryBytes ?? profile.memoryBytes);

  let memory = 0;
  moments.forEach((moment, index) => {
    const { changes } = moment;
    for (const { stack, freed } of changes) out.blocks('-', stack, freed);
    for (const [stack, share] of shares[index]) out.churn(stack, share);
    for (const { stack, allocated } of changes) out.blocks('+', stack, allocated);
    for (; memory < profile.timeline.length; memory++) {
      const point = profile.timeline[memory];
      if (point.milliseconds > moment.milliseconds && index + 1 < moments.length) break;
      out.memory(point.memoryBytes);
    }
    out.time(moment.milliseconds);
  });
  out.memory(profile.memoryBytes);
  return out.text();
}

/** What every stack held at each snapshot, at the peak and at the end. */
function momentsOf(/** @type {Resolved} */ { profile, rows, held }) {
  const amounts = (/** @type {'live' | 'peak'} */ value) =>
    new Map(
      rows.map((row) => [
        row.stack,
        { blocks: row[`${value}Blocks`], bytes: row[`${value}Bytes`] },
      ]),
    );
  const moments = held.map((list, index) => ({
    milliseconds: profile.snapshots[index].milliseconds,
    held: new Map(list.map(({ stack, blocks, bytes }) => [stack, { blocks, bytes }])),
  }));
  moments.push({ milliseconds: profile.peakMilliseconds, held: amounts('peak') });
  moments.sort((a, b) => a.milliseconds - b.milliseconds);
  moments.push({ milliseconds: profile.milliseconds, held: amounts('live') });
  // Between two moments whatever is freed is freed first: that is the lowest point in between.
  let before = /** @type {Map<number, Amount>} */ (new Map());
  return moments.map((moment) => {
    const changes = changesOf(before, moment.held);
    const lowest = changes.reduce((sum, { held, freed }) => sum + held.bytes - freed.bytes, 0);
    before = moment.held;
    return { milliseconds: moment.milliseconds, changes, lowest };
  });
}

/**
 * For every stack, what it held at one moment, and the fewest frees and allocations that lead to the
 * next.
 * @returns {Change[]}
 */
function changesOf(
  /** @type {Map<number, Amount>} */ before,
  /** @type {Map<number, Amount>} */ after,
) {
  return [...new Set([...before.keys(), ...after.keys()])].map((stack) => {
    const from = before.get(stack) ?? NONE;
    const to = after.get(stack) ?? NONE;
    const blocks = to.blocks - from.blocks;
    const bytes = to.bytes - from.bytes;
    const allocated = { blocks: Math.max(0, blocks), bytes: Math.max(0, bytes) };
    const freed = { blocks: Math.max(0, -blocks), bytes: Math.max(0, -bytes) };
    // More bytes in fewer blocks, or the other way round, takes one of each.
    const lacks =
      (allocated.bytes > 0 && allocated.blocks === 0) || (freed.bytes > 0 && freed.blocks === 0);
    allocated.blocks += Number(lacks);
    freed.blocks += Number(lacks);
    return { stack, held: from, allocated, freed };
  });
}

/** What every stack allocated and freed without any of the moments seeing it. */
function churnOf(
  /** @type {Resolved} */ { rows },
  /** @type {{changes: Change[]}[]} */ moments,
  /** @type {number} */ maxBlocks,
) {
  /** @type {Map<number, Churn>} */
  const churn = new Map(
    rows.map((row) => [
      row.stack,
      { blocks: row.allocatedBlocks, bytes: row.allocatedBytes, temporary: row.temporaryBlocks },
    ]),
  );
  const all = moments.flatMap(({ changes }) => changes);
  for (const { stack, allocated } of all) {
    const rest = churn.get(stack);
    if (rest === undefined) continue;
    rest.blocks = Math.max(0, rest.blocks - allocated.blocks);
    rest.bytes = Math.max(0, rest.bytes - allocated.bytes);
  }
  for (const { stack, held, allocated, freed } of all) {
    const rest = churn.get(stack);
    // Bytes without a block are of one that took another's place, whose sizes are not known: both were
    // larger than the difference.
    if (!rest || rest.blocks > 0 || allocated.blocks === 0 || freed.blocks === 0) continue;
    const more = Math.min(rest.bytes, held.bytes - freed.bytes);
    allocated.bytes += more;
    freed.bytes += more;
    rest.bytes -= more;
  }
  const blocks = sumOf([...churn.values()], 'blocks');
  const kept = blocks > maxBlocks ? maxBlocks / blocks : 1;
  if (kept === 1) return { churn, kept };
  for (const rest of churn.values()) {
    rest.blocks = Math.floor(rest.blocks * kept);
    rest.bytes = Math.floor(rest.bytes * kept);
    rest.temporary = Math.floor(rest.temporary * kept);
  }
  return { churn, kept };
}

/**
 * Spreads the churn evenly over the times between moments, but only where a block more does not
 * exceed the peak; before the first allocation there is always room.
 */
function scheduled(
  /** @type {Resolved} */ { rows },
  /** @type {{lowest: number}[]} */ moments,
  /** @type {Map<number, Churn>} */ churn,
) {
  const peak = sumOf(rows, 'peakBytes');
  /** @type {[number, Churn][][]} */
  const shares = moments.map(() => []);
  for (const [stack, rest] of churn) {
    const size = Math.ceil(rest.bytes / Math.max(1, rest.blocks));
    for (let index = moments.length - 1; index >= 0 && rest.blocks > 0; index--) {
      if (index > 0 && moments[index].lowest + size > peak) continue;
      const blocks = index === 0 ? rest.blocks : Math.floor(rest.blocks / (index + 1));
      const part = (/** @type {number} */ whole) => Math.floor((whole * blocks) / rest.blocks);
      const share = { blocks, bytes: part(rest.bytes), temporary: part(rest.temporary) };
      if (blocks > 0) shares[index].push([stack, share]);
      rest.bytes -= share.bytes;
      rest.temporary -= share.temporary;
      rest.blocks -= blocks;
    }
  }
  return shares;
}
