// SPDX-License-Identifier: MIT
//
// What TypeScript knows about ownership. Compiled, not run: a line under @ts-expect-error must not
// compile, every other must.

import { Layout, Weak, arrayOf, drop, loadHeaplet, owned, text } from '../../js/raw.js';

const heaplet = await loadHeaplet();

// Values have the types that their scalars have in JavaScript.
const count: number = heaplet.box('i32', 1).value;
const big: bigint = heaplet.rc('u64', 1n).value;
const flag: boolean = heaplet.cell('bool', true).get();
const words: string = heaplet.box(text, 'words').value;
const first: number = heaplet.box(arrayOf('u8'), [1]).value.at(0);

// So have the fields of structs.
const Point = Layout.of({ x: 'f32', id: 'u64', next: owned('i32') });
const point = heaplet.box(Point, { x: 1 });
const id: bigint = point.value.id;
point.value.x = 2;
// @ts-expect-error the field is a number
point.value.x = '2';
// @ts-expect-error there is no such field
point.value.z = 2;

// What makes a value must fit its type.
// @ts-expect-error
heaplet.box('i32', '1');
// @ts-expect-error
heaplet.box('u64', 1);
// @ts-expect-error there is no such type
heaplet.box('i33', 1);

// A dropped value is never again.
export function dropped() {
  const box = heaplet.box('i32', 1);
  drop(box);
  // @ts-expect-error
  return box.value;
}

// A Weak is not a value, and upgrading it may fail.
const weak: Weak = heaplet.rc('i32', 1).downgrade();
// @ts-expect-error
weak.value;
const observer = heaplet.rc('i32', 1).downgrade();
// @ts-expect-error it may be null
observer.upgrade().value;
const upgraded: number | undefined = observer.upgrade()?.value;

// What is shared is not assigned to.
// @ts-expect-error
heaplet.rc('i32', 1).value = 2;

// Insides are not for use.
// @ts-expect-error
point._slot;

export { big, count, first, flag, id, upgraded, words };
