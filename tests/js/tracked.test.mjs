// SPDX-License-Identifier: MIT
import { expect, test } from '@jest/globals';
import { Layout, Text, arrayOf, owned, text, tracked } from '../../js/slim.js';
import { errorOf, load, sharedHeaplet } from './support.mjs';

const heaplet = sharedHeaplet();

test('a tracked type counts what is alive and what ever was', async () => {
  const own = await load();
  const Price = tracked('f64', 'Price');
  const Name = tracked(text, 'Name');
  const prices = [own.box(Price, 1), own.rc(Price, 2), own.cell(Price)];
  const name = own.box(Name, 'größer');
  own.box('f64', 3).drop();
  prices[1].clone().drop();
  expect(own.typeStats()).toEqual([
    { type: 'Price', liveCount: 3, liveBytes: 24, totalCount: 3, totalBytes: 24 },
    { type: 'Name', liveCount: 1, liveBytes: 8, totalCount: 1, totalBytes: 8 },
  ]);
  for (const price of prices) price.drop();
  own.box(Price, 4).drop();
  expect(own.typeStats()[0]).toEqual({
    type: 'Price',
    liveCount: 0,
    liveBytes: 0,
    totalCount: 4,
    totalBytes: 32,
  });
  expect(heaplet().typeStats()).toEqual([]);
  name.drop();
});

test('a tracked type is otherwise like its own', () => {
  const Point = tracked(Layout.of({ x: 'f32', y: 'f32' }), 'Point');
  const point = heaplet().box(Point, { x: 1 });
  point.value.y = 2;
  expect([point.value.x, point.value.y]).toEqual([1, 2]);
  expect(`${point}`).toMatch(/^Box#\d+v\d+ <Point>$/);
  const Holder = Layout.of({ point: owned(Point) }, 'Holder');
  const holder = heaplet().box(Holder, { point });
  expect(heaplet().typeStats()[0].liveCount).toBe(1);
  holder.drop();
  expect(heaplet().typeStats()[0].liveCount).toBe(0);

  const word = heaplet().box(tracked(text), 'word');
  expect(word.view()).toBeInstanceOf(Text);
  word.value = 'form';
  expect(word.value).toBe('form');
  word.drop();
  const list = heaplet().rc(tracked(arrayOf('u8')), [1, 2]);
  expect(list.value.toArray()).toEqual([1, 2]);
  list.drop();
});

test('what is refused is not counted, and arenas and pools count as themselves', () => {
  const Small = tracked('u8', 'Small');
  expect(errorOf(() => heaplet().box(Small, 256)).code).toBe('H0006');
  const arena = heaplet().arena();
  arena.create(Small, 1);
  const pool = heaplet().pool(Small, 2);
  pool.create(1);
  expect(heaplet().typeStats()).not.toContain('Small');
  pool.drop();
  arena.drop();
  expect(errorOf(() => tracked('i33')).code).toBe('H0006');
  expect(errorOf(() => tracked('i32', 7)).code).toBe('H0006');
});
