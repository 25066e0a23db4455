// SPDX-License-Identifier: MIT
//
// Outside: owners of objects that live elsewhere, such as handles of Embind classes. They get what
// other owners have: shares, scopes, `using`, reports, and an end that comes once.

import { Shared } from './box.js';
import { badArgument } from './errors.js';
import { Owned, addShare, aliveSlot, coreOf } from './owned.js';
import { PayloadType } from './types.js';

/** @typedef {import('./core.js').Core} Core */

/** Objects that have an owner, of whichever instance. @type {WeakSet<object>} */
const owned = new WeakSet();

/** @param {object} object */
export function hasOwner(object) {
  return owned.has(object);
}

/**
 * The one owner of an object from elsewhere.
 * @template [Value=any]
 */
export class OutsideBox extends Owned {
  /** The object. Do not end it by hand. @returns {Value} */
  get value() {
    return coreOf(this).outsideObjects.get(aliveSlot(this, 'use'));
  }
}

/**
 * A shared owner of an object from elsewhere, which is ended with the last owner.
 * @template [Value=any]
 */
export class Outside extends Shared {
  /** The object. Do not end it by hand. @returns {Value} */
  get value() {
    return coreOf(this).outsideObjects.get(aliveSlot(this, 'use'));
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
 * The first owner, of the class `Owner`. `bytes` are for reports; `type` is the object's, by the name of
 * its class if left out, and `address` where it is in the module's memory, for raw methods.
 * @param {Core} core
 * @param {typeof Outside | typeof OutsideBox} Owner
 * @param {any} object
 * @param {{end?: (object: any) => void, bytes?: number, type?: PayloadType<any, any>,
 *   address?: number}} [options]
 * @returns {any}
 */
export function createOutside(core, Owner, object, options = {}) {
  const { end, bytes = 0, address = 0 } = options;
  core.checkOpen();
  if (typeof object !== 'object' || object === null) throw badArgument('an object', object);
  if (end === undefined && typeof object.delete !== 'function') {
    throw badArgument('an object with a delete()', object, 'say how it ends: own(object, end)');
  }
  if (owned.has(object))
    throw badArgument('an object without an owner', object, 'clone() its owner');
  const type = options.type ?? typeNamed(core, object.constructor?.name ?? 'object');
  const slot = core.exports.heaplet_adopt(core.typeId(type), address, bytes);
  if (slot === 0) throw core.outOfMemory(bytes);
  core.refresh();
  const generation = core.u32[slot];
  if (core.isRemembering) core.diagnostics.created(core, slot, type.name);
  core.outsideObjects.set(slot, object);
  owned.add(object);
  core.dropCallbacks.set(`${slot}:${generation}`, () => {
    core.outsideObjects.delete(slot);
    owned.delete(object);
    if (end === undefined) object.delete();
    else end(object);
  });
  return new Owner(core, slot, generation, type);
}

/** @param {Core} core @param {string} name */
function typeNamed(core, name) {
  let type = core.outsideTypes.get(name);
  if (type === undefined) {
    type = new PayloadType({ name, elementBytes: 0, alignment: 8 });
    core.outsideTypes.set(name, type);
  }
  return type;
}
