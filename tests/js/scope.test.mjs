// SPDX-License-Identifier: MIT
import { describe, expect, test } from '@jest/globals';
import { Bundle, text } from '../../js/raw.js';
import { errorOf, growMemory, load, sharedHeaplet } from './support.mjs';

const heaplet = sharedHeaplet();

describe('a scope', () => {
  test('drops what it owns, last first', () => {
    const ended = [];
    heaplet().scope((scope) => {
      for (const name of ['a', 'b', 'c']) {
        scope.own(heaplet().box('i32', 1)).onDrop(() => ended.push(name));
      }
    });
    expect(ended).toEqual(['c', 'b', 'a']);
  });

  test('drops thousands', () => {
    const boxes = heaplet().scope((scope) =>
      Array.from({ length: 5000 }, (_, i) => scope.own(heaplet().box('i32', i))),
    );
    expect(boxes.some((box) => box.isAlive)).toBe(false);
    expect(errorOf(() => boxes[4999].value).code).toBe('E0382');
  });

  test('drops shares, not values that others own', () => {
    const outer = heaplet().rc('i32', 7);
    let inner;
    heaplet().scope((scope) => {
      inner = scope.own(outer.clone());
    });
    expect(inner.isAlive).toBe(false);
    expect(outer.strongCount).toBe(1);
    outer.drop();
  });

  test('closes when its body throws', () => {
    let box;
    expect(() =>
      heaplet().scope((scope) => {
        box = scope.own(heaplet().box('i32', 1));
        throw new Error('mine');
      }),
    ).toThrow('mine');
    expect(box.isAlive).toBe(false);
  });

  test('closes when the promise of its body ends', async () => {
    let box;
    const result = heaplet().scope(async (scope) => {
      box = scope.own(heaplet().box('i32', 5));
      await null;
      return box.value;
    });
    expect(box.isAlive).toBe(true);
    expect(await result).toBe(5);
    expect(box.isAlive).toBe(false);
  });

  test('lets values escape', () => {
    const box = heaplet().scope((scope) => scope.escape(scope.own(heaplet().box('i32', 5))));
    expect(box.value).toBe(5);
    box.drop();
  });

  test('does not mind values that were dropped or moved before', () => {
    let moved;
    heaplet().scope((scope) => {
      scope.own(heaplet().box('i32', 1)).drop();
      moved = scope.own(heaplet().box('i32', 2)).move();
    });
    expect(moved.value).toBe(2);
    moved.drop();
  });

  test('owns nothing after its end', () => {
    const scope = heaplet().openScope();
    scope.close();
    scope.close();
    const box = heaplet().box('i32', 1);
    expect(errorOf(() => scope.own(box)).code).toBe('E0716');
    box.drop();
  });

  test('refuses what is no owner, and what it does not own', () => {
    heaplet().scope((scope) => {
      expect(errorOf(() => scope.own({})).code).toBe('H0006');
      expect(errorOf(() => scope.escape({})).code).toBe('H0006');
    });
  });

  test('says which value was still borrowed, and drops the others', () => {
    const cell = heaplet().refCell('i32', 1);
    const guard = cell.borrow();
    let box;
    const error = errorOf(() =>
      heaplet().scope((scope) => {
        box = scope.own(heaplet().box('i32', 1));
        scope.own(cell);
      }),
    );
    expect(error.code).toBe('E0505');
    expect(box.isAlive).toBe(false);
    guard.drop();
    cell.drop();
  });

  test('drops values after memory has grown', () => {
    heaplet().scope((scope) => {
      scope.own(heaplet().box('i32', 1));
      growMemory(heaplet());
    });
  });

  test('drops values of other instances too', async () => {
    const other = await load();
    let box;
    heaplet().scope((scope) => {
      box = scope.own(other.box('i32', 1));
    });
    expect(box.isAlive).toBe(false);
  });
});

describe('a Bundle', () => {
  const halves = (owner) => ({ head: owner.view().slice(0, 5), tail: owner.view().slice(5) });

  test('moves an owner and views into it as one', () => {
    const owner = heaplet().box(text, 'helloworld');
    const bundle = new Bundle(owner, halves);
    expect(owner.isAlive).toBe(false);
    const moved = bundle.move();
    expect(`${moved.views.head} ${moved.views.tail}`).toBe('hello world');
    expect(errorOf(() => bundle.views).code).toBe('E0382');
    moved.drop();
  });

  test('ends its views with itself', () => {
    const bundle = new Bundle(heaplet().box(text, 'helloworld'), halves);
    const { head } = bundle.views;
    bundle.drop();
    expect(errorOf(() => head.toString()).code).toBe('E0597');
    expect(errorOf(() => bundle.views).code).toBe('E0382');
  });

  test('gives its owner back', () => {
    const bundle = new Bundle(heaplet().box(text, 'helloworld'), halves);
    const owner = bundle.intoOwner();
    expect(owner.value).toBe('helloworld');
    owner.drop();
  });
});
