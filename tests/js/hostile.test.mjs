// SPDX-License-Identifier: MIT
//
// The boundary, continued: code of the user's that runs in the middle of an operation, and does what it
// should not.

import { describe, expect, test } from '@jest/globals';
import { Bundle, HeapletError, Layout, arrayOf, bytes, owned, text } from '../../js/slim.js';
import { errorOf, growMemory, load, sharedHeaplet, staysUsable } from './support.mjs';

const heaplet = sharedHeaplet();
staysUsable(heaplet);
const Point = Layout.of({ x: 'f32', y: 'f32' }, 'Point');
const Pair = Layout.of({ a: owned('i32'), b: owned('i32') }, 'Pair');

const trap = () => {
  throw new TypeError('a trap ran');
};
const hostileProxy = new Proxy({}, { get: trap, getPrototypeOf: trap, ownKeys: trap, has: trap });

describe('hostile inits', () => {
  test('cannot grow between being measured and being written', () => {
    let reads = 0;
    const growing = {
      get length() {
        return ++reads === 1 ? 1 : 100_000;
      },
      0: 7,
    };
    const box = heaplet().box(bytes, growing);
    expect(box.value.toArray()).toEqual([7]);
    reads = 0;
    expect(() => (box.value = growing)).not.toThrow();
    box.drop();
  });

  test('cannot end what they are written to', () => {
    const suicidal = (owner) => ({
      length: 2,
      0: 1,
      get 1() {
        owner().drop();
        return 2;
      },
    });
    let box = heaplet().box(bytes, [0, 0]);
    expect(errorOf(() => (box.value = suicidal(() => box))).code).toBe('E0382');
    box = heaplet().box(bytes, [0, 0]);
    const slice = box.value;
    expect(errorOf(() => slice.copyFrom(suicidal(() => box))).code).toBe('E0597');
    const cell = heaplet().refCell(bytes, [0, 0]);
    const guard = cell.borrowMut();
    expect(errorOf(() => (guard.value = suicidal(() => guard))).code).toBe('E0597');
    cell.drop();
    const struct = heaplet().box(Point);
    const fields = {
      get x() {
        struct.drop();
        return 1;
      },
    };
    expect(errorOf(() => (struct.value = fields)).code).toBe('E0382');
    const pool = heaplet().pool(arrayOf('u8', 2), 1);
    const item = pool.create();
    expect(errorOf(() => (item.value = suicidal(() => item))).code).toBe('E0382');
    expect(errorOf(() => pool.create(suicidal(() => pool))).code).toBe('E0382');
    const arena = heaplet().arena();
    expect(
      errorOf(() =>
        arena.create(
          bytes,
          suicidal(() => arena),
        ),
      ).code,
    ).toBe('E0382');
  });

  test('that grow memory lose nothing', () => {
    const growing = {
      length: 3,
      0: 1,
      get 1() {
        growMemory(heaplet());
        return 2;
      },
      2: 3,
    };
    const box = heaplet().box(arrayOf('i32'), growing);
    expect(box.value.toArray()).toEqual([1, 2, 3]);
    box.value = growing;
    box.value.copyFrom(growing);
    expect(box.value.toArray()).toEqual([1, 2, 3]);
    box.drop();
  });

  test('change all of a value or nothing', () => {
    const box = heaplet().box(Point, { x: 1, y: 2 });
    expect(errorOf(() => (box.value = { x: 5, y: 'no' })).code).toBe('H0006');
    expect(errorOf(() => (box.value = { x: 5, z: 1 })).code).toBe('H0002');
    expect(box.value.toJSON()).toEqual({ x: 1, y: 2 });
    const list = heaplet().box(arrayOf('u8'), [1, 2, 3]);
    expect(errorOf(() => (list.value = [9, 9, 256])).code).toBe('H0006');
    expect(errorOf(() => list.value.copyFrom([9, 9, 256])).code).toBe('H0006');
    expect(errorOf(() => list.value.copyFrom([9, 9, 9, 9])).code).toBe('H0002');
    expect(list.value.toArray()).toEqual([1, 2, 3]);
    const held = heaplet().box('i32', 1);
    expect(errorOf(() => heaplet().box(Pair, { a: held, b: 1 })).code).toBe('H0006');
    expect(held.value).toBe(1);
    for (const owner of [box, list, held]) owner.drop();
  });

  test('may be proxies, typed arrays of any kind, shared or resizable or detached', () => {
    expect(() => heaplet().box(Point, hostileProxy)).toThrow('a trap ran');
    expect(() => heaplet().box(bytes, hostileProxy)).toThrow('a trap ran');
    const proxied = new Proxy(new Uint8Array([1, 2]), {
      getPrototypeOf: () => Uint8Array.prototype,
    });
    expect(() => heaplet().box(bytes, proxied)).toThrow();
    const box = heaplet().box(bytes, new Uint8ClampedArray([1, 2]));
    expect(errorOf(() => (box.value = new Int8Array([-1, 2]))).code).toBe('H0006');
    if (typeof SharedArrayBuffer === 'function') {
      box.value = new Uint8Array(new SharedArrayBuffer(2));
      expect(box.value.toArray()).toEqual([0, 0]);
    }
    const detached = new Uint8Array(2);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    expect(errorOf(() => (box.value = detached)).code).toBe('H0006');
    const resizable = new ArrayBuffer(2, { maxByteLength: 8 });
    if (resizable.resizable) {
      const view = new Uint8Array(resizable);
      box.value = view;
      resizable.resize(8);
      expect(errorOf(() => (box.value = view)).code).toBe('H0006');
      resizable.resize(0);
      expect(errorOf(() => (box.value = view)).code).toBe('H0006');
    }
    class Liar extends Uint8Array {
      get length() {
        return 100_000;
      }
    }
    box.value = new Liar([5, 6]);
    expect(box.value.toArray()).toEqual([5, 6]);
    box.drop();
  });

  test('must be strings that UTF-8 can hold', () => {
    for (const half of ['\ud800', 'a\udc00', '\ud800x', '\udc00\ud800']) {
      expect(errorOf(() => heaplet().box(text, half)).code).toBe('H0003');
    }
    const box = heaplet().box(text, '\u{10ffff}\0');
    expect(box.value).toBe('\u{10ffff}\0');
    box.drop();
  });
});

