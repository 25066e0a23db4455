// SPDX-License-Identifier: MIT
//
// A page for each error code. One string a code: what it means, an example that fails, and the cure.

import { badArgument } from './errors.js';

/** @type {Record<string, string>} */
const PAGES = {
  E0277: `A type was to be shared by threads that cannot be.

    const shared = await loadShared();
    shared.arc(Layout.of({ held: owned('i32') }));  // E0277

A field that owns another value belongs to one thread. Share a type of plain fields.`,
  E0382: `A value was used after it was moved or dropped.

    const first = heaplet.box('i32', 1);
    const second = first.move();
    first.value;                    // E0382: the value is second's now

Use what move() returned. To have several owners make an rc() and clone() it. A value that a scope
owns is dropped when the scope ends: take it out with scope.escape(value).`,
  E0499: `A RefCell was to be borrowed exclusively twice.

    const cell = heaplet.refCell('i32', 1);
    const guard = cell.borrowMut();
    cell.borrowMut();               // E0499

End the first borrow with guard.drop(), or work inside of cell.withMut(), which ends by itself.`,
  E0502: `A RefCell was to be borrowed shared and exclusively at once.

    const cell = heaplet.refCell('i32', 1);
    const guard = cell.borrow();
    cell.borrowMut();               // E0502

Readers may be many, a writer is alone. End the other borrow first, or ask with tryBorrowMut().`,
  E0505: `A value was to be moved or dropped while it is borrowed.

    const cell = heaplet.refCell('i32', 1);
    const guard = cell.borrow();
    cell.drop();                    // E0505

Give the borrow back first. Guards are disposable: using guard = cell.borrow().`,
  E0594: `A shared value was assigned to.

    const rc = heaplet.rc('i32', 1);
    rc.value = 2;                   // E0594

Share something that may change: heaplet.cell('i32', 1) or heaplet.refCell(Point, { x: 1 }).`,
  E0597: `A view, a borrow or an item was used after what it belongs to had ended.

    const box = heaplet.box(text, 'hello');
    const view = box.view();
    box.drop();
    view.toString();                // E0597

Keep the owner as long as its views, or copy: slice.toArray(), text.toString(). Items of an arena or a
pool end when it is reset, or rewound to before them.`,
  E0716: `A scope was used after it had ended.

    const kept = heaplet.scope((scope) => scope);
    kept.own(heaplet.box('i32'));   // E0716

Return values out of a scope with scope.escape(value), not the scope itself.`,
  H0001: `There was no memory for a value, or no room in a slab or a pool.

    const slab = heaplet.slab('i32', 1);
    slab.insert(1);
    slab.insert(2);                 // H0001

Nothing has changed: end what is no longer needed and try again, make it larger, or load a module with
a larger maximum memory.`,
  H0002: `An index or a name lies outside of what it is used on.

    const box = heaplet.box(arrayOf('i32'), [1, 2, 3]);
    box.value.at(3);                // H0002

Indices are whole numbers from 0 to length - 1; negative ones do not count from the end.`,
  H0003: `Bytes are not valid UTF-8, a text was to be cut inside of a character, or a string has half of a
surrogate pair.

    const box = heaplet.box(text, 'né');
    box.view().slice(0, 2);         // H0003: the 'é' begins at 1 and has two bytes

Offsets into a text are bytes. Cut where characters begin.`,
  H0004: `A value of one heaplet instance was used with another.

    const other = await loadHeaplet();
    const box = other.box('i32', 1);
    heaplet.unsafe.addressOf(box);  // H0004

Each instance has a memory of its own: copy the value over.`,
  H0005: `The instance was closed, and with it everything in it.

    heaplet.close();
    heaplet.box('i32', 1);          // H0005

Disposing of its values is harmless; using them is not possible. Load another instance.`,
  H0006: `An argument is of the wrong type or out of range.

    heaplet.box('u8', 256);         // H0006

Nothing is converted, wrapped or rounded: '1' is no number, 1.5 no i32, 256 no u8, and 64-bit integers
are BigInt.`,
  H0007: `Values were alive at the end of assertNoLeaks() that were not at its beginning.

    heaplet.assertNoLeaks(() => {
      heaplet.box('i32', 1);
    });                             // H0007

Each line of the message is one place of creation, if the instance was loaded with diagnostics. Drop
the values, or leave them to a scope.`,
  H0008: `Memory was to be freed by an allocator that it did not come from, or twice.

    const address = heaplet.unsafe.allocate(16);
    heaplet.unsafe.deallocate(address, 16);
    heaplet.unsafe.deallocate(address, 16); // H0008

Adopted memory is freed by the function it was adopted with: drop its owner.`,
  H0009: `A count of owners, observers or borrows is at its limit of 2^30 - 1.

    const rc = heaplet.rc('i32', 1);
    for (;;) rc.clone();            // H0009, in the end

Drop clones that are no longer needed.`,
  H0010: `The module could not be loaded.

    await loadHeaplet({ wasm: new Uint8Array(8) }); // H0010

Pass its place as loadHeaplet({ wasm }), and use the .wasm file that came with this version of the
package.`,
  H0011: `Callbacks given to onDrop() threw.

    const box = heaplet.box('i32', 1);
    box.onDrop(() => {
      throw new Error('mine');
    });
    box.drop();                     // H0011

Everything was dropped all the same; error.errors has what they threw.`,
  H0012: `A lock was to be waited for by a thread that must not sleep: the main one of a page.

    const shared = await loadShared();
    const mutex = shared.mutex('i32', 1);
    mutex.lock();                   // H0012, on a page's main thread

It is refused also when the lock is free, lest it fails on another day. Use await mutex.lockAsync(), or
mutex.tryLock(), which is null when the lock is taken.`,
  H0013: `A lock is poisoned: a holder threw inside of with(), or its thread died, while it could write.

    const shared = await loadShared();
    const mutex = shared.mutex('i32', 1);
    try {
      mutex.with(() => {
        throw new Error('mine');
      });
    } catch {}
    mutex.lock();                   // H0013

The value may be half changed. Make sure that it is whole, then mutex.clearPoison().`,
  H0014: `A thread died in the middle of changing the shared memory, which cannot be used any more.

    const shared = await loadShared();
    const seat = shared.seat();
    // … the thread that had the seat was terminated inside of the module
    shared.reclaim(seat);
    shared.arc('i32', 1);           // H0014

Let threads end by themselves, or terminate them between messages only.`,
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
