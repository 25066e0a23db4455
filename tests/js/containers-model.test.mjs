// SPDX-License-Identifier: MIT
//
// Random operations on arenas, slabs, pools, weak observers, scopes and owned fields, each beside a plain
// JavaScript reference.

import { test } from '@jest/globals';
import { Layout, owned, weak } from '../../js/slim.js';
import { explore, outcome, same } from './random.mjs';
import { growMemory, sharedHeaplet } from './support.mjs';

const heaplet = sharedHeaplet();
const Pair = Layout.of({ x: 'i32', y: 'f64' }, 'Pair');
const live = () => heaplet().stats().liveCount;

/** One of a list's items, mostly a recent one; undefined of none. */
function pick(random, items) {
  const span = random(3) === 0 ? items.length : Math.min(items.length, 8);
  return items[items.length - 1 - random(Math.max(span, 1))];
}

function slabs(random, steps) {
  const capacity = 1 + random(20);
  const slab = heaplet().slab(Pair, capacity);
  const all = [];
  const marks = [];
  const alive = () => all.filter((entry) => entry.value !== null);
  const end = (entries) => entries.forEach((entry) => (entry.value = null));
  const operations = [
    () => {
      const value = random(2 ** 31);
      const key = outcome(() => slab.insert({ x: value, y: value / 2 }));
      if (alive().length === capacity) return same(key, 'H0001');
      const entry = { key, value, view: slab.at(key), birth: all.length };
      all.push(entry);
    },
    () => {
      const entry = pick(random, all);
      if (!entry) return;
      same(slab.at(entry.key)?.x ?? null, entry.value);
      same(slab.has(entry.key), entry.value !== null);
      same(
        outcome(() => entry.view.y),
        entry.value === null ? 'E0597' : entry.value / 2,
      );
    },
    () => {
      const entry = pick(random, all);
      if (!entry) return;
      same(slab.remove(entry.key), entry.value !== null);
      entry.value = null;
    },
    () => {
      const entry = pick(random, all);
      if (!entry) return;
      same(slab.set(entry.key, { x: 7, y: 3.5 }), entry.value !== null);
      if (entry.value !== null) entry.value = 7;
    },
    () => same(slab.size, alive().length),
    () => marks.push({ checkpoint: slab.checkpoint(), births: all.length }),
    () => {
      const mark = pick(random, marks);
      if (!mark || random(4) > 0) return;
      slab.rewind(mark.checkpoint);
      end(all.filter(({ birth }) => birth >= mark.births));
    },
    () => {
      if (random(20) > 0) return;
      slab.reset();
      end(all);
    },
  ];
  for (let step = 0; step < steps; step++) operations[random(operations.length)]();
  slab.drop();
  for (const { view } of all)
    same(
      outcome(() => view.x),
      'E0597',
    );
}

function pools(random, steps) {
  const capacity = 1 + random(20);
  let pool = heaplet().pool('u32', capacity);
  const all = [];
  let count = 0;
  const kill = (entry, how) => {
    if (entry.how === undefined) count -= 1;
    entry.how ??= how;
  };
  const operations = [
    () => {
      const value = random(2 ** 31);
      const item = outcome(() => pool.create(value));
      if (count === capacity) return same(item, 'H0001');
      count += 1;
      all.push({ item, value, how: undefined });
    },
    () => {
      const entry = pick(random, all);
      if (entry)
        same(
          outcome(() => entry.item.value),
          entry.how ?? entry.value,
        );
    },
    () => {
      const entry = pick(random, all);
      if (!entry) return;
      const value = random(2 ** 31);
      same(
        outcome(() => void (entry.item.value = value)),
        entry.how,
      );
      entry.value = value;
    },
    () => {
      const entry = pick(random, all);
      if (!entry) return;
      same(entry.item.isAlive, entry.how === undefined);
      same(
        outcome(() => entry.item.drop()),
        entry.how,
      );
      kill(entry, 'E0382');
    },
    () => same(pool.size, count),
    () => {
      if (random(10) === 0) pool = pool.move();
    },
    () => {
      if (random(30) > 0) return;
      pool.reset();
      for (const entry of all) kill(entry, 'E0597');
    },
  ];
  for (let step = 0; step < steps; step++) operations[random(operations.length)]();
  pool.drop();
  for (const entry of all)
    same(
      outcome(() => entry.item.value),
      entry.how ?? 'E0597',
    );
}

