// SPDX-License-Identifier: MIT
import { describe, expect, test } from '@jest/globals';
import { Layout, arrayOf, owned, text } from '../../js/slim.js';
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
    expect(errorOf(() => item.value).code).toBe('E0597');
    expect(errorOf(() => view.x).code).toBe('E0597');
    expect(errorOf(() => arena.create('i32')).code).toBe('E0382');
  });

  test('refuses what it would have to drop, and odd sizes', () => {
    const arena = heaplet().arena();
    expect(errorOf(() => arena.create(Layout.of({ a: owned('i32') }))).code).toBe('H0006');
    expect(errorOf(() => heaplet().arena({ chunkBytes: NaN })).code).toBe('H0006');
    expect(errorOf(() => arena.rewind({})).code).toBe('H0006');
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

  test('ends views into its items with them', () => {
    const arena = heaplet().arena();
    const mark = arena.checkpoint();
    const list = arena.create(arrayOf('i32'), [1, 2]).value;
    const point = arena.create(Point).value;
    arena.rewind(mark);
    // The same memory, used again.
    const next = arena.create(arrayOf('i32'), [3, 4]).value;
    expect(errorOf(() => list.at(0)).code).toBe('E0597');
    expect(errorOf(() => (point.x = 1)).code).toBe('E0597');
    expect(next.toArray()).toEqual([3, 4]);
    arena.reset();
    expect(errorOf(() => next.at(0)).code).toBe('E0597');
    arena.drop();
  });

  test('moves with its items', () => {
    const first = heaplet().arena();
    const mark = first.checkpoint();
    const item = first.create('i32', 1);
    const second = first.move();
    expect(item.value).toBe(1);
    expect(errorOf(() => first.create('i32')).code).toBe('E0382');
    second.rewind(mark);
    expect(item.isAlive).toBe(false);
    const other = second.create('i32', 2);
    heaplet().scope((scope) => scope.own(second));
    expect(errorOf(() => other.value).code).toBe('E0597');
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
    expect(errorOf(() => heaplet().slab(text, 5)).code).toBe('H0006');
    expect(errorOf(() => heaplet().slab(Point, 0)).code).toBe('H0006');
    expect(errorOf(() => heaplet().slab(Point, 1e9)).code).toBe('H0006');
  });

  test('ends views of a value with it', () => {
    const slab = heaplet().slab(Point, 1);
    const key = slab.insert({ x: 1 });
    const view = slab.at(key);
    slab.remove(key);
    slab.insert({ x: 2 });
    expect(errorOf(() => view.x).code).toBe('E0597');
    slab.drop();
  });

  test('holds scalars and arrays of one length, too', () => {
    const numbers = heaplet().slab('i32', 2);
    const key = numbers.insert(7);
    expect([numbers.at(key), numbers.set(key, 8), numbers.at(key)]).toEqual([7, true, 8]);
    numbers.remove(key);
    expect(numbers.set(key, 9)).toBe(false);
    numbers.drop();
    const triples = heaplet().slab(arrayOf('u16', 3), 2);
    expect(triples.at(triples.insert([1, 2, 3])).toArray()).toEqual([1, 2, 3]);
    triples.drop();
  });

  test('is shown by its name in reports, and ends with a scope', () => {
    const slab = heaplet().slab(Point, 2);
    expect(heaplet().leakReport()).toMatchObject([{ type: 'Slab<Point>', bytes: 16 }]);
    const view = slab.at(slab.insert());
    heaplet().scope((scope) => scope.own(slab));
    expect(errorOf(() => view.x).code).toBe('E0597');
  });
});

describe('a Pool', () => {
  test('gives each value an owner', () => {
    const pool = heaplet().pool(Point, 3);
    const first = pool.create({ x: 1 });
    const second = pool.create({ x: 2 });
    first.value.y = 5;
    expect([first.value.x, first.value.y, second.value.x]).toEqual([1, 5, 2]);
    first.value = { x: 9 };
    expect([first.value.x, pool.size, pool.capacity]).toEqual([9, 2, 3]);
    first.drop();
    expect(errorOf(() => first.value).code).toBe('E0382');
    expect(errorOf(() => first.drop()).code).toBe('E0382');
    first[Symbol.dispose]();
    second[Symbol.dispose]();
    expect(pool.size).toBe(0);
    pool.drop();
  });

  test('uses a cell again without mistaking the old value for the new', () => {
    const pool = heaplet().pool('i32', 1);
    const old = pool.create(1);
    old.drop();
    const fresh = pool.create(2);
    expect([old.isAlive, fresh.isAlive, fresh.value]).toEqual([false, true, 2]);
    expect(errorOf(() => pool.create(3)).code).toBe('H0001');
    pool.drop();
    expect(errorOf(() => fresh.value).code).toBe('E0597');
    expect(errorOf(() => pool.create(1)).code).toBe('E0382');
  });

  test('ends what was made since a checkpoint, last first', () => {
    const Holder = Layout.of({ held: owned('i32') }, 'Holder');
    const ended = [];
    const held = (name) =>
      heaplet()
        .box('i32', 1)
        .onDrop(() => ended.push(name));
    const pool = heaplet().pool(Holder, 10);
    const kept = pool.create({ held: held('a') });
    const mark = pool.checkpoint();
    const lost = ['b', 'c', 'd'].map((name) => pool.create({ held: held(name) }));
    pool.rewind(mark);
    expect(ended).toEqual(['d', 'c', 'b']);
    expect([kept.isAlive, lost[0].isAlive, pool.size]).toEqual([true, false, 1]);
    expect(errorOf(() => lost[0].value).code).toBe('E0597');
    expect(errorOf(() => pool.rewind({})).code).toBe('H0006');
    pool.reset();
    expect(ended).toEqual(['d', 'c', 'b', 'a']);
    pool.create({ held: held('e') });
    pool.drop();
    expect(ended.at(-1)).toBe('e');
  });

  test('survives the growth of memory', () => {
    const pool = heaplet().pool('f64', 4);
    const item = pool.create(1.5);
    growMemory(heaplet());
    expect([item.isAlive, item.value]).toEqual([true, 1.5]);
    growMemory(heaplet());
    item.value = 2.5;
    growMemory(heaplet());
    const other = pool.create(3.5);
    expect([item.value, other.value]).toEqual([2.5, 3.5]);
    growMemory(heaplet());
    item.drop();
    pool.drop();
  });
});
