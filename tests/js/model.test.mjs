// SPDX-License-Identifier: MIT
//
// Random operations on owners, each compared with a plain JavaScript reference that does the same.
// fast-check prints the seed of a failure and shrinks it. With the other models it is a million.

import { test } from '@jest/globals';
import { explore, outcome, same } from './random.mjs';
import { growMemory, sharedHeaplet } from './support.mjs';

const heaplet = sharedHeaplet();

/** What a group of owners shares, as plain JavaScript knows it. */
class Reference {
  constructor(value) {
    this.value = value;
    this.owners = 1;
    this.borrows = 0;
  }
}

const MAKE = ['box', 'rc', 'cell', 'refCell'];

/** One owner, real and reference side by side; `state` is alive, dropped or moved. */
class Pair {
  constructor(kind, real, shared) {
    Object.assign(this, { kind, real, shared, state: 'alive' });
  }

  get isGone() {
    return this.state !== 'alive';
  }
}

const operations = {
  read({ kind, real, shared, isGone }) {
    const read = {
      box: () => real.value,
      rc: () => real.value,
      cell: () => real.get(),
      refCell: () => real.with((value) => value),
    };
    const expected = shared.borrows < 0 ? 'E0502' : shared.value;
    same(outcome(read[kind]), isGone ? 'E0382' : expected);
  },
  write({ kind, real, shared, isGone }, value) {
    const write = {
      box: () => void (real.value = value),
      rc: () => void (real.value = value),
      cell: () => real.set(value),
      refCell: () => real.withMut(() => value),
    };
    let expected = isGone ? 'E0382' : undefined;
    if (kind === 'rc') expected = 'E0594';
    else if (!isGone && shared.borrows !== 0) expected = shared.borrows < 0 ? 'E0499' : 'E0502';
    same(outcome(write[kind]), expected);
    if (expected === undefined) shared.value = value;
  },
  drop(pair) {
    const { real, shared, isGone } = pair;
    let expected = isGone ? 'E0382' : undefined;
    if (!isGone && shared.owners === 1 && shared.borrows !== 0) expected = 'E0505';
    same(
      outcome(() => real.drop()),
      expected,
    );
    if (expected !== undefined) return;
    pair.state = 'dropped';
    shared.owners -= 1;
  },
  move(pair, _, pairs) {
    const { kind, real, shared, isGone } = pair;
    let expected = isGone ? 'E0382' : undefined;
    if (!isGone && shared.borrows !== 0) expected = 'E0505';
    const result = outcome(() => real.move());
    if (expected !== undefined) return void same(result, expected);
    pair.state = 'moved';
    pairs.push(new Pair(kind, result, shared));
  },
  clone({ kind, real, shared, isGone }, _, pairs) {
    if (kind === 'box') return;
    const result = outcome(() => real.clone());
    if (isGone) return void same(result, 'E0382');
    shared.owners += 1;
    pairs.push(new Pair(kind, result, shared));
  },
  borrow({ kind, real, shared, isGone }, value, _, guards) {
    if (kind !== 'refCell') return;
    const isExclusive = value % 2 === 0;
    let expected = isGone ? 'E0382' : undefined;
    if (!isGone && isExclusive && shared.borrows !== 0) {
      expected = shared.borrows < 0 ? 'E0499' : 'E0502';
    } else if (!isGone && shared.borrows < 0) {
      expected = 'E0502';
    }
    const guard = outcome(() => (isExclusive ? real.borrowMut() : real.borrow()));
    if (expected !== undefined) return void same(guard, expected);
    shared.borrows = isExclusive ? -1 : shared.borrows + 1;
    same(guard.value, shared.value);
    guards.push({ guard, shared, isExclusive });
  },
  giveBack(_, value, __, guards) {
    if (guards.length === 0) return;
    const [{ guard, shared, isExclusive }] = guards.splice(value % guards.length, 1);
    guard.drop();
    shared.borrows = isExclusive ? 0 : shared.borrows - 1;
  },
  count({ kind, real, shared, isGone }) {
    if (kind === 'box') return;
    same(
      outcome(() => real.strongCount),
      isGone ? 'E0382' : shared.owners,
    );
  },
  weak({ kind, real, shared, isGone }) {
    if (kind === 'box' || isGone) return;
    const weak = real.downgrade();
    const upgraded = weak.upgrade();
    same(real.strongCount, shared.owners + 1);
    upgraded.drop();
    weak.drop();
    same(real.weakCount, 0);
  },
};

const NAMES = Object.keys(operations);
/** Runs `steps` operations; memory grows once on the way. */
function run(random, steps) {
  const pairs = [];
  const guards = [];
  const growAt = random(steps * 20);
  for (let step = 0; step < steps; step++) {
    if (step === growAt) growMemory(heaplet());
    if (pairs.length === 0 || random(5) === 0) {
      const kind = MAKE[random(MAKE.length)];
      pairs.push(new Pair(kind, heaplet()[kind]('i32', step), new Reference(step)));
      continue;
    }
    // Mostly recent ones, which are more often alive.
    const back = random(random(4) === 0 ? pairs.length : Math.min(pairs.length, 12));
    const pair = pairs[pairs.length - 1 - back];
    operations[NAMES[random(NAMES.length)]](pair, random(2 ** 31), pairs, guards);
  }
  for (const { guard } of guards) guard.drop();
  const alive = pairs.filter((pair) => !pair.isGone);
  const values = new Set(alive.map(({ shared }) => shared));
  same(heaplet().stats().liveCount, values.size);
  for (const { real } of alive) real.drop();
  same(heaplet().stats().liveCount, 0);
}

test('owners agree with plain JavaScript', () => explore(run, 600_000, 5000), 120_000);
