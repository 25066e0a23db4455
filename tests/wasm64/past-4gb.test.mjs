// SPDX-License-Identifier: MIT
//
// JavaScript's values past 4 GiB, in a module for wasm64: each sort of owner and view, at addresses of more
// than 32 bits, and slots of more than 31.

import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { loadHeap } from '../../js/raw.js';
import { Layout, arrayOf, bytes, owned, text, tracked, weak } from '../../js/slim.js';
import { errorOf, load, modulePath } from '../js/support.mjs';
import { takeBelow } from './below.mjs';

const GIB = 2 ** 30;

/** An instance whose next values lie past so many GiB. */
async function loadPast(gib, options) {
  const heaplet = await load(options);
  takeBelow(heaplet, gib);
  const addressOf = (owner) => {
    const address = heaplet.unsafe.addressOf(owner);
    expect(address).toBeGreaterThan(gib * GIB);
    return address;
  };
  return { heaplet, addressOf };
}

const SCALARS = {
  i8: [-128, 127],
  u8: [0, 255],
  i16: [-32768, 32767],
  u16: [0, 65535],
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
  f32: [-1.5, 0.25],
  f64: [Math.PI, -1e300],
  i64: [-(2n ** 63n), 2n ** 63n - 1n],
  u64: [0n, 2n ** 64n - 1n],
  bool: [true, false],
};

