// SPDX-License-Identifier: MIT
//
// Growths of linear memory: why each happened, and a mark for the browser's own performance panel.

/**
 * @param {{before: number, after: number, asked: number, alignment: number,
 *   milliseconds: number}} event
 * @param {{byMalloc: boolean, sums: import('./control.js').HeapSums | null, stack: number,
 *   tag: number, operations: number}} known
 * @returns {import('./profile.js').Growth}
 */
export function growthOf({ before, after, asked, alignment, milliseconds }, known) {
  const { byMalloc, stack, tag, operations } = known;
  // An allocator that cannot be walked gives zeros; so does heaplet's before it has any memory.
  const sums = known.sums && known.sums.reservedBytes > 0 ? known.sums : null;
  return {
    milliseconds,
    operations,
    beforeBytes: before,
    afterBytes: after,
    askedBytes: asked,
    alignment,
    liveBytes: sums && sums.liveBytes,
    freeBytes: sums && sums.freeBytes + sums.topBytes,
    largestFreeBytes: sums && sums.largestFreeBytes,
    reason: reasonOf(byMalloc, asked, sums),
    stack,
    tag,
  };
}

/**
 * @param {boolean} byMalloc
 * @param {number} asked
 * @param {import('./control.js').HeapSums | null} sums
 * @returns {import('./profile.js').GrowthReason}
 */
function reasonOf(byMalloc, asked, sums) {
  if (!byMalloc) return 'outside';
  if (!sums) return 'unknown';
  if (sums.freeBytes + sums.topBytes < asked) return 'full';
  return sums.largestFreeBytes < asked ? 'fragmented' : 'alignment';
}

/**
 * A measure on the track `heaplet` of the performance panel.
 * @param {import('./profile.js').Growth} growth
 */
export function markGrowth({ beforeBytes, afterBytes, askedBytes, reason }) {
  const mebibytes = (/** @type {number} */ bytes) => `${(bytes / 2 ** 20).toFixed(2)} MiB`;
  const properties = [
    ['before', mebibytes(beforeBytes)],
    ['after', mebibytes(afterBytes)],
    ['asked for', `${askedBytes} bytes`],
    ['reason', reason],
  ];
  const devtools = { dataType: 'track-entry', track: 'heaplet', color: 'warning', properties };
  const end = performance.now();
  performance.measure(`memory.grow to ${mebibytes(afterBytes)}`, {
    start: end,
    end,
    detail: { devtools },
  });
}
