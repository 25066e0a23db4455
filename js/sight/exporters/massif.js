// SPDX-License-Identifier: MIT
//
// massif.out: opens in ms_print and massif-visualizer. The timeline of live bytes, what linear memory
// has beyond them as "extra", and a tree of callers wherever the profile says who held what.

import { labelOf, resolve, sumOf } from './resolved.js';

/** @typedef {import('../profile.js').Profile} Profile */
/** @typedef {import('./resolved.js').Resolved} Resolved */
/** @typedef {import('./resolved.js').Held} Held */
/** @typedef {{bytes: number, children: Map<number, Branch>}} Branch */

/**
 * @typedef {object} Point
 * @property {number} milliseconds
 * @property {number} allocatedBytes
 * @property {number} liveBytes
 * @property {number} memoryBytes
 * @property {Held[]} [held] by stack
 * @property {boolean} [peak]
 */

/** Branches below this part of a snapshot are joined, as massif does. */
const THRESHOLD = 0.01;
const MOST_POINTS = 200;

/**
 * @param {Profile} profile
 * @returns {string}
 */
export function exportMassif(profile) {
  const resolved = resolve(profile);
  const points = pointsOf(resolved);
  const timed = points.at(-1)?.milliseconds ?? 0;
  const unit = timed > 0 ? 'ms' : 'B';
  const labels = resolved.places.map((place) => labelInTree(place));
  const out = [
    `desc: heaplet, ${profile.mode}${profile.samplingBytes > 0 ? `, one sample in ${profile.samplingBytes} bytes` : ''}\n`,
    `cmd: ${resolved.program.replace(/[\n#]/g, ' ')}\n`,
    `time_unit: ${unit}\n`,
  ];
  points.forEach((point, index) => {
    const time = unit === 'ms' ? point.milliseconds : point.allocatedBytes;
    const kind = point.held === undefined ? 'empty' : point.peak ? 'peak' : 'detailed';
    out.push(
      `#-----------\nsnapshot=${index}\n#-----------\n`,
      `time=${Math.round(time)}\nmem_heap_B=${point.liveBytes}\n`,
      `mem_heap_extra_B=${Math.max(0, point.memoryBytes - point.liveBytes)}\n`,
      `mem_stacks_B=0\nheap_tree=${kind}\n`,
    );
    if (point.held) writeTree(out, treeOf(resolved, point.held), labels);
  });
  return out.join('');
}

/**
 * The points in order of time: the timeline, the snapshots, the peak and the end. Where stacks are
 * known, the live bytes are their sum, so that a tree never exceeds its snapshot.
 */
function pointsOf(/** @type {Resolved} */ { profile, rows, held }) {
  const peak = rows.map(({ stack, peakBytes, peakBlocks }) => ({
    stack,
    bytes: peakBytes,
    blocks: peakBlocks,
  }));
  const live = rows.map(({ stack, liveBytes, liveBlocks }) => ({
    stack,
    bytes: liveBytes,
    blocks: liveBlocks,
  }));
  const top = nearest(profile, profile.peakMilliseconds);
  const detailed = [
    ...profile.snapshots.map((snapshot, index) => ({
      milliseconds: snapshot.milliseconds,
      allocatedBytes: nearest(profile, snapshot.milliseconds).allocatedBytes,
      memoryBytes: snapshot.memoryBytes,
      held: held[index],
      peak: false,
    })),
    { ...top, milliseconds: profile.peakMilliseconds, held: peak, peak: true },
    { ...profile, held: live, peak: false },
  ].map((point) => ({ ...point, liveBytes: sumOf(point.held, 'bytes') }));
  const highest = sumOf(peak, 'bytes');
  const room = Math.max(0, MOST_POINTS - detailed.length);
  /** @type {Point[]} */
  const points = [
    ...thinned(profile.timeline, room).map((moment) => ({
      ...moment,
      // A scaled sample's peak may lie below the exact one, which only one point may exceed.
      liveBytes: Math.min(Math.round(moment.liveBytes), highest),
    })),
    ...detailed,
  ];
  return points.sort((a, b) => a.milliseconds - b.milliseconds || rank(a) - rank(b));
}

/** Of points at the same time the peak comes before the end. */
function rank(/** @type {Point} */ { held, peak }) {
  return peak ? 1 : held ? 2 : 0;
}

function thinned(
  /** @type {import('../profile.js').Moment[]} */ moments,
  /** @type {number} */ most,
) {
  const step = Math.max(1, Math.ceil(moments.length / Math.max(1, most)));
  return most === 0 ? [] : moments.filter((_, index) => index % step === 0);
}

function nearest(/** @type {Profile} */ profile, /** @type {number} */ milliseconds) {
  const { memoryBytes, allocatedBytes } = profile;
  let found = { allocatedBytes, memoryBytes, milliseconds: Infinity };
  const distance = (/** @type {number} */ at) => Math.abs(at - milliseconds);
  for (const moment of profile.timeline) {
    if (distance(moment.milliseconds) < distance(found.milliseconds)) found = moment;
  }
  return { allocatedBytes: found.allocatedBytes, memoryBytes: found.memoryBytes };
}

/** From the allocation outwards: the children of a place are its callers. */
function treeOf(/** @type {Resolved} */ { stacks }, /** @type {Held[]} */ held) {
  /** @type {Branch} */
  const root = { bytes: 0, children: new Map() };
  for (const { stack, bytes } of held) {
    if (bytes <= 0) continue;
    root.bytes += bytes;
    let branch = root;
    for (const place of stacks[stack]) {
      let child = branch.children.get(place);
      if (child === undefined)
        branch.children.set(place, (child = { bytes: 0, children: new Map() }));
      child.bytes += bytes;
      branch = child;
    }
  }
  return root;
}

function writeTree(
  /** @type {string[]} */ out,
  /** @type {Branch} */ root,
  /** @type {string[]} */ labels,
) {
  const least = root.bytes * THRESHOLD;
  const visit = (
    /** @type {Branch} */ branch,
    /** @type {string} */ label,
    /** @type {number} */ depth,
  ) => {
    const children = [...branch.children].sort(([, a], [, b]) => b.bytes - a.bytes);
    const large = children.filter(([, { bytes }]) => bytes >= least);
    const small = children.slice(large.length);
    const count = large.length + (small.length > 0 ? 1 : 0);
    out.push(`${' '.repeat(depth)}n${count}: ${branch.bytes} ${label}\n`);
    for (const [place, child] of large) visit(child, labels[place], depth + 1);
    if (small.length === 0) return;
    const rest = small.reduce((sum, [, { bytes }]) => sum + bytes, 0);
    const places = small.length === 1 ? '1 place' : `${small.length} places`;
    const what = `in ${places}, all below massif's threshold (${(THRESHOLD * 100).toFixed(2)}%)`;
    out.push(`${' '.repeat(depth + 1)}n0: ${rest} ${what}\n`);
  };
  visit(root, '(heap allocation functions) malloc/new/new[], --alloc-fns, etc.', 0);
}

/** ms_print takes # for the start of a comment. */
function labelInTree(/** @type {import('./resolved.js').Place} */ place) {
  const address = place.offset.toString(16).toUpperCase();
  return `0x${address}: ${labelOf(place)
    .replace(/[\n\r]/g, ' ')
    .replaceAll('#', '~')}`;
}
