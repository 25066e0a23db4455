// SPDX-License-Identifier: MIT
//
// The boundary between a program and the module, as an attacker or a careless caller meets it. Whatever
// comes in, an error with a code comes out, nothing is changed, and everything goes on working.
// hostile.test.mjs has what runs code of its own.

import { describe, expect, test } from '@jest/globals';
import {
  Box,
  Bundle,
  HeapletError,
  Layout,
  Rc,
  Slice,
  arrayOf,
  bytes,
  drop,
  move,
  owned,
  text,
  weak,
} from '../../js/slim.js';
import { errorOf, load, sharedHeaplet, staysUsable } from './support.mjs';

const heaplet = sharedHeaplet();
staysUsable(heaplet);
const Point = Layout.of({ x: 'f32', y: 'f32' }, 'Point');
const Pair = Layout.of({ a: owned('i32'), b: owned('i32') }, 'Pair');

const refusing = {
  valueOf() {
    throw new TypeError('valueOf ran');
  },
  toString() {
    throw new TypeError('toString ran');
  },
  [Symbol.toPrimitive]() {
    throw new TypeError('toPrimitive ran');
  },
};
/** Values that are no number, index, size, type or owner. */
const WRONG = [
  undefined,
  null,
  NaN,
  Infinity,
  -Infinity,
  -1,
  0.5,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  1e308,
  '1',
  '',
  true,
  1n,
  -1n,
  Symbol('s'),
  {},
  [],
  [1],
  () => 1,
  refusing,
  Object.create(null),
  new Date(0),
  new Number(1),
];

const ARRAYS = WRONG.filter(Array.isArray);

/** Runs `body` with each wrong value: it throws an error of heaplet's, whose text can be made. */
function refuses(body, except = []) {
  for (const value of WRONG) {
    if (except.includes(value)) continue;
    const error = errorOf(() => body(value));
    if (!(error instanceof HeapletError)) throw error;
    expect(error.message).toMatch(/^error\[[EH]\d{4}\]: /);
  }
}

describe('wrong values', () => {
  const numbers = [NaN, Infinity, -Infinity, -1, 0.5, 2 ** 31, 2 ** 32, 2 ** 53, 1e308];

  test.each(['i8', 'u8', 'i16', 'u16'])('are no %s', (type) => {
    const box = heaplet().box(type, 7);
    refuses((value) => (box.value = value), type[0] === 'i' ? [-1] : []);
    expect([7, -1]).toContain(box.value);
    refuses(
      (value) => heaplet().box(type, value).drop(),
      [undefined, ...(type[0] === 'i' ? [-1] : [])],
    );
    box.drop();
  });

  test('are no i64, bool, f64 or text', () => {
    for (const [type, init, right] of [
      ['i64', 7n, [1n, -1n]],
      ['bool', true, [true]],
      ['f64', 1, [...numbers]],
      [text, 'x', ['1', '']],
    ]) {
      const box = heaplet().box(type, init);
      refuses((value) => (box.value = value), right);
      box.drop();
    }
  });

  test('are no type', () => {
    for (const make of ['box', 'rc', 'cell', 'refCell']) refuses((type) => heaplet()[make](type));
    refuses((type) => heaplet().slab(type, 1));
    refuses((type) => heaplet().pool(type, 1));
    refuses((type) => arrayOf(type));
    refuses((type) => Layout.of({ field: type }));
    const arena = heaplet().arena();
    refuses((type) => arena.create(type));
    arena.drop();
  });

  test('are no length, capacity, size or address', () => {
    refuses((length) => heaplet().box(bytes, length), [undefined, ...ARRAYS]);
    expect(errorOf(() => heaplet().box(bytes, ['1'])).code).toBe('H0006');
    refuses((length) => heaplet().box(arrayOf('f64'), length), [undefined, ...ARRAYS]);
    refuses((length) => arrayOf('i32', length), [undefined]);
    refuses((capacity) => heaplet().slab(Point, capacity));
    refuses((capacity) => heaplet().pool(Point, capacity));
    refuses((chunkBytes) => heaplet().arena({ chunkBytes }), [undefined]);
    const { unsafe } = heaplet();
    refuses((size) => unsafe.allocate(size));
    refuses((address) => unsafe.bytes(address, 1));
    refuses((length) => unsafe.bytes(0, length));
    refuses((address) => unsafe.deallocate(address, 8));
    refuses((address) => unsafe.adopt(address, { bytes: 8, free() {} }));
    refuses((size) => unsafe.adopt(8, { bytes: size, free() {} }));
  });

  test('are no index, range or offset', () => {
    const box = heaplet().box(bytes, [1, 2, 3]);
    const slice = box.value;
    refuses((index) => slice.at(index));
    refuses((index) => slice.set(index, 1));
    refuses((start) => slice.slice(start), [undefined]);
    refuses((end) => slice.slice(0, end), [undefined]);
    refuses((value) => slice.fill(value));
    refuses((source) => slice.copyFrom(source), ARRAYS);
    refuses((start) => slice.copyFrom([1], start), [undefined]);
    expect(slice.toArray()).toEqual([1, 2, 3]);
    box.drop();
    const word = heaplet().box(text, 'abc');
    refuses((start) => word.view().slice(start), [undefined]);
    word.drop();
  });

  test('are no owner, key, checkpoint, function or set of fields', () => {
    refuses((value) => drop(value));
    refuses((value) => move(value));
    refuses((value) => heaplet().unsafe.addressOf(value));
    refuses((value) => heaplet().unsafe.release(value));
    refuses((value) => new Bundle(value, () => null));
    refuses((value) => heaplet().own(value), []);
    refuses(
      (value) => heaplet().scope(value),
      [WRONG.find((value) => typeof value === 'function')],
    );
    heaplet().scope((scope) => {
      refuses((value) => scope.own(value));
      refuses((value) => scope.escape(value));
    });
    const slab = heaplet().slab(Point, 2);
    refuses((key) => slab.at(key), [2 ** 31, 2 ** 32]);
    refuses((checkpoint) => slab.rewind(checkpoint));
    slab.drop();
    const arena = heaplet().arena();
    refuses((checkpoint) => arena.rewind(checkpoint));
    arena.drop();
    const objects = WRONG.filter((value) => typeof value === 'object' && value !== null);
    refuses((fields) => heaplet().box(Point, fields), [undefined, ...objects]);
    const pair = heaplet().box(Pair);
    refuses((value) => (pair.value.a = value), [null]);
    pair.drop();
    refuses((fields) => Layout.of(fields));
  });
});

