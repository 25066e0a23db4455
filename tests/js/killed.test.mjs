// SPDX-License-Identifier: MIT
//
// Threads that are terminated in the middle of each operation on what threads share, at moments that seeds
// choose. Either the thread died outside of the module: then what it had is given back, and all goes on. Or
// inside: then everybody is told (H0014), and nobody waits for ever. What the thread was counting up or
// down in that moment may stay counted once too often (gate.js, I2): a leak, and never an end too early.

import { describe, expect, test } from '@jest/globals';
import { errorOf, loadSharedHere, startThread } from './support.mjs';
import { Pair } from './thread-types.mjs';

const SEEDS = [1, 2, 3, 4];

/** Resolves with whether the memory survived. */
async function killIn(shared, owner, operation, seed) {
  const worker = await startThread();
  const seat = shared.seat();
  await worker.ask({ name: 'join', seat });
  const message = owner.clone().send();
  expect(await worker.ask({ name: 'spin', message, operation })).toBe('spinning');
  await new Promise((resolve) => setTimeout(resolve, (seed * 7919) % 23));
  const error = await worker.end(shared, seat).catch((reason) => reason);
  if (!error) return true;
  expect(error.code).toBe('H0014');
  for (const use of [() => shared.stats(), () => shared.seat(), () => shared.arc('i32', 1)]) {
    expect(errorOf(use).code).toBe('H0014');
  }
  return false;
}

/**
 * A guard after a death; when the lock is poisoned, after that was cleared. null when it was given up for
 * good, as it is when a reader died between its entry and its count (gate.js, I3).
 */
function take(lock, how) {
  const once = () => {
    try {
      return lock[how]();
    } catch (error) {
      expect(error.code).toBe('H0013');
      return null;
    }
  };
  const guard = once();
  if (guard) return guard;
  lock.clearPoison();
  return once();
}

async function eachSeed(make, operation, after) {
  for (const seed of SEEDS) {
    const shared = await loadSharedHere();
    const owner = make(shared);
    if (!(await killIn(shared, owner, operation, seed))) continue;
    expect([1, 2]).toContain(owner.strongCount);
    after(owner);
    owner.drop();
    const { liveCount, messageCount } = shared.stats();
    expect([0, 1]).toContain(liveCount);
    expect([0, 1]).toContain(messageCount);
  }
}

const init = { x: 0, y: 0 };

describe('a thread killed in the middle of', () => {
  test.each(['clone', 'send', 'upgrade', 'make'])('%s of an Arc', async (operation) => {
    const make = (shared) => shared.arc(Pair, { x: 5, y: 6 });
    await eachSeed(make, operation, (arc) => expect(arc.value.toJSON()).toEqual({ x: 5, y: 6 }));
  });

  test('lock and unlock of a Mutex', async () => {
    await eachSeed(
      (shared) => shared.mutex(Pair, init),
      'lock',
      (mutex) => {
        const poisoned = mutex.isPoisoned;
        const guard = take(mutex, 'tryLock');
        const { x, y } = guard.value.toJSON();
        // Half a change is only there where it is said.
        if (!poisoned) expect(x).toBe(-y);
        guard.value = init;
        guard.drop();
      },
    );
  });

  test.each(['read', 'write'])('%s of a RwLock', async (operation) => {
    await eachSeed(
      (shared) => shared.rwLock(Pair, init),
      operation,
      (rw) => {
        const writer = take(rw, 'tryWrite');
        if (!writer) return expect(errorOf(() => rw.tryRead()).code).toBe('H0013');
        writer.drop();
        const readers = [rw.tryRead(), rw.tryRead()];
        for (const reader of readers) reader.drop();
      },
    );
  });
});
