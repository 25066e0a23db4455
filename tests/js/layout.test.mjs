// SPDX-License-Identifier: MIT
import { describe, expect, test } from '@jest/globals';
import { Layout, arrayOf, owned, text, weak } from '../../js/slim.js';
import { errorOf, growMemory, load, sharedHeaplet } from './support.mjs';

const heaplet = sharedHeaplet();
const Point = Layout.of({ x: 'f32', y: 'f32' }, 'Point');

describe('a Layout', () => {
  test('places fields as C does, and tells what that costs', () => {
    const layout = Layout.of({ a: 'u8', b: 'u32', c: 'u16' });
    expect(layout.fields.map(({ offset }) => offset)).toEqual([0, 4, 8]);
    expect([layout.bytes, layout.alignment, layout.paddingBytes]).toEqual([12, 4, 5]);
    expect(layout.suggestion).toEqual({ order: ['b', 'c', 'a'], bytes: 8 });
    expect(layout.offsetOf('c')).toBe(8);
  });

  test('refuses fields that make no sense', () => {
    for (const fields of [null, {}, 'x', { a: 'i33' }, { a: text }, { a: arrayOf('i32') }]) {
      expect(errorOf(() => Layout.of(fields)).code).toBe('H0006');
    }
    expect(errorOf(() => Point.offsetOf('z')).code).toBe('H0002');
  });

  test('reads and writes fields in memory', () => {
    const box = heaplet().box(Point, { x: 1 });
    const point = box.value;
    expect([point.x, point.y]).toEqual([1, 0]);
    point.y = 2.5;
    expect(JSON.stringify(box.value)).toBe('{"x":1,"y":2.5}');
    box.value = { x: 9 };
    expect(point.x).toBe(9);
    expect(errorOf(() => (box.value = { z: 1 })).code).toBe('H0002');
    expect(errorOf(() => (point.x = 'a')).code).toBe('H0006');
    box.drop();
    expect(errorOf(() => point.x).code).toBe('E0597');
    expect(errorOf(() => (point.x = 1)).code).toBe('E0597');
  });

  test('is used with several instances', async () => {
    const other = await load();
    const here = heaplet().box(Point, { x: 1 });
    const there = other.box(Point, { x: 2 });
    expect([here.value.x, there.value.x]).toEqual([1, 2]);
    there.drop();
    here.drop();
  });

  test('keeps its views through the growth of memory', () => {
    const box = heaplet().box(Point, { x: 1 });
    const point = box.value;
    growMemory(heaplet());
    expect(point.x).toBe(1);
    growMemory(heaplet());
    point.x = 2;
    expect(point.x).toBe(2);
    box.drop();
  });
});

describe('an owned field', () => {
  const Node = Layout.of(
    { value: 'i32', next: owned(() => Node), parent: weak(() => Node) },
    'Node',
  );

  test('takes a value over and drops it with the struct, in order', () => {
    const Pair = Layout.of({ first: owned('i32'), second: owned('i32') }, 'Pair');
    const ended = [];
    const child = (name) =>
      heaplet()
        .box('i32', 1)
        .onDrop(() => ended.push(name));
    const second = child('second');
    const pair = heaplet().box(Pair, { first: child('first'), second });
    expect(second.isAlive).toBe(false);
    expect(pair.value.first).toBe(1);
    pair.onDrop(() => ended.push('pair'));
    pair.drop();
    expect(ended).toEqual(['pair', 'first', 'second']);
  });

  test('drops what it held when it is assigned to', () => {
    const ended = [];
    const child = heaplet().box(Node, { value: 1 });
    child.onDrop(() => ended.push('first'));
    const node = heaplet().box(Node, { next: child });
    node.value.next = heaplet().box(Node, { value: 2 });
    expect(ended).toEqual(['first']);
    expect(node.value.next.value).toBe(2);
    node.value.next = null;
    expect(node.value.next).toBe(null);
    node.drop();
  });

  test('drops a list of a hundred thousand', () => {
    let head = null;
    for (let i = 0; i < 100_000; i++) head = heaplet().box(Node, { value: i, next: head });
    expect(head.value.next.next.value).toBe(99_997);
    head.drop();
  });

  test('shares what others own too', () => {
    const shared = heaplet().rc('i32', 5);
    const Holder = Layout.of({ held: owned('i32') }, 'Holder');
    const holder = heaplet().box(Holder, { held: shared.clone() });
    expect(shared.strongCount).toBe(2);
    holder.drop();
    expect(shared.strongCount).toBe(1);
    shared.drop();
  });

  test('observes without owning, if it is weak', () => {
    const parent = heaplet().rc(Node, { value: 1 });
    const child = heaplet().rc(Node, { value: 2, parent });
    expect(child.value.parent.value).toBe(1);
    expect(parent.strongCount).toBe(1);
    parent.drop();
    expect(child.value.parent).toBe(null);
    child.drop();
  });

  test('refuses values of another type or another instance', async () => {
    const other = await load();
    const node = heaplet().box(Node);
    const number = heaplet().box('i32', 1);
    const foreign = other.box(Node);
    expect(errorOf(() => (node.value.next = number)).code).toBe('H0006');
    expect(errorOf(() => (node.value.next = foreign)).code).toBe('H0004');
    expect(errorOf(() => (node.value.next = 7)).code).toBe('H0006');
    expect(errorOf(() => (node.value.parent = 7)).code).toBe('H0006');
    for (const box of [node, number, foreign]) box.drop();
  });

  test('shows cycles as paths', () => {
    const first = heaplet().rc(Node, { value: 1 });
    const second = heaplet().rc(Node, { value: 2, next: first.clone() });
    first.value.next = second.clone();
    const [cycle, ...others] = heaplet().findCycles();
    expect(others).toEqual([]);
    expect(cycle).toHaveLength(3);
    expect(cycle[0]).toBe(cycle[2]);
    expect(cycle[0]).toMatch(/^\d+v\d+ <Node>$/);
    first.value.next = null;
    expect(heaplet().findCycles()).toEqual([]);
    second.drop();
    first.drop();
  });
});
