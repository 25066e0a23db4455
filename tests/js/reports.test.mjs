// SPDX-License-Identifier: MIT
import { describe, expect, test } from '@jest/globals';
import { Layout, LeakError, OutOfMemoryError, arrayOf, owned } from '../../js/slim.js';
import { STRONG } from '../../js/core.js';
import { slotOf } from '../../js/owned.js';
import { errorOf, load, sharedHeaplet, takeMemory } from './support.mjs';

const heaplet = sharedHeaplet({ diagnostics: 'full' });
const HERE = 'reports.test.mjs';

describe('messages', () => {
  test('say where a value was made, moved and dropped', () => {
    const first = heaplet().box('i32', 1).named('counter');
    const second = first.move();
    const moved = errorOf(() => first.value).message.split('\n');
    expect(moved[0]).toMatch(/^error\[E0382\]: cannot use moved value: Box#\d+v\d+ <i32>$/);
    expect(moved.join('\n')).toContain('= note: it is called "counter"');
    expect(moved.find((line) => line.includes('created at'))).toContain(HERE);
    expect(moved.find((line) => line.includes('moved at'))).toContain(HERE);
    expect(moved.at(-1)).toBe("  = for more: explain('E0382')");
    second.drop();
    const dropped = errorOf(() => second.value).message;
    expect(dropped).toMatch(/dropped at .*reports\.test\.mjs:\d+:\d+/);
  });

  test('name the other borrow and where it was taken', () => {
    const cell = heaplet().refCell('i32', 1);
    const guard = cell.borrowMut();
    const { code, message } = errorOf(() => cell.borrow());
    expect(code).toBe('E0502');
    expect(message).toContain('an exclusive borrow of it is alive');
    expect(message).toMatch(/exclusive borrow taken at .*reports\.test\.mjs:\d+:\d+/);
    guard.drop();
    cell.drop();
  });

  test('name what was named when that is all that is remembered', async () => {
    const named = await load({ diagnostics: 'names' });
    const box = named.box('i32', 1).named('counter');
    const [value] = named.liveValues();
    expect([value.name, value.site]).toEqual(['counter', undefined]);
    box.drop();
    const { message } = errorOf(() => box.value);
    expect(message).toContain('it is called "counter"');
    expect(message).not.toContain('created at');
  });

  test('say how to see more when diagnostics are off', async () => {
    const quiet = await load();
    const box = quiet.box('i32', 1);
    box.drop();
    expect(errorOf(() => box.value).message).toContain("load with diagnostics: 'full'");
  });
});

describe('leaks', () => {
  test('are grouped by type and place, with counts and bytes', () => {
    const boxes = Array.from({ length: 3 }, () => heaplet().box('f64', 1));
    const other = heaplet().box('i32', 1);
    const [first, second] = heaplet().leakReport();
    expect(first).toMatchObject({ type: 'f64', count: 3, bytes: 24 });
    expect(first.site).toContain(HERE);
    expect(second).toMatchObject({ type: 'i32', count: 1, bytes: 4 });
    for (const box of [...boxes, other]) box.drop();
  });

  test('fail assertNoLeaks(), which names their places', () => {
    let leaked;
    const error = errorOf(() =>
      heaplet().assertNoLeaks(() => {
        heaplet().box('i32', 1).drop();
        leaked = heaplet().box('i32', 2);
      }),
    );
    expect(error).toBeInstanceOf(LeakError);
    expect(error.code).toBe('H0007');
    expect(error.message).toContain('a value was not dropped: 4 bytes');
    expect(error.message).toContain(HERE);
    leaked.drop();
  });

  test('are not what was alive before', async () => {
    const before = heaplet().box('i32', 1);
    expect(heaplet().assertNoLeaks(() => 7)).toBe(7);
    expect(await heaplet().assertNoLeaks(async () => 8)).toBe(8);
    before.drop();
  });

  test('are sampled when diagnostics are', async () => {
    const sampled = await load({ diagnostics: 'sampled' });
    const boxes = Array.from({ length: 640 }, () => sampled.box('i32'));
    const withSite = sampled.liveValues().filter(({ site }) => site !== undefined);
    expect(withSite).toHaveLength(10);
    for (const box of boxes) box.drop();
  });
});

describe('unsafe', () => {
  test('counts its uses by call site', async () => {
    const own = await load();
    const box = own.box('i32', 5);
    for (let i = 0; i < 3; i++) own.unsafe.addressOf(box);
    const address = own.unsafe.addressOf(box);
    expect(own.unsafe.bytes(address, 4)[0]).toBe(5);
    const [most] = own.unsafe.report();
    expect(most.count).toBe(3);
    expect(most.site).toContain(HERE);
    expect(own.unsafe.report()).toHaveLength(3);
  });

  test('owns memory of somebody else, and gives it back there', () => {
    const freed = [];
    const { unsafe } = heaplet();
    const address = unsafe.allocate(16);
    const adopt = () =>
      unsafe.adopt(address, { bytes: 16, free: (at) => freed.push(at), allocator: 'glib' });
    const foreign = adopt();
    expect(errorOf(() => unsafe.deallocate(address, 16)).code).toBe('H0008');
    expect(errorOf(adopt).code).toBe('H0008');
    foreign.drop();
    expect(freed).toEqual([address]);
    expect(errorOf(() => foreign.drop()).code).toBe('E0382');
    unsafe.deallocate(address, 16);
  });

  test('frees adopted memory when a scope ends', () => {
    const freed = [];
    const { unsafe } = heaplet();
    const address = unsafe.allocate(16);
    heaplet().scope((scope) => {
      scope.own(unsafe.adopt(address, { bytes: 16, free: (at) => freed.push(at) }));
    });
    expect(freed).toEqual([address]);
    unsafe.deallocate(address, 16);
  });

  test('shows foreign memory as a type, as long as it has an owner', () => {
    const { unsafe } = heaplet();
    const address = unsafe.allocate(16);
    const adopt = (type, bytes) => unsafe.adopt(address, { bytes, free: () => {}, type });
    const raw = adopt(undefined, 16);
    raw.value.set(0, 255);
    const bytes = raw.value;
    raw.drop();
    expect(errorOf(() => bytes.at(0)).code).toBe('E0597');
    const floats = adopt(arrayOf('f32'), 16);
    floats.value = [1, 2, 3, 4];
    expect(floats.value.at(3)).toBe(4);
    floats.drop();
    const Point = Layout.of({ x: 'f64', y: 'f64' }, 'Point');
    const point = adopt(Point, 16);
    expect(`${point}`).toContain('<foreign Point>');
    // A Box of a Point frees its memory here, this one does not.
    const Holder = Layout.of({ point: owned(Point) }, 'Holder');
    expect(errorOf(() => heaplet().box(Holder, { point })).code).toBe('H0006');
    point.value.x = 5;
    expect(point.value.x).toBe(5);
    point.drop();
    expect(errorOf(() => adopt(Point, 8)).code).toBe('H0006');
    expect(errorOf(() => adopt(arrayOf('f32'), 15)).code).toBe('H0006');
    expect(errorOf(() => adopt(Layout.of({ a: owned('i32') }), 8)).code).toBe('H0006');
    expect(
      errorOf(() => unsafe.adopt(address + 1, { bytes: 4, free() {}, type: 'i32' })).code,
    ).toBe('H0006');
    unsafe.deallocate(address, 16);
  });

  test('lets an owner go without freeing', () => {
    const { unsafe } = heaplet();
    const address = unsafe.allocate(16);
    const freed = [];
    const foreign = unsafe.adopt(address, { bytes: 16, free: (at) => freed.push(at) });
    expect(unsafe.release(foreign)).toBe(address);
    expect([freed, foreign.isAlive]).toEqual([[], false]);
    expect(errorOf(() => unsafe.release(foreign)).code).toBe('E0382');
    unsafe.deallocate(address, 16);
  });

  test('takes back what it gave, once, and nothing else', () => {
    const { unsafe } = heaplet();
    const box = heaplet().box('f64', 1);
    const address = unsafe.allocate(16);
    expect(errorOf(() => unsafe.deallocate(unsafe.addressOf(box), 8)).code).toBe('H0008');
    expect(errorOf(() => unsafe.deallocate(address + 8, 8)).code).toBe('H0008');
    expect(errorOf(() => unsafe.deallocate(address, 8)).code).toBe('H0006');
    unsafe.deallocate(address, 16);
    expect(errorOf(() => unsafe.deallocate(address, 16)).code).toBe('H0008');
    expect(errorOf(() => unsafe.deallocate(NaN, 16)).code).toBe('H0008');
    box.drop();
  });

  test('has no addresses of another instance', async () => {
    const other = await load();
    const box = other.box('i32', 1);
    expect(errorOf(() => heaplet().unsafe.addressOf(box)).code).toBe('H0004');
  });

  test('refuses what makes no sense', () => {
    const { unsafe } = heaplet();
    expect(errorOf(() => unsafe.addressOf({})).code).toBe('H0006');
    expect(errorOf(() => unsafe.bytes(-1, 4)).code).toBe('H0006');
    expect(errorOf(() => unsafe.bytes(0, 2 ** 40)).code).toBe('H0006');
    expect(errorOf(() => unsafe.allocate(NaN)).code).toBe('H0006');
    expect(errorOf(() => unsafe.adopt(8, { bytes: 1 })).code).toBe('H0006');
    const giveBack = takeMemory(heaplet());
    expect(errorOf(() => unsafe.allocate(2 ** 31 - 1)).code).toBe('H0001');
    giveBack();
  });
});

test('exhaustion is an error that changes nothing', () => {
  const before = heaplet().box('i32', 1);
  const giveBack = takeMemory(heaplet());
  const error = errorOf(() => heaplet().box(arrayOf('u8'), 2 ** 31 - 1));
  giveBack();
  expect(error).toBeInstanceOf(OutOfMemoryError);
  expect(error.code).toBe('H0001');
  expect(heaplet().liveValues()).toHaveLength(1);
  expect(before.value).toBe(1);
  before.drop();
});

test('a count at its limit is refused', () => {
  const rc = heaplet().rc('i32', 1);
  const clones = Array.from({ length: 6 }, () => rc.clone());
  const words = new Uint32Array(heaplet().unsafe.bytes(0, 0).buffer);
  const strong = slotOf(rc) + STRONG;
  expect(words[strong]).toBe(7);
  words[strong] = 2 ** 30 - 1;
  expect(errorOf(() => rc.clone()).code).toBe('H0009');
  words[strong] = 7;
  for (const owner of [rc, ...clones]) owner.drop();
});
