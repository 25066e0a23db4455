// SPDX-License-Identifier: MIT
import { describe, expect, test } from '@jest/globals';
import { Bundle, text } from '../../js/slim.js';
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

  test('owns whatever is disposable, and calls back, each in its turn', () => {
    const ended = [];
    const box = (name) =>
      heaplet()
        .box('i32', 1)
        .onDrop(() => ended.push(name));
    const cell = heaplet().refCell('i32', 1);
    heaplet().scope((scope) => {
      scope.own(box('first'));
      scope.defer(() => ended.push('deferred'));
      scope.own(box('second'));
      scope.own({ [Symbol.dispose]: () => ended.push('disposable') });
      scope.own(new Bundle(box('bundle'), () => null));
      scope.own(cell.borrow());
      expect(scope.size).toBe(6);
    });
    expect(ended).toEqual(['bundle', 'disposable', 'second', 'deferred', 'first']);
    cell.drop();
  });

  test('drops the others when one of them fails to end', () => {
    let box;
    const fail = () => {
      throw new Error('mine');
    };
    const close = () =>
      heaplet().scope((scope) => {
        box = scope.own(heaplet().box('i32', 1));
        scope.defer(fail);
      });
    expect(close).toThrow('mine');
    expect(box.isAlive).toBe(false);
  });

  test('keeps the error of its body when closing fails, too', () => {
    const error = errorOf(() =>
      heaplet().scope((scope) => {
        scope.defer(() => {
          throw new Error('at the end');
        });
        throw new Error('in the body');
      }),
    );
    expect([error.name, error.error.message, error.suppressed.message]).toEqual([
      'SuppressedError',
      'at the end',
      'in the body',
    ]);
  });

  test('closes inside of a callback of another that is closing', () => {
    const boxes = (scope, count) =>
      Array.from({ length: count }, () => scope.own(heaplet().box('i32', 1)));
    const ended = [];
    heaplet().scope((outer) => {
      boxes(outer, 10).forEach((box, i) => box.onDrop(() => ended.push(i)));
      outer.own(heaplet().box('i32', 1)).onDrop(() => {
        heaplet().scope((inner) => boxes(inner, 10));
      });
    });
    expect(ended).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  });

  test('is what a DisposableStack is, where there is one', () => {
    if (typeof DisposableStack !== 'function') return;
    const ended = [];
    const stack = new DisposableStack();
    for (const name of ['a', 'b']) {
      stack.use(heaplet().box('i32', 1)).onDrop(() => ended.push(name));
    }
    const arena = stack.use(heaplet().arena());
    const moved = stack.move();
    expect(arena.isAlive).toBe(true);
    moved.dispose();
    expect(ended).toEqual(['b', 'a']);
    expect(arena.isAlive).toBe(false);
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

  test('ends its owner when the views cannot be made', () => {
    const owner = heaplet().box(text, 'helloworld');
    const fail = () => {
      throw new Error('mine');
    };
    expect(() => new Bundle(owner, fail)).toThrow('mine');
    expect(errorOf(() => new Bundle(heaplet().scope, fail)).code).toBe('H0006');
    expect(owner.isAlive).toBe(false);
  });

  test('gives its owner back', () => {
    const bundle = new Bundle(heaplet().box(text, 'helloworld'), halves);
    const owner = bundle.intoOwner();
    expect(owner.value).toBe('helloworld');
    owner.drop();
  });
});
