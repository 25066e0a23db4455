// SPDX-License-Identifier: MIT
//
// Tracked types: another name for a type, under which an instance keeps count of its values.
//
// Totals are counted when a value is made. What is alive is looked up in the table when somebody asks,
// so that the end of a value costs no more than that of others.

import { Alias } from './alias.js';
import { BYTES, TYPE } from './core.js';
import { badArgument } from './errors.js';
import { toType } from './types.js';

/** @typedef {import('./core.js').Core} Core */

/**
 * Values of a tracked type in one instance: those with owners now, and all that ever had one.
 * @typedef {{type: string, liveCount: number, liveBytes: number, totalCount: number,
 *   totalBytes: number}} TypeStats
 */

/** @type {WeakMap<Core, Map<Tracked, {count: number, bytes: number}>>} */
const totals = new WeakMap();

/**
 * A type whose values are counted.
 * @template [Value=any]
 * @template [Init=any]
 * @extends {Alias<Value, Init>}
 */
export class Tracked extends Alias {
  /** @override @internal @param {Core} core @param {number} address @param {any} value @param {import('./types.js').Place} [place] */
  write(core, address, value, place) {
    super.write(core, address, value, place);
    // Without a place it is the first value there.
    if (!place) this.#count(core, this.bytesFor(value));
  }

  /** @param {Core} core @param {number} bytes */
  #count(core, bytes) {
    const ofCore = totals.get(core) ?? new Map();
    totals.set(core, ofCore);
    const total = ofCore.get(this) ?? { count: 0, bytes: 0 };
    ofCore.set(this, total);
    total.count += 1;
    total.bytes += bytes;
  }
}

/**
 * A type like `type` whose values are counted: `heaplet.box(tracked('f64', 'Price'), 1)`.
 * heaplet.typeStats() has the counts. An arena or a pool counts as one value, of its own type.
 * @template {import('./inference.js').AnyType} const T
 * @param {T} type
 * @param {string} [name] for messages and reports
 * @returns {Tracked<import('./inference.js').ValueOf<T>, import('./inference.js').InitOf<T>>}
 */
export function tracked(type, name) {
  const inner = toType(type);
  if (name !== undefined && typeof name !== 'string') throw badArgument('a name', name);
  return new Tracked(inner, name ?? inner.name);
}

/**
 * @param {Core} core
 * @returns {TypeStats[]} in the order in which the types were used first
 */
export function typeStats(core) {
  core.checkOpen();
  core.refresh();
  /** @type {Map<number, {count: number, bytes: number}>} */
  const live = new Map();
  for (let slot = core.exports.heaplet_next_live(0); slot !== 0;) {
    const id = core.u32[slot + TYPE] & 0xffff;
    const sum = live.get(id) ?? { count: 0, bytes: 0 };
    live.set(id, sum);
    sum.count += 1;
    sum.bytes += core.u32[slot + BYTES];
    slot = core.exports.heaplet_next_live(slot);
  }
  return Array.from(totals.get(core) ?? [], ([type, total]) => {
    const { count: liveCount, bytes: liveBytes } = live.get(core.typeId(type)) ?? NONE;
    const { count: totalCount, bytes: totalBytes } = total;
    return { type: type.name, liveCount, liveBytes, totalCount, totalBytes };
  });
}

const NONE = { count: 0, bytes: 0 };
