// SPDX-License-Identifier: MIT
//
// Free memory and size classes as a function of a snapshot.

import { bytes, count, percent } from '../format.js';

/**
 * External fragmentation: the part of free memory that one block could not have. 0 where all is one
 * block, and where nothing is free.
 */
export const external = ({ freeBytes, largestBytes }) =>
  freeBytes === 0 ? 0 : 1 - largestBytes / freeBytes;

/** Internal fragmentation: the part of what was handed out that nobody asked for; null if not known. */
export function internal({ wasteBytes }, liveBytes) {
  if (wasteBytes === null) return null;
  return liveBytes + wasteBytes === 0 ? 0 : wasteBytes / (liveBytes + wasteBytes);
}

/** The headline figures, as pairs of name and text. */
export function figures(free, { liveBytes, memoryBytes, heapTop }) {
  const inside = internal(free, liveBytes);
  const largest = Math.max(free.largestBytes, free.topBytes);
  return [
    ['Largest block without growing', `about ${bytes(largest)}`],
    [
      free.source === 'heap' ? 'Free below the top' : 'Gaps between live blocks',
      bytes(free.freeBytes),
    ],
    ['Pieces of it', `${count(free.freeBlocks)}, the largest ${bytes(free.largestBytes)}`],
    ['External fragmentation', percent(external(free))],
    [
      'Internal waste',
      inside === null ? 'not told' : `${percent(inside)}, ${bytes(free.wasteBytes)}`,
    ],
    ...(free.source === 'heap'
      ? [
          ['Free objects kept in slabs', bytes(free.cachedBytes)],
          ['Metadata of the heap', bytes(free.metadataBytes)],
        ]
      : []),
    [
      'Above the highest block',
      bytes(free.source === 'heap' ? Math.max(0, memoryBytes - heapTop) : free.topBytes),
    ],
  ];
}

/** Bars of free pieces by size: only the stretch that has any. `share` is of the largest bar's bytes. */
export function freeBars({ histogram }) {
  const used = histogram
    .map((entry, log2) => ({ ...entry, log2 }))
    .filter((entry) => entry.count > 0);
  if (used.length === 0) return [];
  const [first, last] = [used[0].log2, used.at(-1).log2];
  const most = Math.max(...used.map((entry) => entry.bytes));
  return histogram.slice(first, last + 1).map((entry, index) => ({
    label: `≥ ${bytes(2 ** (first + index))}`,
    words: entry.count === 0 ? 'none' : `${count(entry.count)}, together ${bytes(entry.bytes)}`,
    share: entry.bytes / most,
  }));
}

/** Bars of live blocks by size class. */
export function classBars({ classes }) {
  const most = Math.max(1, ...classes.map((entry) => entry.bytes));
  return classes.map(({ bound, count: blocks, bytes: sum }, index) => ({
    label: bound === Infinity ? `> ${bytes(classes[index - 1].bound)}` : `≤ ${bytes(bound)}`,
    words: `${count(blocks)} blocks, ${bytes(sum)}`,
    share: sum / most,
  }));
}

/** Occupancy of heaplet's slabs, a bar for each size of object. */
export function slabBars({ slabs }) {
  return slabs.map(({ bytes: size, live, free }) => ({
    label: bytes(size),
    words: `${count(live)} of ${count(live + free)} objects live`,
    share: live / (live + free),
  }));
}

/** One sentence for those who do not see the bars. */
export function fragmentationSummary(name, free, snapshot) {
  const [[, largest]] = figures(free, snapshot);
  return `${name}: ${bytes(free.freeBytes)} in ${count(free.freeBlocks)} free pieces, ${percent(
    external(free),
  )} externally fragmented; the largest block to be had without growing is ${largest}.`;
}
