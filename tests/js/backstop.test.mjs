// SPDX-License-Identifier: MIT
//
// What the garbage collector finds. Only in Node, which lets a test ask for a collection.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { load } from './support.mjs';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

let warn;
beforeEach(() => {
  warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
});
afterEach(() => warn.mockRestore());

/** Collects until `isDone`, which needs turns of the event loop. */
async function collectUntil(isDone) {
  for (let i = 0; i < 50 && !isDone(); i++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(isDone()).toBe(true);
}

test('a sampled backstop drops and reports every 64th owner that was lost', async () => {
  const heaplet = await load({ backstop: 'sampled', diagnostics: 'full' });
  (() => {
    for (let i = 0; i < 640; i++) heaplet.box('f64', i);
  })();
  expect(heaplet.stats().liveCount).toBe(640);
  await collectUntil(() => heaplet.stats().liveCount === 630);
  const [group] = heaplet.backstopReport();
  expect(group).toMatchObject({ type: 'f64', count: 10 });
  expect(group.site).toContain('backstop.test.mjs');
  // Ten of one place are one line.
  expect(warn).toHaveBeenCalledTimes(1);
  expect(warn.mock.calls[0][0]).toContain('nobody dropped Box#');
});

test('it leaves what was dropped, moved, shared or left to a scope', async () => {
  const heaplet = await load({ backstop: 'sampled' });
  const kept = [];
  const scope = heaplet.openScope();
  (() => {
    for (let i = 0; i < 64; i++) heaplet.box('i32', i).drop();
    for (let i = 0; i < 64; i++) kept.push(heaplet.box('i32', i).move());
    for (let i = 0; i < 64; i++) {
      const rc = heaplet.rc('i32', i);
      kept.push(rc.clone());
      rc.drop();
    }
    for (let i = 0; i < 64; i++) scope.own(heaplet.cell('i32', i));
  })();
  for (let i = 0; i < 5; i++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(kept.every((owner) => owner.isAlive)).toBe(true);
  scope.close();
  for (const owner of kept) owner.drop();
  expect(heaplet.stats().liveCount).toBe(0);
  expect(heaplet.backstopReport()).toEqual([]);
});

test('a lost share is one owner less', async () => {
  const heaplet = await load({ backstop: 'sampled' });
  for (let i = 0; i < 63; i++) heaplet.box('i32').drop();
  const share = (() => heaplet.rc('i32', 7).clone())();
  await collectUntil(() => share.strongCount === 1);
  share.drop();
});

test('a scope with a backstop that nobody closed ends what it owns', async () => {
  const heaplet = await load();
  const ended = [];
  (() => {
    const scope = heaplet.openScope({ backstop: true });
    for (const name of ['a', 'b']) scope.own(heaplet.box('i32')).onDrop(() => ended.push(name));
    const closed = heaplet.openScope({ backstop: true });
    closed.own(heaplet.box('i32'));
    closed.close();
  })();
  await collectUntil(() => ended.length === 2);
  expect(ended).toEqual(['b', 'a']);
  expect(heaplet.backstopReport()).toEqual([{ type: 'Scope', site: 'unknown', count: 1 }]);
});

test('goes on when what it ends throws', async () => {
  const heaplet = await load({ backstop: 'sampled' });
  let ended = 0;
  const fail = () => {
    ended += 1;
    throw new Error('mine');
  };
  (() => {
    for (let i = 0; i < 256; i++) heaplet.box('i32', i).onDrop(fail);
  })();
  const error = jest.spyOn(console, 'error').mockImplementation(() => {});
  await collectUntil(() => ended === 4);
  expect(heaplet.stats().liveCount).toBe(252);
  expect(error.mock.calls.map(([reason]) => reason.message)).toEqual(Array(4).fill('mine'));
  error.mockRestore();
});

test('does not mind instances that were closed, and refuses other levels', async () => {
  const heaplet = await load({ backstop: 'sampled' });
  (() => {
    for (let i = 0; i < 64; i++) heaplet.box('i32');
  })();
  heaplet.close();
  collect();
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(heaplet.backstopReport()).toEqual([]);
  await expect(load({ backstop: 'all' })).rejects.toThrow('H0006');
});
