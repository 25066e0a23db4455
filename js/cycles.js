// SPDX-License-Identifier: MIT
//
// Cycles: values that keep each other alive, found on request and, on request, collected.
//
// Edges are the owned fields of structs. Both walk every living value; nothing is paid before.

import { BORROW, BYTES, STRONG, TYPE, WEAK } from './core.js';
import { throwDropErrors } from './errors.js';
import { slotAt } from './fields.js';
import { Layout } from './layout.js';
import { describe, liveSlots } from './reports.js';

/** @typedef {import('./core.js').Core} Core */

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
  const address = core.objectOf(slot);
  return type.ownedOffsets
    .map((offset) => slotAt(core, address + offset))
    .filter((target) => target !== 0);
}

/**
 * Who owns whom: every living value, and an edge for each field that owns one, as places in `values`.
 * `observers` is its weakCount, `readers` how often it is borrowed, -1 for a borrow to write.
 * @param {Core} core
 * @returns {{values: (import('./reports.js').LiveValue & {observers: number, readers: number})[],
 *   edges: {from: number, to: number}[]}}
 */
export function ownershipGraph(core) {
  const slots = [...liveSlots(core)];
  const placeOf = new Map(slots.map((slot, place) => [slot, place]));
  return {
    values: slots.map((slot) => ({
      ...describe(core, slot),
      observers: core.u32[slot + WEAK],
      readers: core.i32[slot + BORROW],
    })),
    edges: slots.flatMap((slot, from) =>
      edgesOf(core, slot).map((target) => ({ from, to: Number(placeOf.get(target)) })),
    ),
  };
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

/**
 * Ends the values that only values in cycles own, as their last owners would have: what a cycle owns
 * ends with it, and what has an owner in JavaScript, an arena or a pool stays.
 *
 * Trial deletion: take away from each value's owners those that are fields of living values. Who has
 * owners left is held from outside, and so is all that can be reached from there.
 * @param {Core} core
 * @returns {{count: number, bytes: number}} what was ended
 */
export function collectCycles(core) {
  /** @type {Map<number, {outside: number, edges: number[], isHeld: boolean}>} */
  const values = new Map();
  for (const slot of liveSlots(core)) {
    const edges = edgesOf(core, slot);
    values.set(slot, { outside: core.u32[slot + STRONG], edges, isHeld: false });
  }
  for (const { edges } of values.values()) {
    for (const to of edges) /** @type {any} */ (values.get(to)).outside -= 1;
  }
  const held = [];
  for (const [slot, value] of values) {
    value.isHeld = value.outside > 0 || core.i32[slot + BORROW] !== 0;
    if (value.isHeld) held.push(value);
  }
  for (const { edges } of held) {
    for (const to of edges) {
      const value = /** @type {any} */ (values.get(to));
      if (!value.isHeld) held.push(value);
      value.isHeld = true;
    }
  }
  const garbage = [...values].filter(([, { isHeld }]) => !isHeld).map(([slot]) => slot);
  return end(core, garbage);
}

/**
 * Ends values that own each other. One more owner each keeps them all in place until every field is
 * empty; a callback may take a share of one meanwhile, which then lives on with its fields empty.
 * @param {Core} core
 * @param {number[]} slots
 */
function end(core, slots) {
  const bytes = slots.reduce((sum, slot) => sum + core.u32[slot + BYTES], 0);
  const handles = slots.map((slot) => ({ slot, generation: core.u32[slot] }));
  for (const slot of slots) core.u32[slot + STRONG] += 1;
  for (const { slot } of handles) {
    const type = core.typesById.get(core.u32[slot + TYPE] & 0xffff)?.original;
    if (type instanceof Layout) type.dropOwned(core, core.objectOf(slot));
  }
  for (const { slot, generation } of handles) {
    if (core.u32[slot + STRONG] > 1) core.u32[slot + STRONG] -= 1;
    else core.exports.heaplet_release(slot, generation);
    core.refresh();
  }
  throwDropErrors(core);
  return { count: slots.length, bytes };
}
