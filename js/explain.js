// SPDX-License-Identifier: MIT
//
// A page for each error code. One string a code: what it means, an example that fails, and the cure.

import { badArgument } from './errors.js';

/** @type {Record<string, string>} */
const PAGES = {
  E0382: `A value was used after it was moved or dropped.

    const first = heaplet.box('i32', 1);
    const second = first.move();
    first.value;                    // E0382: the value is second's now

Use what move() returned. To have several owners make an rc() and clone() it. A value that a scope
owns is dropped when the scope ends: take it out with scope.escape(value).`,
  E0499: `A RefCell was to be borrowed exclusively twice.

    const guard = cell.borrowMut();
    cell.borrowMut();               // E0499

End the first borrow with guard.drop(), or work inside of cell.withMut(), which ends by itself.`,
  E0502: `A RefCell was to be borrowed shared and exclusively at once.

    const guard = cell.borrow();
    cell.borrowMut();               // E0502

Readers may be many, a writer is alone. End the other borrow first, or ask with tryBorrowMut().`,
  E0505: `A value was to be moved or dropped while it is borrowed.

    const guard = cell.borrow();
    cell.drop();                    // E0505

Give the borrow back first. Guards are disposable: using guard = cell.borrow().`,
  E0594: `A shared value was assigned to.

    const rc = heaplet.rc('i32', 1);
    rc.value = 2;                   // E0594

Share something that may change: heaplet.cell('i32', 1) or heaplet.refCell(Point, { x: 1 }).`,
  E0597: `A view or a borrow was used after the value it looks into had ended.

    const box = heaplet.box(text, 'hello');
    const view = box.view();
    box.drop();
    view.toString();                // E0597

Keep the owner as long as its views, or copy: slice.toArray(), text.toString().`,
  E0716: `A scope was used after it had ended.

    const kept = heaplet.scope((scope) => scope);
    kept.own(heaplet.box('i32'));   // E0716

Return values out of a scope with scope.escape(value), not the scope itself.`,
  H0001: `There was no memory for a value. Nothing has changed: drop what is no longer needed and try
again, or load a module with a larger maximum memory.`,
  H0002: `An index or a name lies outside of what it is used on. Indices are whole numbers from 0 to
length - 1; negative ones do not count from the end.`,
  H0003: `Bytes are not valid UTF-8, or a text was to be cut inside of a character. Offsets into a text
are bytes: 'é' has two.`,
  H0004: `A value of one heaplet instance was used with another. Each instance has a memory of its own:
copy the value over.`,
  H0005: `The instance was closed, and with it everything in it. Disposing of its values is harmless; using
them is not possible. Load another instance with loadHeaplet().`,
  H0006: `An argument is of the wrong type or out of range. Nothing is converted, wrapped or rounded:
'1' is no number, 1.5 no i32, 256 no u8, and 64-bit integers are BigInt.`,
  H0007: `Values were alive at the end of assertNoLeaks() that were not at its beginning. Each line of
the message is one place of creation. Drop them, or leave them to a scope.`,
  H0008: `Memory was to be freed by an allocator that it did not come from. Adopted memory is freed by
the function it was adopted with: drop its owner.`,
  H0009: `A count of owners, observers or borrows is at its limit of 2^30 - 1. Clones are made in a loop
and never dropped.`,
  H0010: `The module could not be loaded. Pass its place as loadHeaplet({ wasm }), and use the .wasm file
that came with this version of the package.`,
  H0011: `Callbacks given to onDrop() threw. Everything was dropped all the same; error.errors has what
they threw.`,
};

/** Every code that heaplet's errors have. */
export const ERROR_CODES = Object.freeze(Object.keys(PAGES));

/**
 * A page about an error code: what it means, an example, and the cure.
 * @param {string} code such as 'E0382'
 * @returns {string}
 */
export function explain(code) {
  if (!Object.hasOwn(PAGES, code)) throw badArgument(`one of ${ERROR_CODES.join(', ')}`, code);
  return `${code}\n\n${PAGES[code]}\n`;
}
