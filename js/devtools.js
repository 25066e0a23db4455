// SPDX-License-Identifier: MIT
//
// heaplet/devtools: owners in the consoles of browsers, as DevTools' custom formatters. Without it a
// console shows four private numbers of an owner.
//
// A formatter is given every object that a console shows, and looks without touching: no borrow is taken,
// no count changes, and it throws nothing.

import { RefCell } from './cell.js';
import { BORROW, BYTES, STRONG, WEAK } from './core.js';
import { Box, Weak } from './box.js';
import { Outside, OutsideBox } from './outside.js';
import { Owned, readPayload } from './owned.js';
import { Slice, Text } from './views.js';

/** Elements of a slice that are shown. */
const SHOWN = 100;

/**
 * Lets consoles of this page or worker show owners and observers by what they own: value, owners, borrows,
 * and with diagnostics where it was made, moved and dropped. Chromium's want "Custom formatters" in the
 * settings of DevTools, Firefox's `devtools.custom-formatters.enabled`.
 * @returns {() => void} takes it away again
 */
export function formatOwners() {
  const scope = /** @type {any} */ (globalThis);
  const formatters = (scope.devtoolsFormatters ??= []);
  if (!formatters.includes(FORMATTER)) formatters.push(FORMATTER);
  return () => {
    const at = formatters.indexOf(FORMATTER);
    if (at >= 0) formatters.splice(at, 1);
  };
}

const FORMATTER = Object.freeze({
  /** @param {unknown} object */
  header: (object) => quietly(() => (isShown(object) ? header(object) : null)),
  hasBody: () => true,
  /** @param {any} object */
  body: (object) => quietly(() => body(object)),
});

/** Null, which leaves an object to the console, also when looking at it fails. @param {() => any} look */
function quietly(look) {
  try {
    return look();
  } catch {
    return null;
  }
}

/** @param {unknown} object @returns {object is Owned | Weak} */
function isShown(object) {
  return object instanceof Owned || object instanceof Weak;
}

/** @param {Owned | Weak} object */
function header(object) {
  const end = endOf(object);
  const name = ['span', {}, nameOf(object)];
  if (end !== '') return ['span', {}, name, ['span', { style: 'color: gray' }, ` ${end}`]];
  const value = quietly(() => valueOf(object));
  return value === null ? name : ['span', {}, name, ' ', ['object', { object: value }]];
}

/** Such as `Box#1042v7 <Texture>`. @param {Owned | Weak} object */
function nameOf(object) {
  if (object instanceof Owned) return `${object}`;
  return `Weak#${object._core.labelOf(object._slot, object._generation)} <${object.type.name}>`;
}

/** What ended it, empty while it is alive. @param {Owned | Weak} object */
function endOf({ _core, _slot, _generation }) {
  if (!_core.isOpen) return 'of a closed instance';
  _core.refresh();
  if (_core.u32[_slot] === _generation) return '';
  if (_generation > 0) return 'ended';
  return _generation < 0 && (_generation & 1) === 0 ? 'moved' : 'dropped';
}

/**
 * A copy of the value that a console can unfold; null when it has none.
 * @param {any} object
 */
function valueOf(object) {
  if (object instanceof Weak) return null;
  if (object instanceof Outside || object instanceof OutsideBox) return object.value;
  const value = readPayload(object);
  if (value instanceof Text) return value.toString();
  if (value instanceof Slice) return value.slice(0, Math.min(SHOWN, value.length)).toArray();
  return typeof value?.toJSON === 'function' ? value.toJSON() : value;
}

/** @param {Owned | Weak} object */
function body(object) {
  const { _core: core, _slot: slot, _generation: generation } = object;
  /** @type {[string, unknown][]} */
  const rows = [];
  if (endOf(object) === '') {
    rows.push(['bytes', core.u32[slot + BYTES]], ['address', core.objectOf(slot)]);
    if (!(object instanceof Box)) {
      rows.push(['owners', core.u32[slot + STRONG]], ['observers', core.u32[slot + WEAK]]);
    }
    if (object instanceof RefCell) rows.push(['borrowed', borrowsOf(core.i32[slot + BORROW])]);
  }
  const moved = generation < 0 && (generation & 1) === 0;
  const original = moved ? -generation - 1 : Math.abs(generation);
  const notes = core.diagnostics.notesOn(slot, original);
  return [
    'table',
    {},
    ...rows.map(([name, value]) => ['tr', {}, ['td', {}, name], ['td', {}, `${value}`]]),
    ...notes.map((note) => ['tr', {}, ['td', { colspan: 2 }, note]]),
  ];
}

/** @param {number} state */
function borrowsOf(state) {
  if (state < 0) return 'exclusively';
  return state === 0 ? 'no' : `${state} times, shared`;
}