describe('prototypes', () => {
  test('that are polluted do not become fields, options or types', () => {
    const pollution = { x: 9, y: 9, chunkBytes: -1, i33: 'i32', a: 1, E9999: 'page' };
    for (const [name, value] of Object.entries(pollution)) {
      Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
    }
    try {
      const box = heaplet().box(Point, {});
      expect([box.value.x, box.value.y]).toEqual([0, 0]);
      expect(() => heaplet().box('i33')).toThrow('H0006');
      const pair = heaplet().box(Pair, {});
      expect(pair.value.a).toBe(null);
      pair.drop();
      box.drop();
    } finally {
      for (const name of Object.keys(pollution)) delete Object.prototype[name];
    }
  });

  test('have names that fields may have, or are told they may not', () => {
    const Odd = Layout.of({ constructor: 'i32', toString: 'i32', hasOwnProperty: 'i32' }, 'Odd');
    const odd = heaplet().box(Odd, { toString: 2 });
    expect([odd.value.constructor, odd.value.toString]).toEqual([0, 2]);
    const copy = heaplet().box(Odd, odd.value);
    expect(copy.value.toString).toBe(2);
    for (const owner of [odd, copy]) owner.drop();
    for (const name of ['__proto__', 'toJSON', '0', '12']) {
      expect(errorOf(() => Layout.of(Object.fromEntries([[name, 'i32']]))).code).toBe('H0006');
    }
  });
});

