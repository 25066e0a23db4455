// SPDX-License-Identifier: MIT
//
// What other threads do in threads.test.mjs, in Node and in browsers: they join by the first message,
// and answer each of the others.

import { Layout, joinShared } from '../../js/shared.js';
import { Pair } from './thread-types.mjs';

const isNode = typeof process === 'object' && Boolean(process.versions?.node);
const port = isNode ? (await import('node:worker_threads')).parentPort : self;
const listen = (body) =>
  isNode ? port.on('message', body) : port.addEventListener('message', ({ data }) => body(data));

let shared;
const kept = [];

const commands = {
  async join(seat) {
    shared = await joinShared(seat);
  },
  /** Adds to a Mutex in small steps that only a lock keeps whole. */
  add({ message, times }) {
    const mutex = shared.receive(message, 'i32');
    for (let i = 0; i < times; i++) mutex.with((value, guard) => void (guard.value = value + 1));
    mutex.drop();
  },
  async addAsync({ message, times }) {
    const mutex = shared.receive(message, 'i32');
    for (let i = 0; i < times; i++) {
      const guard = await mutex.lockAsync();
      guard.value += 1;
      guard.drop();
    }
    mutex.drop();
  },
  /** Writes both fields of a pair, or checks that they agree. */
  pairs({ message, times }) {
    const lock = shared.receive(message, Pair);
    let torn = 0;
    for (let i = 0; i < times; i++) {
      const guard = i % 4 === 0 ? lock.write() : lock.read();
      const pair = guard.value;
      if (i % 4 === 0) {
        pair.x = i;
        pair.y = -i;
      } else if (pair.x !== -pair.y) {
        torn += 1;
      }
      guard.drop();
    }
    lock.drop();
    return torn;
  },
  /** Makes, clones and ends values, some so large that memory grows. */
  churn({ message, seed }) {
    const arc = shared.receive(message, 'f64');
    let state = seed;
    const own = [];
    for (let i = 0; i < 3000; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const kind = state >>> 30;
      if (kind === 0) own.push(shared.arc('i32', i));
      else if (kind === 1) own.push(arc.clone());
      else if (kind === 2 && i % 50 === 0) own.push(shared.arc(Layout.of({ a: 'u8' }), { a: 1 }));
      else own.splice(state % Math.max(own.length, 1), 1)[0]?.drop();
    }
    const value = arc.value;
    for (const owner of [arc, ...own]) owner.drop();
    return value;
  },
  keep({ message, clones, type = 'f64' }) {
    const owner = shared.receive(message, type);
    kept.push(owner);
    for (let i = 0; i < clones; i++) kept.push(owner.clone());
    return owner.strongCount;
  },
  /** Takes a lock and never gives it back. */
  hold({ message, how }) {
    const lock = shared.receive(message, 'i32');
    kept.push(lock, lock[how]());
  },
  /** Waits to write. */
  write({ message, value }) {
    const lock = shared.receive(message, 'i32');
    const guard = lock.write();
    guard.value = value;
    guard.drop();
    lock.drop();
  },
  sendBack() {
    return kept.pop().send();
  },
  codeOf({ message, type }) {
    try {
      shared.receive(message, type);
    } catch (error) {
      return error.code;
    }
  },
  leave: () => shared.leave(),
  /** Does one thing over and over, until somebody ends the thread. */
  spin({ message, operation }) {
    const owner = shared.receive(message, Pair);
    port.postMessage({ result: 'spinning' });
    for (let i = 0; ; i++) {
      operations[operation](owner);
      for (let pause = i % 64; pause > 0; pause--) Math.sin(pause); // outside of the module
    }
  },
  /** Says that it is inside, and stays there. */
  hang() {
    shared._gate.run(() => {
      port.postMessage({ result: 'inside' });
      for (;;);
    });
  },
};

const operations = {
  clone: (arc) => arc.clone().drop(),
  send: (arc) => shared.receive(arc.clone().send(), Pair).drop(),
  upgrade: (arc) => arc.downgrade().upgrade().drop(),
  make: () => shared.arc(Pair, { x: 1, y: -1 }).drop(),
  lock: (mutex) => write(mutex.lock()),
  read: (rw) => rw.read().drop(),
  write: (rw) => write(rw.write()),
};

function write(guard) {
  const pair = guard.value;
  pair.x += 1;
  pair.y = -pair.x;
  guard.drop();
}

listen(async ({ name, ...rest }) => {
  try {
    port.postMessage({ result: await commands[name](name === 'join' ? rest.seat : rest) });
  } catch (error) {
    port.postMessage({ error: `${error.stack}` });
  }
});
port.postMessage({ result: 'ready' });
