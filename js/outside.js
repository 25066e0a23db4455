// SPDX-License-Identifier: MIT
//
// Outside: owners of objects that live elsewhere, such as handles of Embind classes. They get what
// other owners have: shares, scopes, `using`, reports, and an end that comes once.

import { Shared } from './box.js';
import { badArgument } from './errors.js';
import { addShare, aliveSlot, coreOf } from './owned.js';
import { PayloadType } from './types.js';

/** @typedef {import('./core.js').Core} Core */

/**
 * Living objects by slot, and the types made for them, of each instance.
 * @type {WeakMap<Core, {objects: Map<number, any>, types: Map<string, PayloadType<any, any>>}>}
 */
const registries = new WeakMap();

/** Objects that have an owner, of whichever instance. @type {WeakSet<object>} */
const owned = new WeakSet();

/** @param {Core} core */
function registryOf(core) {
  let registry = registries.get(core);
  if (!registry) {
    registry = { objects: new Map(), types: new Map() };
    registries.set(core, registry);
  }
  return registry;
}

/**
 * A shared owner of an object from elsewhere, which is ended with the last owner.
 * @template [Value=any]
 */
export class Outside extends Shared {
  /** The object. Do not end it by hand. @returns {Value} */
  get value() {
    return registryOf(coreOf(this)).objects.get(aliveSlot(this, 'use'));
  }

  /**
   * One more owner of the same object.
   * @returns {Outside<Value>}
   */
  clone() {
    return addShare(this, Outside);
  }
}

/**
 * @template Value
 * @param {Core} core
 * @param {Value} object
 * @param {((object: Value) => void) | undefined} end
 * @returns {Outside<Value>}
 */
export function createOutside(core, object, end) {
  core.checkOpen();
  if (typeof object !== 'object' || object === null) throw badArgument('an object', object);
  const { objects, types } = registryOf(core);
  const own = /** @type {{delete?: () => void}} */ (object);
  if (end === undefined && typeof own.delete !== 'function') {
    throw badArgument('an object with a delete()', object, 'say how it ends: own(object, end)');
  }
  if (owned.has(object))
    throw badArgument('an object without an owner', object, 'clone() its owner');
  const name = object.constructor?.name ?? 'object';
  const type = types.get(name) ?? new PayloadType({ name, elementBytes: 0, alignment: 8 });
  types.set(name, type);
  const id = core.typeId(type);
  const slot = core.exports.heaplet_adopt(id, 0, 0);
  if (slot === 0) throw core.outOfMemory(0);
  core.refresh();
  const generation = core.u32[slot];
  if (core.diagnostics.level !== 0) core.diagnostics.created(core, slot, name);
  objects.set(slot, object);
  owned.add(object);
  core.dropCallbacks.set(`${slot}:${generation}`, () => {
    objects.delete(slot);
    owned.delete(object);
    if (end === undefined) /** @type {any} */ (own).delete();
    else end(object);
  });
  return new Outside(core, slot, generation, type);
}
