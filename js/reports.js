// SPDX-License-Identifier: MIT
//
// Reports: what is alive, and what was left behind.
//
// All of it walks the table, which costs nothing while nobody asks.

import { BYTES, STRONG, TYPE } from './core.js';
import { LeakError } from './errors.js';

/** @typedef {import('./core.js').Core} Core */

/**
 * One living value.
 * @typedef {{label: string, type: string, bytes: number, owners: number, site?: string,
 *   name?: string}} LiveValue
 */

/**
 * Living values of one type that were made in one place.
 * @typedef {{type: string, site: string, count: number, bytes: number}} LiveGroup
 */

/** @param {Core} core @returns {Generator<number>} slots */
export function* liveSlots(core) {
  core.checkOpen();
  core.refresh();
  for (let slot = core.exports.heaplet_next_live(0); slot !== 0;) {
    yield slot;
    slot = core.exports.heaplet_next_live(slot);
  }
}

/** @param {Core} core @param {number} slot @returns {LiveValue} */
export function describe(core, slot) {
  const generation = core.u32[slot];
  const history = core.diagnostics.peek(slot, generation);
  return {
    label: core.labelOf(slot, generation),
    type: core.typesById.get(core.u32[slot + TYPE] & 0xffff)?.name ?? 'unknown',
    bytes: core.u32[slot + BYTES],
    owners: core.u32[slot + STRONG],
    site: history?.created,
    name: history?.label,
  };
}

/** @param {Core} core @returns {LiveValue[]} */
export function liveValues(core) {
  return Array.from(liveSlots(core), (slot) => describe(core, slot));
}

/**
 * @param {Iterable<LiveValue>} values
 * @returns {LiveGroup[]} most bytes first
 */
export function group(values) {
  /** @type {Map<string, LiveGroup>} */
  const groups = new Map();
  for (const { type, site = 'unknown', bytes } of values) {
    const key = `${type} ${site}`;
    const found = groups.get(key) ?? { type, site, count: 0, bytes: 0 };
    found.count += 1;
    found.bytes += bytes;
    groups.set(key, found);
  }
  return [...groups.values()].sort((a, b) => b.bytes - a.bytes);
}

/**
 * Runs `body` and throws a LeakError if values are alive afterwards that were not before.
 * @template R
 * @param {Core} core
 * @param {() => R} body
 * @returns {R}
 */
export function assertNoLeaks(core, body) {
  const before = new Set(Array.from(liveSlots(core), (slot) => `${slot}:${core.u32[slot]}`));
  const check = () => {
    const left = [];
    for (const slot of liveSlots(core)) {
      if (!before.has(`${slot}:${core.u32[slot]}`)) left.push(describe(core, slot));
    }
    if (left.length === 0) return;
    const bytes = left.reduce((sum, value) => sum + value.bytes, 0);
    const places = group(left).map(
      ({ type, site, count, bytes: own }) => `${count} × ${type}, ${own} bytes, made at ${site}`,
    );
    const how = core.diagnostics.isFull ? [] : ["load with diagnostics: 'full' to see where"];
    const what = left.length === 1 ? 'a value was' : `${left.length} values were`;
    throw new LeakError('H0007', `${what} not dropped: ${bytes} bytes`, {
      notes: [...places, ...how],
      help: 'drop them, or leave them to a scope',
    });
  };
  const result = body();
  if (result instanceof Promise) return /** @type {any} */ (result.finally(check));
  check();
  return result;
}
