// SPDX-License-Identifier: MIT
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { Layout, loadHeaplet, owned } from '../../js/slim.js';
import { errorOf, isWasm64, load, moduleBytes, modulePath, sharedHeaplet } from './support.mjs';

const heaplet = sharedHeaplet();

async function rejectionOf(promise) {
  return promise.then(
    () => {
      throw new Error('nothing was thrown');
    },
    (error) => error,
  );
}

describe('loading', () => {
  test.each([
    ['bytes', () => moduleBytes()],
    ['an ArrayBuffer', async () => new Uint8Array(await moduleBytes()).buffer],
    ['a URL', () => pathToFileURL(modulePath)],
    ['a path', () => modulePath],
    ['the text of a URL', () => pathToFileURL(modulePath).href],
    ['a compiled module', async () => WebAssembly.compile(await moduleBytes())],
    ['a response', async () => new Response(await moduleBytes())],
  ])('takes %s', async (_, source) => {
    const other = await loadHeaplet({ wasm: await source() });
    const box = other.box('i32', 5);
    expect(box.value).toBe(5);
  });

  test.each([
    ['bytes of something else', () => new Uint8Array([1, 2, 3]), 'H0010'],
    ['a file that is not there', () => '/no/such/file.wasm', 'H0010'],
    ['a module of another kind', () => new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]), 'H0010'],
    ['what is no source', () => 7, 'H0006'],
  ])('refuses %s', async (_, source, code) => {
    expect((await rejectionOf(loadHeaplet({ wasm: source() }))).code).toBe(code);
  });

  test('refuses unknown diagnostics', async () => {
    expect((await rejectionOf(load({ diagnostics: 'loud' }))).code).toBe('H0006');
  });
});

describe('instances', () => {
  test('are independent', async () => {
    const other = await load();
    const boxes = Array.from({ length: 100 }, (_, i) => other.box('i32', i));
    expect(heaplet().stats().liveCount).toBe(0);
    expect(other.stats().liveCount).toBe(100);
    for (const box of boxes) box.drop();
  });

  test('refuse values of one another', async () => {
    const other = await load();
    const Holder = Layout.of({ held: owned('i32') });
    const holder = heaplet().box(Holder);
    const foreign = other.box('i32', 1);
    expect(errorOf(() => (holder.value.held = foreign)).code).toBe('H0004');
    expect(foreign.value).toBe(1);
    holder.drop();
  });

  test('say so when they were closed', async () => {
    const other = await load();
    const box = other.box('i32', 1);
    const cell = other.refCell('i32', 1);
    const slice = other.box(Layout.of({ a: 'i32' })).value;
    other.close();
    other.close();
    expect(box.isAlive).toBe(false);
    for (const use of [
      () => box.value,
      () => box.drop(),
      () => box.move(),
      () => cell.borrow(),
      () => cell.clone(),
      () => slice.a,
      () => other.box('i32', 1),
      () => other.scope(() => {}),
      () => other.stats(),
      () => other.leakReport(),
      () => other.unsafe.allocate(8),
    ]) {
      expect(errorOf(use).code).toBe('H0005');
    }
    box[Symbol.dispose]();
  });

  test('hold 40 bytes for each value, 56 on wasm64, itself included if it is small', () => {
    const boxes = Array.from({ length: 10_000 }, () => heaplet().box('i32'));
    const { slotCount, tableBytes } = heaplet().stats();
    expect(slotCount).toBeGreaterThanOrEqual(10_000);
    // Of the slots of a block one holds its number; the rest is the list of blocks and of types.
    expect(tableBytes / slotCount).toBeLessThan(4096 / (isWasm64 ? 72 : 101) + 0.4);
    for (const box of boxes) box.drop();
  });
});
