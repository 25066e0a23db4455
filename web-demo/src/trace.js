// SPDX-License-Identifier: MIT
//
// Traces as the page uses them: decoded operations and what is known before a run.

import { decodeTrace } from '../../js/sight/trace.js';
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
 */

const GZIP = [0x1f, 0x8b];
const MAGIC = [0x48, 0x4c, 0x54, 0x52];
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
  return fromDecoded(decodeTrace(await plain(bytes, name)), name);
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

/** @returns {Trace} */
export function fromDecoded({ meta, operations, count, peakBlocks, peakBytes }, name) {
  return {
    name: meta?.name ?? name,
    title: meta?.kind ?? name,
    operations,
    count,
    slots: Math.max(1, peakBlocks),
    peakBytes,
    peakAt: peakOf(operations, count, peakBlocks),
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
