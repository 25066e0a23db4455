// SPDX-License-Identifier: MIT
//
// Arc, Mutex and RwLock between real threads: worker_threads in Node, module workers in browsers.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Layout, arrayOf, owned, text } from '../../js/shared.js';
import { Pair } from './thread-types.mjs';
import { errorOf, isMainOfPage, loadSharedHere, startThread } from './support.mjs';

let shared;
let threads = [];

beforeEach(async () => {
  shared = await loadSharedHere();
});

// Every test ends with nothing alive, once its threads are gone.
afterEach(async () => {
  for (const { worker, seat } of threads.splice(0)) await worker.end(shared, seat);
  expect(shared.stats()).toMatchObject({ liveCount: 0, messageCount: 0 });
});

/** A thread that has joined; `ask(name, …)` resolves with what it answers. */
async function thread() {
  const worker = await startThread();
  const seat = shared.seat();
  const one = { worker, seat, ask: (name, rest) => worker.ask({ name, ...rest }) };
  await one.ask('join', { seat });
  threads.push(one);
  return one;
}

/** Locks as this thread may. */
const lock = async (mutex) => (isMainOfPage ? mutex.lockAsync() : mutex.lock());

/** Ends a thread without a word, and gives back what it had. */
async function kill(one) {
  await one.worker.end(shared, one.seat);
  threads = threads.filter((other) => other !== one);
}

describe('an Arc', () => {
  test('is one value with owners in several threads', async () => {
    const arc = shared.arc('f64', 1.5);
    const [a, b] = await Promise.all([thread(), thread()]);
    expect(await a.ask('keep', { message: arc.clone().send(), clones: 3 })).toBe(5);
    expect(await b.ask('keep', { message: arc.clone().send(), clones: 0 })).toBe(6);
    arc.drop();
    const back = shared.receive(await a.ask('sendBack'), 'f64');
    expect([back.value, back.strongCount]).toEqual([1.5, 5]);
    back.drop();
  });

  test('ends with its last owner, wherever that is', async () => {
    const arc = shared.arc('f64', 1);
    const weak = arc.downgrade();
    const one = await thread();
    await one.ask('keep', { message: arc.send(), clones: 0 });
    expect(errorOf(() => arc.value).code).toBe('E0382');
    const upgraded = weak.upgrade();
    expect(upgraded.strongCount).toBe(2);
    upgraded.drop();
    await one.ask('leave');
    expect(weak.upgrade()).toBe(null);
    expect(shared.stats().liveCount).toBe(0);
  });

  test('is released when its thread dies', async () => {
    const arc = shared.arc('f64', 1);
    const one = await thread();
    expect(await one.ask('keep', { message: arc.clone().send(), clones: 2000 })).toBe(2002);
    expect(arc.strongCount).toBe(2002);
    await kill(one);
    shared.reclaim(one.seat);
    expect(arc.strongCount).toBe(1);
    arc.drop();
  });

  test('is received once, as what it is', async () => {
    const message = shared.arc(Pair, { x: 1 }).send();
    const one = await thread();
    expect(await one.ask('codeOf', { message, type: 'i32' })).toBe('H0006');
    const Other = Layout.of({ x: 'f64', y: 'f64' }, 'Pair');
    for (const wrong of ['i32', text, Other])
      expect(errorOf(() => shared.receive(message, wrong)).code).toBe('H0006');
    const pair = shared.receive(message, Layout.of({ x: 'i32', y: 'i32' }, 'Pair'));
    expect(pair.value.x).toBe(1);
    expect(errorOf(() => shared.receive(message, Pair)).code).toBe('E0382');
    for (const forged of [
      undefined,
      {},
      { ...message, heaplet: 'toString' },
      { ...message, entry: -1 },
      { ...message, generation: NaN },
    ])
      expect(errorOf(() => shared.receive(forged, Pair)).code).toBe('H0006');
    for (const entry of [1, message.entry + 1, 2 ** 30])
      expect(errorOf(() => shared.receive({ ...message, entry }, Pair)).code).toBe('E0382');
    pair.drop();
  });

  test('ends its views with the owner they came from', () => {
    const arc = shared.arc(arrayOf('i32'), [1, 2, 3]);
    const other = arc.clone();
    const view = arc.value;
    expect(view.at(2)).toBe(3);
    arc.drop();
    expect(errorOf(() => view.at(2)).code).toBe('E0597');
    expect(other.value.toArray()).toEqual([1, 2, 3]);
    other.move().drop();
    expect(errorOf(() => other.value).code).toBe('E0382');
    const word = shared.arc(text, 'größer');
    expect(word.value).toBe('größer');
    word[Symbol.dispose]();
    word[Symbol.dispose]();
  });

  test('holds what owns nothing', () => {
    expect(errorOf(() => shared.arc(Layout.of({ a: owned('i32') }))).code).toBe('E0277');
    expect(errorOf(() => shared.arc('i32', 1.5)).code).toBe('H0006');
    expect(errorOf(() => shared.arc('i33')).code).toBe('H0006');
  });

  test('stays whole while threads make, clone and end values at once', async () => {
    const arc = shared.arc('f64', 2.5);
    const all = await Promise.all([thread(), thread(), thread()]);
    const churning = all.map((one, i) =>
      one.ask('churn', { message: arc.clone().send(), seed: i + 1 }),
    );
    for (let i = 0; i < 200; i++) {
      shared.arc(arrayOf('u8'), 10_000).drop();
      arc.clone().drop();
    }
    expect(await Promise.all(churning)).toEqual([2.5, 2.5, 2.5]);
    expect(arc.strongCount).toBe(1);
    arc.drop();
  }, 30_000);
});

