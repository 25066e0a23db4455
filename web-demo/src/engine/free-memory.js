// SPDX-License-Identifier: MIT
//
// Fragmentation at one moment. heaplet tells its free blocks itself; of the others only the gaps
// between live blocks are known, their headers and rounding included.

import { CLASS_BOUNDS, classOf } from './cells.js';

/** Gaps below this are taken for headers and rounding. */
export const LEAST_GAP = 32;

/** Free blocks by size: index n holds those of 2^n up to 2^(n+1) bytes. */
const bucketOf = (bytes) => 31 - Math.clz32(bytes);

/**
 * @param {import('./run.js').Run} run
 * @param {import('./run.js').Moment} moment
 */
export function freeMemory(run, moment) {
  const result = {
    source: run.canWalk ? 'heap' : 'gaps',
    histogram: Array.from({ length: 32 }, () => ({ count: 0, bytes: 0 })),
    freeBlocks: 0,
    freeBytes: 0,
    largestBytes: 0,
    /** Above everything ever used: ready, and never fragmented. */
    topBytes: 0,
    cachedBytes: 0,
    metadataBytes: 0,
    /** Bytes handed out beyond what was asked for; null where the allocator does not tell. */
    wasteBytes: null,
    slabs: [],
    classes: liveByClass(moment.ledger),
  };
  const add = (bytes) => {
    const entry = result.histogram[bucketOf(bytes)];
    entry.count++;
    entry.bytes += bytes;
    result.freeBlocks++;
    result.freeBytes += bytes;
    if (bytes > result.largestBytes) result.largestBytes = bytes;
  };
  if (run.canWalk) walkFree(run, moment, result, add);
  else gapsOf(run, moment, result, add);
  return result;
}

function walkFree(run, moment, result, add) {
  const slabs = new Map();
  let usableBytes = 0;
  run.walk(moment.position, (address, bytes, state, inSlab) => {
    if (state === 0) usableBytes += bytes;
    if (inSlab) {
      const entry = slabs.get(bytes) ?? { bytes, live: 0, free: 0 };
      if (state === 0) entry.live++;
      else entry.free++;
      slabs.set(bytes, entry);
      if (state === 1) result.cachedBytes += bytes;
    } else if (state === 1) add(bytes);
    else if (state === 2) result.metadataBytes += bytes;
    else if (state === 3) result.topBytes += bytes;
  });
  result.slabs = [...slabs.values()].sort((a, b) => a.bytes - b.bytes);
  result.wasteBytes = usableBytes - moment.ledger.liveBytes;
}

// Blocks do not overlap, so the sorted beginnings and the sorted ends belong together.
function gapsOf(run, moment, result, add) {
  const { address, size, usedSlots, liveBlocks } = moment.ledger;
  const begins = new Uint32Array(liveBlocks);
  const ends = new Uint32Array(liveBlocks);
  let count = 0;
  for (let slot = 0; slot < usedSlots; slot++) {
    if (address[slot] === 0) continue;
    begins[count] = address[slot];
    ends[count++] = address[slot] + size[slot];
  }
  begins.sort();
  ends.sort();
  let before = run.heapBase;
  for (let i = 0; i < count; i++) {
    if (begins[i] - before >= LEAST_GAP) add(begins[i] - before);
    before = ends[i];
  }
  result.topBytes = Math.max(0, moment.memoryBytes - before);
}

function liveByClass({ address, size, usedSlots }) {
  const classes = CLASS_BOUNDS.map((bound) => ({ bound, count: 0, bytes: 0 }));
  for (let slot = 0; slot < usedSlots; slot++) {
    if (address[slot] === 0) continue;
    const entry = classes[classOf(size[slot])];
    entry.count++;
    entry.bytes += size[slot];
  }
  return classes;
}
