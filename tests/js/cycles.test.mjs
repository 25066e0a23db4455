// SPDX-License-Identifier: MIT
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Layout, owned, weak } from '../../js/slim.js';
import { errorOf, load, sharedHeaplet } from './support.mjs';

const heaplet = sharedHeaplet();
const Node = Layout.of(
  { id: 'i32', next: owned(() => Node), other: owned(() => Node), back: weak(() => Node) },
  'Node',
);
const node = (id) => heaplet().rc(Node, { id });

describe('collectCycles()', () => {
  test('ends what only a circle owns, and all that it owns', () => {
    const ended = [];
    const [first, second, tail] = [node(1), node(2), node(3)];
    for (const [i, rc] of [first, second, tail].entries()) rc.onDrop(() => ended.push(i));
    second.value.other = tail;
    first.value.next = second.clone();
    second.value.next = first.clone();
    const observer = first.downgrade();
    first.drop();
    expect(heaplet().collectCycles()).toEqual({ count: 0, bytes: 0 });
    second.drop();
    expect(heaplet().findCycles()).toHaveLength(1);
    expect(heaplet().collectCycles()).toEqual({ count: 3, bytes: 3 * Node.bytes });
    expect(ended.sort()).toEqual([0, 1, 2]);
    expect(observer.upgrade()).toBe(null);
    expect(heaplet().findCycles()).toEqual([]);
  });

  test('ends a value that owns itself', () => {
    const rc = node(1);
    rc.value.next = rc.clone();
    rc.drop();
    expect(heaplet().collectCycles().count).toBe(1);
  });

  test('leaves what has an owner or is borrowed', () => {
    const cell = heaplet().refCell(Node, { id: 1 });
    cell.withMut((value) => void (value.next = cell.clone()));
    const guard = cell.borrow();
    cell.drop();
    expect(heaplet().collectCycles().count).toBe(0);
    expect(guard.value.id).toBe(1);
    guard.drop();
    expect(heaplet().collectCycles().count).toBe(1);
  });

  test('leaves what a pool holds', () => {
    const pool = heaplet().pool(Node, 1);
    const rc = node(1);
    rc.value.next = rc.clone();
    const item = pool.create({ other: rc });
    expect(heaplet().collectCycles().count).toBe(0);
    expect(item.value.other.id).toBe(1);
    pool.drop();
    expect(heaplet().collectCycles().count).toBe(1);
  });

  test('lets a callback save a value, with its fields empty', () => {
    const [first, second] = [node(1), node(2)];
    const observers = [first.downgrade(), second.downgrade()];
    let saved = null;
    // Whichever ends first saves the other.
    first.onDrop(() => (saved ??= observers[1].upgrade()));
    second.onDrop(() => (saved ??= observers[0].upgrade()));
    first.value.next = second.clone();
    second.value.next = first.clone();
    first.drop();
    second.drop();
    heaplet().collectCycles();
    expect(saved.value.next).toBe(null);
    expect(saved.strongCount).toBe(1);
    saved.drop();
  });

  test('ends everything when a callback throws, and says so', () => {
    const rc = node(1).onDrop(() => {
      throw new Error('mine');
    });
    rc.value.next = rc.clone();
    rc.drop();
    expect(errorOf(() => heaplet().collectCycles()).code).toBe('H0011');
  });

  test('ends what plain JavaScript cannot reach, in random graphs', () => {
    const edge = fc.tuple(fc.nat(19), fc.nat(19), fc.boolean());
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 60 }), fc.array(fc.nat(19)), (edges, roots) => {
        const owners = Array.from({ length: 20 }, (_, id) => node(id));
        const targets = owners.map(() => ({ next: null, other: null }));
        for (const [from, to, isNext] of edges) {
          const field = isNext ? 'next' : 'other';
          owners[from].value[field] = owners[to].clone();
          targets[from][field] = to;
        }
        const kept = new Set(roots);
        const reached = new Set(kept);
        for (const at of reached) {
          for (const to of Object.values(targets[at])) if (to !== null) reached.add(to);
        }
        owners.forEach((owner, id) => kept.has(id) || owner.drop());
        heaplet().collectCycles();
        expect(heaplet().stats().liveCount).toBe(reached.size);
        for (const id of kept) {
          expect(owners[id].value.next?.id ?? null).toBe(targets[id].next);
          owners[id].drop();
        }
        heaplet().collectCycles();
        expect(heaplet().stats().liveCount).toBe(0);
      }),
    );
  });
});

describe('ownershipGraph()', () => {
  test('has a place for each value and an edge for each owning field', async () => {
    // An instance of its own, where the first value has the first slot.
    const own = await load();
    const first = own.rc(Node, { id: 1 });
    const second = own.rc(Node, { id: 2 });
    first.value.next = second.clone();
    first.value.other = second.clone();
    const observer = second.downgrade();
    const { values, edges } = own.ownershipGraph();
    expect(
      values.map(({ type, owners, observers, readers }) => [type, owners, observers, readers]),
    ).toEqual([
      ['Node', 1, 0, 0],
      ['Node', 3, 1, 0],
    ]);
    expect(edges).toEqual([
      { from: 0, to: 1 },
      { from: 0, to: 1 },
    ]);
    first.drop();
    second.drop();
    expect(own.ownershipGraph()).toEqual({ values: [], edges: [] });
    expect(observer.upgrade()).toBe(null);
  });

  test('tells who is borrowed', () => {
    const cell = heaplet().refCell('i32', 1);
    const readers = () => heaplet().ownershipGraph().values[0].readers;
    const guards = [cell.borrow(), cell.borrow()];
    expect(readers()).toBe(2);
    for (const guard of guards) guard.drop();
    const writer = cell.borrowMut();
    expect(readers()).toBe(-1);
    writer.drop();
    cell.drop();
  });
});