describe('a Mutex', () => {
  test('lets threads take turns', async () => {
    const mutex = shared.mutex('i32', 0);
    const all = await Promise.all([thread(), thread(), thread()]);
    const names = ['add', 'add', 'addAsync'];
    const adding = all.map((one, i) =>
      one.ask(names[i], { message: mutex.clone().send(), times: 2000 }),
    );
    for (let i = 0; i < 200; i++) {
      const guard = await mutex.lockAsync();
      guard.value += 1;
      guard.drop();
    }
    await Promise.all(adding);
    const guard = await lock(mutex);
    expect(guard.value).toBe(6200);
    expect(mutex.tryLock()).toBe(null);
    guard.drop();
    guard.drop();
    mutex.drop();
  }, 30_000);

  test('refuses to stop a main thread, and itself', async () => {
    const mutex = shared.mutex('i32', 1);
    if (isMainOfPage) {
      const error = errorOf(() => mutex.lock());
      expect([error.code, error.name]).toEqual(['H0012', 'WouldBlockError']);
      expect(error.help).toContain('lockAsync');
    } else {
      const guard = mutex.lock();
      expect(errorOf(() => mutex.lock()).code).toBe('E0499');
      guard.drop();
    }
    const guard = mutex.tryLock();
    let seen;
    const waiting = mutex.lockAsync().then((next) => {
      seen = next.value;
      next.drop();
    });
    guard.value = 7;
    expect(seen).toBe(undefined);
    guard.drop();
    await waiting;
    expect(seen).toBe(7);
    mutex.drop();
  });

  test('is poisoned by a body that throws, until somebody says it is whole', () => {
    if (isMainOfPage) return;
    const mutex = shared.mutex(Pair, { x: 1 });
    expect(() =>
      mutex.with((pair) => {
        pair.x = 2;
        throw new Error('mine');
      }),
    ).toThrow('mine');
    expect(mutex.isPoisoned).toBe(true);
    for (const use of [() => mutex.lock(), () => mutex.tryLock(), () => mutex.with(() => 1)])
      expect(errorOf(use).code).toBe('H0013');
    mutex.clearPoison();
    expect(mutex.with((pair) => pair.x)).toBe(2);
    mutex.drop();
  });

  test('is freed and poisoned when its thread dies', async () => {
    const mutex = shared.mutex('i32', 1);
    const one = await thread();
    await one.ask('hold', { message: mutex.clone().send(), how: 'lock' });
    expect(mutex.tryLock()).toBe(null);
    const waiting = mutex.lockAsync().catch(({ code }) => code);
    await kill(one);
    expect(await waiting).toBe('H0013');
    expect([mutex.isPoisoned, mutex.strongCount]).toEqual([true, 1]);
    mutex.clearPoison();
    const guard = await lock(mutex);
    guard.drop();
    mutex.drop();
  });

  test('keeps its value alive, and ends views with the guard', async () => {
    const mutex = shared.mutex(Pair, { x: 1 });
    const guard = await lock(mutex);
    const view = guard.value;
    mutex.drop();
    view.x = 5;
    expect(guard.value.x).toBe(5);
    guard.value = { x: 6, y: 7 };
    expect([view.x, view.y]).toEqual([6, 7]);
    guard.drop();
    expect(errorOf(() => view.x).code).toBe('E0597');
    expect(errorOf(() => guard.value).code).toBe('E0382');
  });
});