function arenas(random, steps) {
  const arena = heaplet().arena({ chunkBytes: 64 + random(500) });
  const all = [];
  let marks = [];
  const operations = [
    () => {
      const value = random(2 ** 31);
      all.push({ item: arena.create('i32', value), value, depth: marks.length });
    },
    () => {
      const value = random(2 ** 31);
      const item = arena.create(Pair, { x: value });
      all.push({ item, view: item.value, value, depth: marks.length });
    },
    () => {
      const entry = pick(random, all);
      if (!entry) return;
      const { item, view, value, depth } = entry;
      const expected = depth < 0 ? 'E0597' : value;
      same(
        outcome(() => (view ? view.x : item.value)),
        expected,
      );
      same(item.isAlive, depth >= 0);
    },
    () => {
      if (marks.length < 64) marks.push(arena.checkpoint());
    },
    () => {
      if (marks.length === 0) return;
      const index = random(marks.length);
      const passed = marks.slice(index);
      arena.rewind(passed[0]);
      marks = marks.slice(0, index);
      for (const mark of passed)
        same(
          outcome(() => arena.rewind(mark)),
          'H0006',
        );
      for (const entry of all) if (entry.depth > index) entry.depth = -1;
    },
    () => {
      if (random(20) > 0) return;
      arena.reset();
      marks = [];
      for (const entry of all) entry.depth = -1;
    },
  ];
  for (let step = 0; step < steps; step++) operations[random(operations.length)]();
  heaplet().scope((scope) => scope.own(arena));
  for (const { item } of all)
    same(
      outcome(() => item.value),
      'E0597',
    );
}

const Node = Layout.of({ id: 'i32', child: owned(() => Node), seen: weak(() => Node) }, 'Node');

/** Trees of owned fields, observers, scopes: what is alive is what plain JavaScript reaches. */
function trees(random, steps) {
  const scope = heaplet().openScope();
  const roots = [];
  const observers = [];
  const size = (node) => (node === null ? 0 : 1 + size(node.child));
  const kill = (node) => {
    for (let at = node; at !== null; at = at.child) at.isDead = true;
  };
  const operations = [
    () => {
      const node = { id: random(1000), child: null, isDead: false };
      const owner = heaplet().rc(Node, { id: node.id });
      observers.push({ weak: owner.downgrade(), node });
      roots.push({ owner, node });
      if (random(4) === 0) scope.own(owner);
    },
    () => {
      // Into another's field, which drops what it had.
      if (roots.length < 2) return;
      const [root] = roots.splice(random(roots.length), 1);
      const parent = pick(random, roots);
      parent.owner.value.child = root.owner;
      kill(parent.node.child);
      parent.node.child = root.node;
      same(
        outcome(() => root.owner.value),
        'E0382',
      );
    },
    () => {
      if (roots.length === 0 || random(2) > 0) return;
      const [{ owner, node }] = roots.splice(random(roots.length), 1);
      owner.drop();
      kill(node);
    },
    () => {
      const observer = pick(random, observers);
      if (!observer) return;
      const upgraded = observer.weak.upgrade();
      same(upgraded === null, observer.node.isDead);
      if (upgraded === null) return;
      same(upgraded.value.id, observer.node.id);
      same(upgraded.value.child?.id ?? null, observer.node.child?.id ?? null);
      upgraded.drop();
    },
    () => {
      const [root, other] = [pick(random, roots), pick(random, observers)];
      if (!root || !other) return;
      root.owner.value.seen = other.weak;
      same(root.owner.value.seen?.id ?? null, other.node.isDead ? null : other.node.id);
    },
    () =>
      same(
        live(),
        roots.reduce((sum, { node }) => sum + size(node), 0),
      ),
    () => {
      if (random(200) === 0) growMemory(heaplet());
    },
  ];
  for (let step = 0; step < steps; step++) operations[random(operations.length)]();
  scope.close();
  for (const { owner } of roots) owner[Symbol.dispose]();
  same(live(), 0);
}

for (const [name, run, total] of [
  ['slabs', slabs, 100_000],
  ['pools', pools, 100_000],
  ['arenas', arenas, 100_000],
  ['trees of owners', trees, 100_000],
]) {
  test(`${name} agree with plain JavaScript`, () => explore(run, total, 400), 60_000);
}