describe.each([4, 9, 14])('past %d GiB', (gib) => {
  test.each(Object.entries(SCALARS))('%s is read and written', async (type, values) => {
    const { heaplet, addressOf } = await loadPast(gib);
    // The table's first block lies below: its 72 slots and more.
    const boxes = Array.from({ length: 200 }, () => heaplet.box(type, values[0]));
    addressOf(boxes[199]);
    boxes[199].value = values[1];
    expect(boxes.map(({ value }) => value)).toEqual([...Array(199).fill(values[0]), values[1]]);
    expect(errorOf(() => (boxes[199].value = 'no')).code).toBe('H0006');
    const array = heaplet.box(arrayOf(type), values);
    addressOf(array);
    expect(array.value.toArray()).toEqual(values);
    array.value.set(0, values[1]);
    array.value.slice(1).fill(values[0]);
    array.value.copyFrom(array.value.toArray());
    expect(array.value.toArray()).toEqual([values[1], values[0]]);
    expect(errorOf(() => array.value.at(2)).code).toBe('H0002');
    expect(errorOf(() => array.value.set(0, 'no')).code).toBe('H0006');
    const Struct = Layout.of({ before: 'u8', field: type });
    const struct = heaplet.box(Struct, { before: 1, field: values[0] });
    addressOf(struct);
    struct.value.field = values[1];
    expect(struct.value.toJSON()).toEqual({ before: 1, field: values[1] });
    const cell = heaplet.refCell(type, values[0]);
    addressOf(cell);
    const guard = cell.borrowMut();
    guard.value = values[1];
    guard.drop();
    expect(cell.with((value) => value)).toEqual(values[1]);
    for (const owner of [...boxes, array, struct, cell]) owner.drop();
    expect(heaplet.liveValues()).toEqual([]);
  });

  test('owners are shared, moved, observed and ended by scopes', async () => {
    const { heaplet, addressOf } = await loadPast(gib, { diagnostics: 'full' });
    const ended = [];
    heaplet.scope((scope) => {
      for (let i = 0; i < 200; i++) {
        scope.own(heaplet.box('i32', i).onDrop(() => ended.push(i)));
      }
    });
    expect(ended).toEqual(Array.from({ length: 200 }, (_, i) => 199 - i));
    const Node = Layout.of({ next: owned(() => Node), back: weak(() => Node) }, 'Node');
    const first = heaplet.rc(Node, { next: heaplet.rc(Node) });
    addressOf(first);
    first.value.next.back = first;
    expect(heaplet.ownershipGraph().edges).toHaveLength(1);
    const observer = first.downgrade();
    const moved = first.clone().move();
    first.drop();
    expect(observer.upgrade()?.drop()).toBe(undefined);
    moved.drop();
    expect(observer.upgrade()).toBe(null);
    observer.drop();
    const message = errorOf(() => moved.value).message;
    expect(message).toMatch(/cannot use dropped value: Rc#\d+v\d+ <Node>/);
    expect(message).toContain('past-4gb.test.mjs');
    expect(heaplet.leakReport()).toEqual([]);
    expect(heaplet.stats()).toMatchObject({ liveCount: 0, liveBytes: 0 });
  });

  test('circles are found and ended', async () => {
    const { heaplet } = await loadPast(gib);
    const spare = Array.from({ length: 100 }, () => heaplet.box('u8'));
    const Node = Layout.of({ other: owned(() => Node) }, 'Node');
    const [a, b] = [heaplet.rc(Node), heaplet.rc(Node)];
    a.value.other = b.clone();
    b.value.other = a.clone();
    a.drop();
    b.drop();
    expect(heaplet.findCycles()).toHaveLength(1);
    expect(heaplet.collectCycles()).toMatchObject({ count: 2 });
    for (const box of spare) box.drop();
    expect(heaplet.liveValues()).toEqual([]);
  });

  test('arenas, pools and slabs hold values', async () => {
    const { heaplet, addressOf } = await loadPast(gib);
    const Point = Layout.of({ x: 'f32', y: 'f32' });
    const arena = heaplet.arena({ chunkBytes: 65536 });
    addressOf(arena);
    const kept = arena.create(Point, { x: 1, y: 2 });
    const mark = arena.checkpoint();
    const items = Array.from({ length: 10_000 }, (_, i) => arena.create('f64', i));
    expect(items.reduce((sum, { value }) => sum + value, 0)).toBe(49_995_000);
    expect(arena.usedBytes).toBeGreaterThan(80_000);
    expect(arena.capacityBytes).toBeGreaterThan(arena.usedBytes);
    arena.rewind(mark);
    expect(errorOf(() => items[0].value).code).toBe('E0597');
    expect(kept.value.y).toBe(2);
    const pool = heaplet.pool(Point, 1000);
    addressOf(pool);
    const points = Array.from({ length: 1000 }, (_, i) => pool.create({ x: i, y: -i }));
    points[7].value.x = 0.5;
    expect(points[7].value.toJSON()).toEqual({ x: 0.5, y: -7 });
    const slab = heaplet.slab('u32', 1000);
    addressOf(slab);
    const keys = Array.from({ length: 1000 }, (_, i) => slab.insert(i));
    expect(slab.at(keys[999])).toBe(999);
    expect(slab.remove(keys[999])).toBe(true);
    expect(slab.at(keys[999])).toBe(null);
    for (const owner of [arena, pool, slab]) owner.drop();
    expect(errorOf(() => points[0].value).code).toBe('E0597');
    expect(heaplet.liveValues()).toEqual([]);
  });

  test('texts, bytes, tracked types and memory of others', async () => {
    const { heaplet, addressOf } = await loadPast(gib);
    const string = heaplet.rc(text, 'né '.repeat(1000));
    addressOf(string);
    expect(string.view().slice(0, 3).toString()).toBe('né');
    const large = heaplet.box(bytes, 100_000_000);
    addressOf(large);
    large.value.set(99_999_999, 7);
    expect(heaplet.unsafe.bytes(addressOf(large) + 99_999_999, 1)).toEqual(new Uint8Array([7]));
    const price = heaplet.cell(tracked('f64', 'Price'), 1.5);
    price.set(2.5);
    expect([price.get(), heaplet.typeStats()[0].liveCount]).toEqual([2.5, 1]);
    const address = heaplet.unsafe.allocate(80);
    expect(address).toBeGreaterThan(gib * GIB);
    const freed = [];
    const free = (at) => freed.push(at);
    const foreign = heaplet.unsafe.adopt(address, { bytes: 80, free, type: arrayOf('f64') });
    foreign.value.fill(0.5);
    expect(foreign.value.toArray()).toEqual(Array(10).fill(0.5));
    foreign.drop();
    expect(freed).toEqual([address]);
    heaplet.unsafe.deallocate(address, 80);
    for (const owner of [string, large, price]) owner.drop();
    expect(heaplet.liveValues()).toEqual([]);
  });
});

test('the table counts more than 4 GiB of living values', async () => {
  const heaplet = await load();
  // Of the module's own making, so that 6 GiB of zeros need not be written.
  const free = () => {};
  const start = heaplet.unsafe.allocate(2 ** 31 - 1);
  const values = [0, 1, 2].map((i) =>
    heaplet.unsafe.adopt(start + i, { bytes: 2 ** 31 - 1 - i, free }),
  );
  expect(heaplet.stats()).toMatchObject({ liveCount: 3, liveBytes: 3 * (2 ** 31 - 1) - 3 });
  for (const value of values) value.drop();
});

test('heaplet/raw, which is for wasm32, says so', async () => {
  await expect(loadHeap(await readFile(modulePath))).rejects.toMatchObject({ code: 'H0010' });
});