describe('a RwLock', () => {
  test('lets many read or one write', async () => {
    const rw = shared.rwLock('i32', 1);
    const readers = [rw.tryRead(), await rw.readAsync()];
    expect(rw.tryWrite()).toBe(null);
    expect(errorOf(() => (readers[0].value = 2)).code).toBe('H0006');
    for (const reader of readers) reader.drop();
    const writer = await rw.writeAsync();
    writer.value = 2;
    expect(rw.tryRead()).toBe(null);
    writer.drop();
    const reader = rw.tryRead();
    expect(reader.value).toBe(2);
    reader.drop();
    rw.drop();
  });

  test('never shows a value that is half written', async () => {
    const rw = shared.rwLock(Pair);
    const all = await Promise.all([thread(), thread(), thread()]);
    const torn = await Promise.all(
      all.map((one) => one.ask('pairs', { message: rw.clone().send(), times: 2000 })),
    );
    expect(torn).toEqual([0, 0, 0]);
    rw.drop();
  }, 30_000);

  /** Until readers are refused, because a writer waits. */
  async function writerWaits(rw) {
    for (let guard = rw.tryRead(); guard; guard = rw.tryRead()) {
      guard.drop();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  test('lets a waiting writer go before readers', async () => {
    const rw = shared.rwLock('i32', 0);
    const writer = await thread();
    const reader = rw.tryRead();
    const written = writer.ask('write', { message: rw.clone().send(), value: 1 });
    await writerWaits(rw);
    reader.drop();
    // Not in the moment either in which the lock is free, and the writer has yet to wake.
    const next = rw.tryRead();
    expect(next?.value ?? 1).toBe(1);
    next?.drop();
    await written;
    const later = await rw.readAsync();
    expect(later.value).toBe(1);
    later.drop();
    rw.drop();
  });

  test('lets readers in again when a writer that waits dies', async () => {
    const rw = shared.rwLock('i32', 0);
    const writer = await thread();
    const reader = rw.tryRead();
    writer.ask('write', { message: rw.clone().send(), value: 1 }).catch(() => {});
    await writerWaits(rw);
    await kill(writer);
    const next = rw.tryRead();
    expect(next.value).toBe(0);
    next.drop();
    reader.drop();
    rw.drop();
  });

  test('lets readers in again when the owner that waits to write is dropped', async () => {
    const rw = shared.rwLock('i32', 0);
    const other = rw.clone();
    const reader = rw.tryRead();
    const writing = rw.writeAsync();
    expect(other.tryRead()).toBe(null);
    rw.drop();
    expect((await writing.catch((error) => error)).code).toBe('E0382');
    const next = other.tryRead();
    expect(next.value).toBe(0);
    for (const owner of [next, reader, other]) owner.drop();
  });

  test('is readable and not poisoned when a reader dies, poisoned when a writer does', async () => {
    const rw = shared.rwLock('i32', 1);
    const reader = await thread();
    await reader.ask('hold', { message: rw.clone().send(), how: 'read' });
    expect(rw.tryWrite()).toBe(null);
    await kill(reader);
    rw.tryWrite().drop();
    const writer = await thread();
    await writer.ask('hold', { message: rw.clone().send(), how: 'write' });
    expect(rw.tryRead()).toBe(null);
    await kill(writer);
    expect(errorOf(() => rw.tryRead()).code).toBe('H0013');
    rw.clearPoison();
    rw.tryRead().drop();
    rw.drop();
  });
});

test('a thread that dies inside of the module breaks the memory, and all are told', async () => {
  const broken = await loadSharedHere();
  const worker = await startThread();
  const seat = broken.seat();
  await worker.ask({ name: 'join', seat });
  expect(await worker.ask({ name: 'hang' })).toBe('inside');
  const error = await worker.end(broken, seat).catch((reason) => reason);
  expect(error.code).toBe('H0014');
  for (const use of [() => broken.arc('i32', 1), () => broken.stats(), () => broken.seat()])
    expect(errorOf(use).code).toBe('H0014');
});

test('seats are for other threads of the same memory, and parts end', async () => {
  const other = await loadSharedHere();
  for (const wrong of [undefined, {}, other.seat()])
    expect(errorOf(() => shared.reclaim(wrong)).code).toBe('H0006');
  const arc = other.arc('i32', 1);
  other.leave();
  other.leave();
  expect(errorOf(() => arc.value).code).toBe('H0005');
  expect(errorOf(() => other.arc('i32', 1)).code).toBe('H0005');
  arc[Symbol.dispose]();
});