describe('callbacks', () => {
  /** What any callback might do, to the value at hand or to the instance. */
  const mischief = (value) => ({
    'drops it again': () => value()[Symbol.dispose](),
    'makes others': () => heaplet().scope((scope) => scope.own(heaplet().box(bytes, 100))),
    'grows memory': () => growMemory(heaplet()),
    'makes a type': () =>
      heaplet()
        .box(Layout.of({ a: owned('i32'), b: owned('u8') }))
        .drop(),
    'collects cycles': () => heaplet().collectCycles(),
    'asks for reports': () => [heaplet().leakReport(), heaplet().findCycles(), heaplet().stats()],
    throws: () => {
      throw new Error('mine');
    },
  });

  for (const name of Object.keys(mischief())) {
    test(`of a drop: ${name}`, () => {
      let ended = 0;
      let value;
      const make = () => {
        const own = (value = heaplet().box('i32', 1));
        const before = own;
        return own.onDrop(() => {
          ended += 1;
          mischief(() => before)[name]();
        });
      };
      const quietly = (body) => {
        try {
          body();
        } catch (error) {
          if (name !== 'throws') throw error;
        }
      };
      quietly(() => make().drop());
      quietly(() => make()[Symbol.dispose]());
      quietly(() => heaplet().scope((scope) => [1, 2, 3].map(() => scope.own(make()))));
      const pair = heaplet().box(Pair, { a: make(), b: make() });
      quietly(() => (pair.value.a = null));
      quietly(() => (pair.value = { b: make() }));
      quietly(() => pair.drop());
      const pool = heaplet().pool(Pair, 4);
      quietly(() => pool.create({ a: make() }).drop());
      pool.create({ a: make(), b: make() });
      quietly(() => pool.drop());
      const { unsafe } = heaplet();
      const address = unsafe.allocate(16);
      const foreign = unsafe.adopt(address, {
        bytes: 16,
        free() {
          ended += 1;
          mischief(() => foreign)[name]();
        },
      });
      quietly(() => foreign.drop());
      unsafe.deallocate(address, 16);
      const outside = heaplet().own({}, () => {
        ended += 1;
        mischief(() => outside)[name]();
      });
      quietly(() => outside.drop());
      expect(ended).toBe(13);
      expect(value.isAlive).toBe(false);
    });
  }

  test('of a borrow or an update may end, move or borrow the value, or are told they may not', () => {
    const cell = heaplet().refCell('i32', 1);
    for (const body of [() => cell.drop(), () => cell.move(), () => cell.borrowMut()]) {
      expect(() => cell.with(body)).toThrow(HeapletError);
      expect(() => cell.withMut(body)).toThrow(HeapletError);
      expect(cell.borrowState).toBe(0);
    }
    cell.drop();
    const shared = heaplet().cell('i32', 1);
    expect(errorOf(() => shared.update(() => (shared.drop(), 2))).code).toBe('E0382');
    const owner = heaplet().box(text, 'ab');
    let seen;
    expect(
      () =>
        new Bundle(owner, (its) => {
          seen = its;
          its.drop();
        }).views,
    ).toThrow('E0382');
    expect(seen.isAlive).toBe(false);
  });

  test('that close the instance end everything, quietly or with H0005', async () => {
    const other = await load();
    const boxes = Array.from({ length: 3 }, () => other.box('i32', 1));
    boxes[2].onDrop(() => other.close());
    const error = errorOf(() => {
      other.scope((scope) => boxes.map((box) => scope.own(box)));
      other.box('i32');
    });
    expect(error.code).toBe('H0005');
    for (const box of boxes) box[Symbol.dispose]();
    const third = await load();
    const closing = {
      get x() {
        third.close();
        return 1;
      },
    };
    expect(errorOf(() => third.box(Point, closing)).code).toBe('H0005');
  });

  test('that are types of fields run once, before anything is touched', () => {
    let calls = 0;
    let holder;
    const Late = Layout.of({
      held: owned(() => {
        calls += 1;
        holder?.drop();
        return 'i32';
      }),
    });
    holder = heaplet().box(Late);
    const value = heaplet().box('i32', 1);
    const view = holder.value;
    expect(errorOf(() => (view.held = value)).code).toBe('E0597');
    expect(value.value).toBe(1);
    expect(calls).toBe(1);
    value.drop();
  });
});

test('many owned fields and long names are no trouble', () => {
  const fields = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`f${i}`, owned('u8')]));
  const Wide = Layout.of(fields, 'W'.repeat(10_000));
  const wide = heaplet().box(Wide, { f0: heaplet().box('u8', 1), f2999: heaplet().box('u8', 2) });
  expect([wide.value.f0, wide.value.f2999]).toEqual([1, 2]);
  wide.drop();
});
