// SPDX-License-Identifier: MIT
import { describe, expect, test } from '@jest/globals';
import { arrayOf, bytes, text } from '../../js/slim.js';
import { errorOf, growMemory, sharedHeaplet } from './support.mjs';

const heaplet = sharedHeaplet();

/** Runs `body` with the view of a new value, which is dropped afterwards. */
function withView(type, init, body) {
  const box = heaplet().box(type, init);
  try {
    body(box.view(), box);
  } finally {
    box[Symbol.dispose]();
  }
}

describe('a slice', () => {
  test('reads and writes inside of its bounds alone', () => {
    withView(arrayOf('i32'), [1, 2, 3], (slice) => {
      slice.set(1, 20);
      expect([slice.at(0), slice.at(1), slice.at(2)]).toEqual([1, 20, 3]);
      for (const index of [3, -1, 1.5, NaN, '1', undefined, 2 ** 32]) {
        expect(errorOf(() => slice.at(index)).code).toBe('H0002');
        expect(errorOf(() => slice.set(index, 1)).code).toBe('H0002');
      }
      expect(errorOf(() => slice.set(0, 'a')).code).toBe('H0006');
    });
  });

  test('is cut into smaller ones', () => {
    withView(bytes, [1, 2, 3, 4, 5], (slice) => {
      const middle = slice.slice(1, 4);
      expect(middle.toArray()).toEqual([2, 3, 4]);
      expect(middle.slice(1).toArray()).toEqual([3, 4]);
      expect(errorOf(() => middle.at(3)).code).toBe('H0002');
      expect(errorOf(() => slice.slice(4, 3)).code).toBe('H0006');
      expect(errorOf(() => slice.slice(0, 6)).code).toBe('H0006');
    });
  });

  test('is filled and copied into', () => {
    withView(arrayOf('f64'), 4, (slice) => {
      expect(slice.fill(1.5).copyFrom([7, 8], 2).toArray()).toEqual([1.5, 1.5, 7, 8]);
      expect(errorOf(() => slice.copyFrom([1, 2], 3)).code).toBe('H0002');
      expect(errorOf(() => slice.copyFrom(null)).code).toBe('H0006');
      expect([...slice]).toEqual([1.5, 1.5, 7, 8]);
    });
  });

  test('is what another is copied from, itself included', () => {
    withView(arrayOf('i32'), [1, 2, 3, 4], (slice) => {
      const copy = heaplet().box(arrayOf('f64'), slice);
      expect(copy.value.toArray()).toEqual([1, 2, 3, 4]);
      copy.drop();
      slice.copyFrom(slice.slice(0, 3), 1);
      expect(slice.toArray()).toEqual([1, 1, 2, 3]);
    });
  });

  test('survives the growth of memory', () => {
    withView(arrayOf('i32'), [1, 2, 3], (slice) => {
      growMemory(heaplet());
      expect(slice.at(2)).toBe(3);
      growMemory(heaplet());
      slice.set(2, 4);
      growMemory(heaplet());
      expect(slice.slice(2).at(0)).toBe(4);
    });
  });

  test('refuses to outlive its value', () => {
    withView(arrayOf('i32'), [1], (slice, box) => {
      box.drop();
      for (const use of [
        () => slice.at(0),
        () => slice.set(0, 1),
        () => slice.slice(),
        () => slice.toArray(),
        () => slice.fill(0),
      ]) {
        expect(errorOf(use).code).toBe('E0597');
      }
    });
  });

  test('outlives the owner it came from, if the value does', () => {
    const first = heaplet().rc(arrayOf('i32'), [5]);
    const slice = first.value;
    const second = first.clone();
    first.drop();
    expect(slice.at(0)).toBe(5);
    second.drop();
    expect(errorOf(() => slice.at(0)).code).toBe('E0597');
  });

  test('of nothing has nothing', () => {
    withView(bytes, 0, (slice) => {
      expect(slice.length).toBe(0);
      expect(errorOf(() => slice.at(0)).code).toBe('H0002');
    });
  });
});

describe('a text', () => {
  test('is cut between characters alone', () => {
    withView(text, 'aé🦀', (view) => {
      expect(view.length).toBe(7);
      expect(`${view.slice(1, 3)}`).toBe('é');
      expect(`${view.slice(3)}`).toBe('🦀');
      for (const offset of [2, 4, 5, 6]) {
        expect(errorOf(() => view.slice(offset)).code).toBe('H0003');
        expect(errorOf(() => view.slice(0, offset)).code).toBe('H0003');
      }
    });
  });

  test('says so when its bytes are no UTF-8', () => {
    withView(text, 'abc', (view, box) => {
      heaplet().unsafe.bytes(heaplet().unsafe.addressOf(box), 1)[0] = 0xff;
      expect(errorOf(() => view.toString()).code).toBe('H0003');
    });
  });

  test('keeps its size when assigned to', () => {
    withView(text, 'abc', (view, box) => {
      box.value = 'xyz';
      expect(`${view}`).toBe('xyz');
      expect(errorOf(() => (box.value = 'longer')).code).toBe('H0006');
    });
  });

  test('refuses to outlive its value, and survives the growth of memory', () => {
    withView(text, 'abc', (view, box) => {
      growMemory(heaplet());
      expect(`${view}`).toBe('abc');
      box.drop();
      expect(errorOf(() => view.toString()).code).toBe('E0597');
    });
  });
});
