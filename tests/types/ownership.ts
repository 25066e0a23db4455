// SPDX-License-Identifier: MIT
//
// What TypeScript knows about ownership. Compiled, not run: a line under @ts-expect-error must not
// compile, every other must.

import {
  Box,
  Bundle,
  Layout,
  Rc,
  Weak,
  arrayOf,
  drop,
  loadHeaplet,
  move,
  owned,
  text,
  tracked,
} from '../../js/slim.js';
import type { Attached } from '../../js/attach.js';

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

// Nor is a Weak handed to what wants an owner.
const takesOwner = (owner: Rc<number>) => owner.value;
const shared = heaplet.rc('i32', 1);
takesOwner(shared);
// @ts-expect-error
takesOwner(shared.downgrade());
// @ts-expect-error
drop<Rc<number>>(shared.downgrade());

// A guard, an item and a foreign value are dropped as owners are.
export function droppedItem() {
  const item = heaplet.pool('f64', 4).create(1);
  const amount: number = item.value;
  drop(item);
  // @ts-expect-error
  return amount + item.value;
}

// A shared borrow is not assigned to, and what moves keeps its type.
const cell = heaplet.refCell(Point, { x: 1 });
const x: number = cell.with((its) => its.x);
const moved: Box<number> = move(heaplet.box('i32', 1));

// Slabs and pools know what they hold.
const slab = heaplet.slab(Point, 4);
const key: number = slab.insert({ x: 1 });
// @ts-expect-error it may be gone
slab.at(key).x;
const found: number | undefined = slab.at(key)?.x;
// @ts-expect-error
slab.insert({ x: '1' });
heaplet.pool(arrayOf('u8', 3), 2).create([1, 2, 3]).value.at(0);

// A tracked type is like its own.
const Price = tracked('f64', 'Price');
const price: number = heaplet.box(Price, 1).value;
// @ts-expect-error
heaplet.box(Price, '1');

// A scope gives back what it owns as it is; disposable things alone are owned.
const scoped: number = heaplet.scope((scope) => scope.own(heaplet.box('i32', 1)).value);
// @ts-expect-error
heaplet.scope((scope) => scope.own({}));
{
  using scope = heaplet.openScope({ backstop: true });
  using box = scope.own(heaplet.box('i32'));
  box.value = 2;
}

// A bundle's views have their type.
const bundle = new Bundle(heaplet.box(text, 'ab'), (its) => ({ head: its.view() }));
bundle.views.head;
// @ts-expect-error
bundle.views.tail;

// Levels are names.
await loadHeaplet({ diagnostics: 'names', backstop: 'sampled' });
// @ts-expect-error
await loadHeaplet({ diagnostics: 'loud' });

// Insides are not for use.
// @ts-expect-error
point._slot;

export { big, count, first, flag, found, id, moved, price, scoped, upgraded, words, x };

// Methods without Embind take an owner of their class, and what the method takes.
interface Track {
  seek(seconds: number): boolean;
  title: string;
}
interface TrackModule {
  Track: { new (title: string): Track; heapletBytes(): number; heapletRaw_seek(): number };
  Other: { new (): object };
}
export function methods(attached: Attached<TrackModule>) {
  const { Track } = attached.classes;
  const track = Track.box('title');
  const found: boolean = Track.methods.seek(track, 1);
  // @ts-expect-error a number of seconds
  Track.methods.seek(track, '1');
  // @ts-expect-error it is called on owners alone
  Track.methods.seek(track.value, 1);
  // @ts-expect-error
  Track.methods.seek(Track.rc('title').downgrade(), 1);
  // @ts-expect-error it was not registered
  Track.methods.title;
  // @ts-expect-error it was not handed over
  attached.classes.Other;
  return found;
}
