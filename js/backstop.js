// SPDX-License-Identifier: MIT
//
// Backstop: what the garbage collector finds that nobody dropped is dropped after all, and reported.
//
// A registration costs some fifty times what making a value does, and collectors run when they like,
// in synchronous code never. So a backstop is asked for: for every 64th owner of an instance, or for
// a scope with everything in it.
//
// An owner knows by its generation whether it still holds its value. When it is watched, that number
// is kept beside it, where it can be read after the owner has gone.

import { STRONG } from './core.js';
import { badArgument } from './errors.js';
import { DISPOSE, coreOf, generationOf, slotOf } from './owned.js';

/** @typedef {import('./core.js').Core} Core */
/** @typedef {import('./owned.js').Owned} Owned */

/** @typedef {'off' | 'sampled'} BackstopLevel */

const SAMPLE_EVERY = 64;
const MAKERS = ['box', 'rc', 'cell', 'refCell', 'arena', 'slab', 'pool', 'own'];

/** @typedef {{core: Core, slot: number, generation: number, type: string, name: string}} Held */

/** Owners of one instance that were found, by type and place. @type {WeakMap<Core, Map<string, {type: string, site: string, count: number}>>} */
const found = new WeakMap();

/** @type {FinalizationRegistry<Held>} */
const owners = new FinalizationRegistry((held) => {
  const { core, slot, generation, type, name } = held;
  core.refresh();
  if (!core.isOpen || generation < 0 || core.u32[slot] !== generation) return;
  const site = core.diagnostics.peek(slot, generation)?.created ?? 'unknown';
  if (core.u32[slot + STRONG] > 1) core.u32[slot + STRONG] -= 1;
  else if (core.release(slot, generation) !== 0) return; // borrowed by a guard that nobody dropped
  core.refresh();
  report(core, type, site, name);
  for (const error of core.takeDropErrors()) console.error(error);
});

/** @type {FinalizationRegistry<{core: Core, owned: Iterable<{[DISPOSE](): void}>}>} */
const scopes = new FinalizationRegistry(({ core, owned }) => {
  if (!core.isOpen) return;
  for (const value of [...owned].reverse()) {
    try {
      value[DISPOSE]();
    } catch (error) {
      console.error(error);
    }
  }
  report(core, 'Scope', 'unknown', 'a scope');
});

/** @param {Core} core @param {string} type @param {string} site @param {string} name */
function report(core, type, site, name) {
  const ofCore = found.get(core) ?? new Map();
  found.set(core, ofCore);
  const group = ofCore.get(`${type} ${site}`) ?? { type, site, count: 0 };
  ofCore.set(`${type} ${site}`, group);
  // Once for each place: a loop that leaks would say it without end.
  if (group.count++ === 0) {
    console.warn(
      `heaplet: nobody dropped ${name}, made at ${site}; the garbage collector found it`,
    );
  }
}

/** What the garbage collector found and dropped, by type and place. @param {Core} core */
export function backstopReport(core) {
  return [...(found.get(core)?.values() ?? [])].map((group) => ({ ...group }));
}

/**
 * Drops what a scope owns if the scope itself is collected.
 * @param {object} scope
 * @param {Core} core
 * @param {Iterable<any>} owned
 */
export function watchScope(scope, core, owned) {
  scopes.register(scope, { core, owned }, scope);
}

/** @param {object} scope */
export function unwatchScope(scope) {
  scopes.unregister(scope);
}

/** @param {Owned} owner */
function watch(owner) {
  const core = coreOf(owner);
  /** @type {Held} */
  const held = {
    core,
    slot: slotOf(owner),
    generation: generationOf(owner),
    type: owner.type.name,
    name: `${owner}`,
  };
  Object.defineProperty(owner, '_generation', {
    get: () => held.generation,
    set: (generation) => void (held.generation = generation),
  });
  owners.register(owner, held);
}

/**
 * Makes an instance watch every 64th owner it makes, if `level` says so.
 * @param {import('./heaplet.js').Heaplet} heaplet
 * @param {BackstopLevel} level
 */
export function backUp(heaplet, level) {
  if (level === 'off') return;
  let countdown = SAMPLE_EVERY;
  for (const name of MAKERS) {
    const make = /** @type {any} */ (heaplet)[name];
    Object.defineProperty(heaplet, name, {
      value: (/** @type {any[]} */ ...args) => {
        const owner = make.apply(heaplet, args);
        if (--countdown > 0) return owner;
        countdown = SAMPLE_EVERY;
        watch(owner);
        return owner;
      },
    });
  }
}

/** @param {unknown} level @returns {asserts level is BackstopLevel} */
export function checkBackstop(level) {
  if (level !== 'off' && level !== 'sampled') {
    throw badArgument('backstop to be one of off, sampled', level);
  }
}
