// SPDX-License-Identifier: MIT
import { describe, expect, test } from '@jest/globals';
import { Layout, arrayOf, owned, text } from '../../js/raw.js';
import { errorOf, growMemory, sharedHeaplet } from './support.mjs';

const heaplet = sharedHeaplet();
const Point = Layout.of({ x: 'f32', y: 'f32' }, 'Point');

describe('an Arena', () => {
  test('holds values of every type', () => {
    const arena = heaplet().arena();
    const number = arena.create('i32', 7);
    const name = arena.create(text, 'name');
    const point = arena.create(Point, { x: 1 });
    const list = arena.create(arrayOf('f64'), [1, 2]);
    number.value += 1;
    expect([number.value, name.value, point.value.x]).toEqual([8, 'name', 1]);
    expect(list.value.toArray()).toEqual([1, 2]);
    expect(arena.usedBytes).toBeGreaterThanOrEqual(4 + 4 + 8 + 16);
    arena.drop();
  });

  test('forgets what was made since a checkpoint', () => {
    const arena = heaplet().arena({ chunkBytes: 64 });
    const kept = arena.create('i32', 1);
    const mark = arena.checkpoint();
    const used = arena.usedBytes;
    const lost = Array.from({ length: 100 }, (_, i) => arena.create('i32', i));
    arena.rewind(mark);
    expect(arena.usedBytes).toBe(used);
    expect(kept.value).toBe(1);
    expect(errorOf(() => lost[0].value).code).toBe('E0597');
    expect(errorOf(() => arena.rewind(mark)).code).toBe('H0006');
    arena.drop();
  });

  test('keeps its memory over a reset', () => {
    const arena = heaplet().arena({ chunkBytes: 64 });
    const item = arena.create(arrayOf('u8'), 1000);
    const capacity = arena.capacityBytes;
    arena.reset();
    expect(errorOf(() => item.value).code).toBe('E0597');
    arena.create(arrayOf('u8'), 1000);
    expect(arena.capacityBytes).toBe(capacity);
    arena.drop();
  });

  test('gives zeroed memory, also where other items were', () => {
    const arena = heaplet().arena();
    arena.create(arrayOf('u8'), 100).value.fill(255);
    arena.reset();
    expect(
      arena
        .create(arrayOf('u8'), 100)
        .value.toArray()
        .every((byte) => byte === 0),
    ).toBe(true);
    arena.drop();
  });

  test('ends its items with itself', () => {
    const arena = heaplet().arena();
    const item = arena.create('i32', 1);
    const { value: view } = arena.create(Point);
    arena.drop();
    expect(errorOf(() => item.value).code).toBe('E0382');
    expect(errorOf(() => view.x).code).toBe('E0597');
    expect(errorOf(() => arena.create('i32')).code).toBe('E0382');
  });

  test('refuses what it would have to drop, odd sizes, and moves', () => {
    const arena = heaplet().arena();
    expect(errorOf(() => arena.create(Layout.of({ a: owned('i32') }))).code).toBe('H0006');
    expect(errorOf(() => heaplet().arena({ chunkBytes: NaN })).code).toBe('H0006');
    expect(errorOf(() => arena.rewind({})).code).toBe('H0006');
    expect(errorOf(() => arena.move()).code).toBe('E0505');
    for (let i = 0; i < 64; i++) arena.checkpoint();
    expect(errorOf(() => arena.checkpoint()).code).toBe('H0006');
    arena.drop();
  });

  test('survives the growth of memory', () => {
    const arena = heaplet().arena();
    const item = arena.create('i32', 5);
    growMemory(heaplet());
    expect(item.value).toBe(5);
    growMemory(heaplet());
    expect(arena.create('i32', 6).value).toBe(6);
    arena.drop();
  });
});

describe('a Slab', () => {
  test('finds values by key, and nothing by a stale one', () => {
    const slab = heaplet().slab(Point, 10);
    const first = slab.insert({ x: 1 });
    const second = slab.insert({ x: 2 });
    expect([slab.at(first).x, slab.at(second).x, slab.size]).toEqual([1, 2, 2]);
    expect(slab.remove(first)).toBe(true);
    expect(slab.remove(first)).toBe(false);
    expect([slab.at(first), slab.has(first), slab.has(second)]).toEqual([null, false, true]);
    slab.drop();
  });

  test('tells an old key from a new one to the same slot', () => {
    const slab = heaplet().slab(Point, 1);
    const old = slab.insert({ x: 1 });
    slab.remove(old);
    const fresh = slab.insert();
    expect(fresh).not.toBe(old);
    expect(slab.at(old)).toBe(null);
    expect(slab.at(fresh).x).toBe(0);
    slab.drop();
  });

  test('is full at its capacity, and goes on after a removal', () => {
    const slab = heaplet().slab(Point, 2);
    const first = slab.insert();
    slab.insert();
    expect(errorOf(() => slab.insert()).code).toBe('H0001');
    slab.remove(first);
    slab.insert();
    expect([slab.size, slab.capacity]).toEqual([2, 2]);
    slab.drop();
  });

  test('is not changed by a refused value', () => {
    const slab = heaplet().slab(Point, 2);
    expect(errorOf(() => slab.insert({ x: 'a' })).code).toBe('H0006');
    expect(slab.size).toBe(0);
    expect([...slab.keys()]).toEqual([]);
    slab.drop();
  });

  test('lists and forgets its keys', () => {
    const slab = heaplet().slab(Point, 5);
    const keys = [slab.insert(), slab.insert(), slab.insert()];
    slab.remove(keys[1]);
    expect([...slab.keys()]).toEqual([keys[0], keys[2]]);
    slab.reset();
    expect([...slab.keys(), slab.size]).toEqual([0]);
    expect(slab.has(keys[0])).toBe(false);
    slab.drop();
  });

  test('refuses what is no key and no layout', () => {
    const slab = heaplet().slab(Point, 5);
    for (const key of [null, -1, 1.5, NaN, '1', {}]) {
      expect(errorOf(() => slab.at(key)).code).toBe('H0006');
    }
    slab.drop();
    expect(errorOf(() => slab.insert()).code).toBe('E0382');
    expect(errorOf(() => heaplet().slab('i32', 5)).code).toBe('H0006');
    expect(errorOf(() => heaplet().slab(Point, 0)).code).toBe('H0006');
    expect(errorOf(() => heaplet().slab(Point, 1e9)).code).toBe('H0006');
  });
});
