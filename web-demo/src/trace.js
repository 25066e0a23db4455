// SPDX-License-Identifier: MIT
//
// Traces as the page uses them: decoded operations and what is known before a run.

import { parseProfile } from '../../js/sight/profile.js';
import { readTrace as readEvents } from '../../js/sight/trace.js';
import { profileOfTrace } from '../../js/sight/trace-profile.js';
import { Kind, kindOf, slotOf } from './engine/ledger.js';

/**
 * @typedef {object} Trace
 * @property {string} name
 * @property {string} title in words
 * @property {Uint32Array} operations
 * @property {number} count
 * @property {number} slots as many as were ever live at once
 * @property {number} peakBytes
 * @property {number} peakAt the operations after which most was live
 * @property {Uint8Array} [sites] by operation: the index in siteNames of what asked for the block
 * @property {string[]} siteNames those that asked for most bytes first; the last stands for all others
 */

/** As many call sites as have a colour of their own. */
const SITES = 8;

/** What of a trace is moved between workers and not copied. */
export const transferOf = ({ operations, sites }) =>
  [operations, sites].filter(Boolean).map(({ buffer }) => buffer);

const GZIP = [0x1f, 0x8b];
const MAGIC = [0x48, 0x4c, 0x54, 0x52];
const BRACE = [0x7b];
const startsWith = (bytes, start) => start.every((byte, index) => bytes[index] === byte);

async function inflate(bytes, format) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * A trace file, plain or compressed.
 * @param {Uint8Array} bytes
 * @param {string} name what to call it if it does not say
 * @returns {Promise<Trace>}
 */
export async function readTrace(bytes, name) {
  return decode(await plain(bytes, name), name);
}

/**
 * A trace with its profile, or a profile alone, plain or compressed.
 * @param {Uint8Array} bytes
 * @param {string} name
 * @returns {Promise<{trace?: Trace, profile: import('../../js/sight/profile.js').Profile}>}
 */
export async function readFile(bytes, name) {
  const content = await plain(bytes, name);
  if (startsWith(content, BRACE))
    return { profile: parseProfile(new TextDecoder().decode(content)) };
  const trace = decode(content, name);
  return { trace, profile: profileOfTrace(content) };
}

async function plain(bytes, name) {
  if (startsWith(bytes, MAGIC)) return bytes;
  if (startsWith(bytes, GZIP)) return inflate(bytes, 'gzip');
  if (!name.endsWith('.br')) return bytes; // the reader says what is wrong with it
  try {
    return await inflate(bytes, 'brotli');
  } catch {
    throw new Error(
      `${name}: this browser cannot unpack brotli; unpack it first, or pack it by gzip`,
    );
  }
}

/** Frames are of the recorded program, whose names are not in the trace. */
const siteOf = (frames) =>
  frames
    .slice(0, 3)
    .map(({ functionIndex, offset }) => `function ${functionIndex} at 0x${offset.toString(16)}`)
    .join(' in ');

/** @returns {Trace} */
function decode(bytes, name) {
  let operations = new Uint32Array(1 << 16);
  let count = 0;
  const keys = []; // by operation: what asked
  const stacks = [];
  let tag = '';
  const { meta, tally } = readEvents(bytes, {
    event({ kind, size, log2Alignment, slot, stack }) {
      if (count * 2 === operations.length) {
        const larger = new Uint32Array(operations.length * 2);
        larger.set(operations);
        operations = larger;
      }
      operations[count * 2] = kind | (log2Alignment << 3) | (slot << 8);
      operations[count * 2 + 1] = size;
      count++;
      keys.push(stacks[stack - 1] ?? tag);
    },
    stack: (frames) => stacks.push(siteOf(frames)),
    tag: (text) => {
      tag = text;
    },
  });
  return traceOf({
    name: meta.name ?? name,
    title: meta.kind ?? name,
    operations: operations.slice(0, count * 2),
    slots: tally.peakBlocks,
    peakBytes: tally.peakBytes,
    keys: keys.some((key) => key !== '') ? keys : undefined,
  });
}

/** @returns {Trace} */
function traceOf({ name, title, operations, slots, peakBytes, keys }) {
  const count = operations.length / 2;
  return {
    name,
    title,
    operations,
    count,
    slots: Math.max(1, slots),
    peakBytes,
    peakAt: peakOf(operations, count, slots),
    ...rankSites(operations, keys),
  };
}

/** @param {Uint32Array} operations @param {string[]} [keys] */
function rankSites(operations, keys) {
  if (!keys) return { siteNames: [] };
  const sums = new Map();
  keys.forEach((key, at) => sums.set(key, (sums.get(key) ?? 0) + operations[2 * at + 1]));
  const ranked = [...sums].sort((a, b) => b[1] - a[1]).map(([key]) => key);
  const siteNames = ranked.slice(0, SITES).map((key) => key || 'not known');
  const indexOf = new Map(ranked.map((key, index) => [key, Math.min(index, SITES)]));
  return {
    sites: Uint8Array.from(keys, (key) => indexOf.get(key)),
    siteNames: [...siteNames, 'others'],
  };
}

function peakOf(operations, count, slots) {
  const sizes = new Float64Array(slots + 1);
  let [live, peak, peakAt] = [0, -1, 0];
  for (let at = 0; at < count; at++) {
    const slot = slotOf(operations[2 * at]);
    const isFree = kindOf(operations[2 * at]) === Kind.free;
    live -= sizes[slot];
    sizes[slot] = isFree ? 0 : operations[2 * at + 1];
    live += sizes[slot];
    if (live > peak) [peak, peakAt] = [live, at + 1];
  }
  return peakAt;
}