describe('forged handles', () => {
  test('made from numbers find nothing', () => {
    const slab = heaplet().slab(Point, 8);
    const key = slab.insert();
    for (let forged = 0; forged < 1000; forged++) expect(slab.at(forged)).toBe(null);
    for (const forged of [key + 1, key - 1, key + 2 ** 21, key * 2, 2 ** 53 - 1]) {
      expect(slab.at(forged)).toBe(null);
      expect(slab.remove(forged)).toBe(false);
    }
    expect(slab.size).toBe(1);
    slab.drop();
  });

  test('copied by a spread or a clone do not free twice', () => {
    const box = heaplet().box('i32', 1);
    const copy = Object.assign(Object.create(Box.prototype), box);
    box.drop();
    const next = heaplet().box('i32', 2);
    expect(errorOf(() => copy.value).code).toBe('E0382');
    expect(errorOf(() => copy.drop()).code).toBe('E0382');
    expect(next.value).toBe(2);
    next.drop();
    expect({ ...box }.value).toBe(undefined);
  });

  test('without an instance are no owners', () => {
    const forged = Object.create(Rc.prototype);
    expect(() => forged.value).toThrow();
    expect(() => drop(forged)).toThrow();
    expect(() => heaplet().unsafe.addressOf(forged)).toThrow();
    expect(() => new Slice().at(0)).toThrow();
  });

  test('of another instance are refused wherever they are handed in', async () => {
    const other = await load();
    const foreign = other.rc('i32', 1);
    const pair = heaplet().box(Pair);
    expect(errorOf(() => (pair.value.a = foreign)).code).toBe('H0004');
    expect(errorOf(() => heaplet().box(Pair, { a: foreign })).code).toBe('H0004');
    expect(errorOf(() => heaplet().unsafe.addressOf(foreign)).code).toBe('H0004');
    const own = heaplet().rc('i32', 1);
    expect(own.is(foreign)).toBe(false);
    const arena = heaplet().arena();
    const theirs = other.arena();
    expect(errorOf(() => arena.rewind(theirs.checkpoint())).code).toBe('H0006');
    for (const owner of [theirs, arena, own, pair, foreign]) owner.drop();
    expect(other.liveValues()).toEqual([]);
  });

  test('of a type that only looks alike are refused', () => {
    const Holder = Layout.of({ strong: owned('i32'), weak: weak('i32') }, 'Holder');
    const holder = heaplet().box(Holder);
    const float = heaplet().rc('f32', 1);
    expect(errorOf(() => (holder.value.strong = float)).code).toBe('H0006');
    expect(errorOf(() => (holder.value.weak = float)).code).toBe('H0006');
    expect(errorOf(() => (holder.value.weak = float.downgrade())).code).toBe('H0006');
    const twice = heaplet().rc('i32', 1);
    const error = errorOf(() => heaplet().box(Pair, { a: twice, b: twice }));
    expect(error.code).toBe('E0382');
    expect(twice.value).toBe(1);
    for (const owner of [holder, float, twice]) owner.drop();
  });
});
