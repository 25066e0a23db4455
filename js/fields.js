// SPDX-License-Identifier: MIT
//
// Fields that own or observe another value: a handle in 8 bytes of the struct, index and generation.
// The module releases owned ones when the struct ends; what is assigned here moves into the struct.

import { Shared, Weak } from './box.js';
import { BYTES } from './core.js';
import { InstanceError, badArgument } from './errors.js';
import { ownedFields } from './layout.js';
import { aliveSlot, coreOf, generationOf, isOwned, markMoved, slotOf } from './owned.js';

/** @typedef {import('./core.js').Core} Core */
/** @typedef {import('./layout.js').OwnedField} OwnedField */

/**
 * The slot that the handle at `address` names; 0 when it is null or its object has ended.
 * @param {Core} core
 * @param {number} address
 */
export function slotAt(core, address) {
  const at = core.wordOf(address);
  const index = core.u32[at];
  return index === 0 ? 0 : core.exports.heaplet_slot_of(index, core.u32[at + 1]);
}

/** A view of what the field owns or observes, or its value if it is a scalar; null when empty. */
ownedFields.read = (core, address, field) => {
  const slot = slotAt(core, address);
  if (slot === 0) return null;
  const generation = core.u32[slot];
  const target = core.objectOf(slot);
  const place = { core, slot, generation, address: target, bytes: core.u32[slot + BYTES] };
  return field.target().read(core, target, place);
};

ownedFields.check = (core, field, value) => {
  const target = core.typeOf(field.target());
  if (value === null) return;
  const isRight = field.isWeak ? value instanceof Weak || value instanceof Shared : isOwned(value);
  if (!isRight) {
    throw field.isWeak
      ? badArgument('a Weak or null', value, 'rc.downgrade() makes one')
      : badArgument('an owner, such as a Box or an Rc, or null', value);
  }
  sameInstance(core, coreOf(value));
  if (value.type !== target) throw badArgument(`an owner of ${target.name}`, value);
  if (!field.isWeak) aliveSlot(value, 'move');
};

ownedFields.write = (core, address, field, value) => {
  const slot = value === null ? 0 : field.isWeak ? slotOf(value) : aliveSlot(value, 'move');
  const generation = value === null ? 0 : generationOf(value);
  if (value !== null && !field.isWeak) markMoved(value);
  const before = field.isWeak ? 0 : slotAt(core, address);
  const beforeGeneration = before === 0 ? 0 : core.u32[before];
  // A Weak that was dropped, or whose value has ended, observes nothing.
  const isThere = slot !== 0 && core.u32[slot] === generation;
  const at = core.wordOf(address);
  core.u32[at] = isThere ? core.exports.heaplet_index_of(slot) : 0;
  core.u32[at + 1] = isThere ? generation : 0;
  // Last, because destructors may look at the field.
  if (before !== 0) {
    core.exports.heaplet_release(before, beforeGeneration);
    core.refresh();
  }
};

/** @param {Core} core @param {Core} other */
function sameInstance(core, other) {
  if (core !== other) {
    throw new InstanceError('H0004', 'this value belongs to another heaplet instance', {
      help: 'copy the value over: the instances have separate memories',
    });
  }
}
