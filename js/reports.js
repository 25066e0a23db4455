// SPDX-License-Identifier: MIT
//
// Reports: what is alive, what was left behind, and which values keep each other alive.
//
// All of it walks the table, which costs nothing while nobody asks.

import { BYTES, OBJECT, STRONG, TYPE } from './core.js';
import { LeakError } from './errors.js';
import { slotAt } from './fields.js';

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
function* liveSlots(core) {
  core.checkOpen();
  core.refresh();
  for (let slot = core.exports.heaplet_next_live(0); slot !== 0;) {
    yield slot;
    slot = core.exports.heaplet_next_live(slot);
  }
}

/** @param {Core} core @param {number} slot @returns {LiveValue} */
function describe(core, slot) {
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
    throw new LeakError('H0007', `${left.length} values were not dropped: ${bytes} bytes`, {
      notes: [...places, ...how],
      help: 'drop them, or leave them to a scope',
    });
  };
  const result = body();
  if (result instanceof Promise) return /** @type {any} */ (result.finally(check));
  check();
  return result;
}

/**
 * Values that keep each other alive: each cycle as a path of labels, the first one again at its end.
 * Tarjan's strongly connected components over owned fields, with a stack of its own.
 * @param {Core} core
 * @returns {string[][]}
 */
export function findCycles(core) {
  const slots = [...liveSlots(core)];
  /** @type {Map<number, {index: number, low: number, onStack: boolean}>} */
  const seen = new Map();
  const stack = /** @type {number[]} */ ([]);
  const cycles = [];
  for (const root of slots) {
    if (seen.has(root)) continue;
    const work = [{ slot: root, edges: edgesOf(core, root), next: 0 }];
    enter(root);
    while (work.length > 0) {
      const top = work[work.length - 1];
      const own = /** @type {any} */ (seen.get(top.slot));
      if (top.next < top.edges.length) {
        const to = top.edges[top.next++];
        const other = seen.get(to);
        if (!other) {
          enter(to);
          work.push({ slot: to, edges: edgesOf(core, to), next: 0 });
        } else if (other.onStack) {
          own.low = Math.min(own.low, other.index);
        }
        continue;
      }
      work.pop();
      const parent = work.length > 0 ? seen.get(work[work.length - 1].slot) : undefined;
      if (parent) parent.low = Math.min(parent.low, own.low);
      if (own.low !== own.index) continue;
      const members = stack.splice(stack.lastIndexOf(top.slot));
      for (const member of members) /** @type {any} */ (seen.get(member)).onStack = false;
      if (members.length > 1 || top.edges.includes(top.slot))
        cycles.push(pathThrough(core, members));
    }
  }
  return cycles;

  /** @param {number} slot */
  function enter(slot) {
    seen.set(slot, { index: seen.size, low: seen.size, onStack: true });
    stack.push(slot);
  }
}

/** Slots that the value in `slot` owns. @param {Core} core @param {number} slot */
function edgesOf(core, slot) {
  const type = core.typesById.get(core.u32[slot + TYPE] & 0xffff);
  if (!type || type.ownedOffsets.length === 0) return [];
  const address = core.u32[slot + OBJECT];
  return type.ownedOffsets
    .map((offset) => slotAt(core, address + offset))
    .filter((target) => target !== 0);
}

/**
 * A way through the members of a component that comes back to where it began.
 * @param {Core} core
 * @param {number[]} members
 */
function pathThrough(core, members) {
  const inside = new Set(members);
  const start = members[0];
  /** @type {Map<number, number>} from each slot to the one before it */
  const before = new Map();
  const queue = [start];
  for (const slot of queue) {
    for (const to of edgesOf(core, slot)) {
      if (to === start) {
        const path = [start];
        for (let at = slot; at !== start; at = /** @type {number} */ (before.get(at)))
          path.push(at);
        path.push(start);
        return path.reverse().map((member) => {
          const { label, type } = describe(core, member);
          return `${label} <${type}>`;
        });
      }
      if (inside.has(to) && !before.has(to)) {
        before.set(to, slot);
        queue.push(to);
      }
    }
  }
  return [];
}
