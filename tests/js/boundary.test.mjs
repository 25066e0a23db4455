// SPDX-License-Identifier: MIT
//
// The boundary between a program and the module, as an attacker or a careless caller meets it. Whatever
// comes in, an error with a code comes out, nothing is changed, and everything goes on working.

import { afterEach, describe, expect, test } from '@jest/globals';
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
} from '../../js/raw.js';
import { errorOf, growMemory, load, sharedHeaplet } from './support.mjs';

const heaplet = sharedHeaplet();
const Point = Layout.of({ x: 'f32', y: 'f32' }, 'Point');
const Pair = Layout.of({ a: owned('i32'), b: owned('i32') }, 'Pair');

// What was refused must have left the instance as it was.
afterEach(() => {
  const box = heaplet().box(arrayOf('i32'), [1, 2, 3]);
  expect(box.value.toArray()).toEqual([1, 2, 3]);
  box.drop();
});

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
const trap = () => {
  throw new TypeError('a trap ran');
};
const hostileProxy = new Proxy({}, { get: trap, getPrototypeOf: trap, ownKeys: trap, has: trap });

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
