// SPDX-License-Identifier: MIT
import { describe, expect, test } from '@jest/globals';
import {
  Box,
  BorrowError,
  UseAfterFreeError,
  UseAfterMoveError,
  arrayOf,
  bytes,
  drop,
  move,
  text,
} from '../../js/slim.js';
import { errorOf, growMemory, sharedHeaplet } from './support.mjs';

const heaplet = sharedHeaplet();

describe('a Box', () => {
  test.each([
    ['i8', -128, 127],
    ['u8', 0, 255],
    ['i16', -32768, 32767],
    ['u16', 0, 65535],
    ['i32', -(2 ** 31), 2 ** 31 - 1],
    ['u32', 0, 2 ** 32 - 1],
    ['f32', -1.5, 0.25],
    ['f64', Math.PI, -1e300],
    ['i64', -(2n ** 63n), 2n ** 63n - 1n],
    ['u64', 0n, 2n ** 64n - 1n],
    ['bool', true, false],
  ])('holds a value of type %s', (type, first, second) => {
    const box = heaplet().box(type, first);
    expect(box.value).toBe(first);
    box.value = second;
    expect(box.value).toBe(second);
    box.drop();
  });

  test.each([
    ['i8', 128],
    ['u8', -1],
    ['i32', 1.5],
    ['i32', NaN],
    ['u32', 2 ** 32],
    ['i32', '1'],
    ['f64', '1'],
    ['i64', 1],
    ['u64', -1n],
    ['bool', 1],
    ['i32', null],
  ])('refuses what is no %s: %p', (type, value) => {
    expect(errorOf(() => heaplet().box(type, value)).code).toBe('H0006');
    const box = heaplet().box(type);
    const before = box.value;
    expect(() => (box.value = value)).toThrow('H0006');
    expect(box.value).toBe(before);
    box.drop();
  });

  test('is zero when nothing else is said', () => {
    const box = heaplet().box('f64');
    expect(box.value).toBe(0);
    drop(box);
  });

  test('holds a string as UTF-8', () => {
    const box = heaplet().box(text, 'größer 🦀');
    expect(box.value).toBe('größer 🦀');
    expect(box.view().length).toBe(13);
    box.drop();
  });

  test('holds an array', () => {
    const box = heaplet().box(arrayOf('f32'), [1, 2, 3]);
    expect(box.value.toArray()).toEqual([1, 2, 3]);
    box.drop();
  });

  test('refuses an array of another length than its type says', () => {
    expect(errorOf(() => heaplet().box(arrayOf('i32', 3), [1, 2])).code).toBe('H0006');
    expect(errorOf(() => heaplet().box(bytes, -1)).code).toBe('H0006');
    expect(errorOf(() => heaplet().box(bytes, NaN)).code).toBe('H0006');
    expect(errorOf(() => heaplet().box(bytes, 2 ** 31)).code).toBe('H0006');
  });

  test('refuses what is no type', () => {
    for (const type of ['i33', 'toString', '__proto__', null, undefined, 7, {}]) {
      expect(errorOf(() => heaplet().box(type, 1)).code).toBe('H0006');
    }
  });

  test('cannot be used after drop(), and says so', () => {
    const box = heaplet().box('i32', 1);
    drop(box);
    expect(box.isAlive).toBe(false);
    for (const use of [
      () => box.value,
      () => (box.value = 2),
      () => box.drop(),
      () => box.move(),
    ]) {
      const error = errorOf(use);
      expect(error).toBeInstanceOf(UseAfterFreeError);
      expect(error.code).toBe('E0382');
      expect(error.message).toContain('dropped value: Box#');
    }
  });

  test('hands its value over with move(), and says so when used afterwards', () => {
    const first = heaplet().box('i32', 7);
    const second = move(first);
    expect(second).toBeInstanceOf(Box);
    expect(second.value).toBe(7);
    const error = errorOf(() => first.value);
    expect(error).toBeInstanceOf(UseAfterMoveError);
    expect(error.code).toBe('E0382');
    expect(() => first.drop()).toThrow(UseAfterMoveError);
    second.drop();
  });

  test('is disposed of once, and harmlessly after a drop or a move', () => {
    const first = heaplet().box('i32', 7);
    const second = first.move();
    first[Symbol.dispose]();
    expect(second.value).toBe(7);
    second[Symbol.dispose]();
    second[Symbol.dispose]();
    expect(second.isAlive).toBe(false);
  });

  test('does not take a later value for its own', () => {
    const old = heaplet().box('i32', 1);
    old.drop();
    const fresh = Array.from({ length: 300 }, (_, i) => heaplet().box('i32', i));
    expect(() => old.value).toThrow(UseAfterFreeError);
    for (const box of fresh) box.drop();
  });

  test('survives the growth of memory', () => {
    const box = heaplet().box('i32', 42);
    growMemory(heaplet());
    expect(box.isAlive).toBe(true);
    expect(box.value).toBe(42);
    growMemory(heaplet());
    box.value = 43;
    expect(box.value).toBe(43);
    growMemory(heaplet());
    box.drop();
  });

  test('calls back when it is dropped, in order', () => {
    const calls = [];
    const box = heaplet().box('i32', 1);
    box.onDrop(() => calls.push(1)).onDrop(() => calls.push(2));
    box.drop();
    expect(calls).toEqual([1, 2]);
  });

  test('is dropped all the same when a callback throws', () => {
    const box = heaplet().box('i32', 1);
    box.onDrop(() => {
      throw new Error('mine');
    });
    const error = errorOf(() => box.drop());
    expect(error.code).toBe('H0011');
    expect(error.errors[0].message).toBe('mine');
    expect(box.isAlive).toBe(false);
  });

  test('calls every callback, also after one that throws', () => {
    const calls = [];
    const box = heaplet().box('i32', 1);
    box.onDrop(() => {
      throw new Error('mine');
    });
    box.onDrop(() => calls.push(2));
    expect(errorOf(() => box.drop()).errors).toHaveLength(1);
    expect(calls).toEqual([2]);
    const other = heaplet().box('i32', 1);
    for (const wrong of [undefined, 7, {}]) {
      expect(errorOf(() => other.onDrop(wrong)).code).toBe('H0006');
      expect(errorOf(() => other.named(wrong)).code).toBe('H0006');
    }
    other.drop();
  });

  test('lets a callback use the instance', () => {
    let made;
    const box = heaplet().box('i32', 1);
    box.onDrop(() => {
      expect(box.isAlive).toBe(false);
      made = heaplet().box('i32', 2);
    });
    box.drop();
    expect(made.value).toBe(2);
    made.drop();
  });
});

test('drop() and move() refuse what is no owner', () => {
  for (const value of [null, undefined, 1, {}]) {
    expect(errorOf(() => drop(value)).code).toBe('H0006');
    expect(errorOf(() => move(value)).code).toBe('H0006');
  }
});

test('a borrowed value is neither dropped nor moved', () => {
  const cell = heaplet().refCell('i32', 1);
  const guard = cell.borrow();
  for (const use of [() => cell.drop(), () => cell.move()]) {
    const error = errorOf(use);
    expect(error).toBeInstanceOf(BorrowError);
    expect(error.code).toBe('E0505');
  }
  guard.drop();
  cell.drop();
});
