// SPDX-License-Identifier: MIT
import { expect, test } from '@jest/globals';
import {
  BOX,
  byType,
  cyclesOf,
  handlesSummary,
  handlesView,
} from '../../web-demo/src/panels/handles-view.js';
import { runLine } from '../../web-demo/src/playground.js';

const value = (name, more = {}) => ({
  label: '1v1',
  name,
  type: 'Node',
  bytes: 20,
  owners: 1,
  observers: 0,
  readers: 0,
  ...more,
});

test('cycles are told from what hangs on them', () => {
  // 0 → 1 → 2 → 1, 2 → 3, 4 → 4
  const edges = [
    { from: 0, to: 1 },
    { from: 1, to: 2 },
    { from: 2, to: 1 },
    { from: 2, to: 3 },
    { from: 4, to: 4 },
  ];
  expect(cyclesOf(5, edges)).toEqual([-1, 0, 0, -1, 1]);
});

test('a chain goes from left to right, and no two boxes overlap', () => {
  const graph = {
    values: ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => value(name)),
    edges: [
      { from: 0, to: 1 },
      { from: 1, to: 2 },
      { from: 3, to: 4 },
      { from: 4, to: 5 },
      { from: 5, to: 3 },
    ],
  };
  const { nodes, edges, cycleCount, width, height } = handlesView(graph);
  expect(nodes[0].x).toBeLessThan(nodes[1].x);
  expect(nodes[1].x).toBeLessThan(nodes[2].x);
  expect(cycleCount).toBe(1);
  expect(edges.map(({ inCycle }) => inCycle)).toEqual([false, false, true, true, true]);
  for (const [i, a] of nodes.entries()) {
    expect(a.x + BOX.width).toBeLessThanOrEqual(width);
    expect(a.y + BOX.height).toBeLessThanOrEqual(height);
    for (const b of nodes.slice(i + 1)) {
      const apart = Math.abs(a.x - b.x) >= 2 * BOX.width || Math.abs(a.y - b.y) >= 2 * BOX.height;
      expect(apart).toBe(true);
    }
  }
});

test('a box says who holds its value, and how it is borrowed', () => {
  const graph = {
    values: [
      value('a', { owners: 2, observers: 1, readers: -1 }),
      value(undefined, { readers: 2 }),
    ],
    edges: [],
  };
  const [first, second] = handlesView(graph).nodes;
  expect(first.counts).toBe('2 strong · 1 weak · borrowed to write');
  expect([second.title, second.counts]).toEqual(['#1v1', '1 strong · borrowed 2 ×']);
  expect(byType(graph.values)).toEqual([
    { type: 'Node', count: 2, bytes: 40, owners: 3, observers: 1, borrowed: 2 },
  ]);
  expect(handlesSummary(graph)).toBe('2 values live.');
});

const lineIn = (names) => (line) => runLine(line, names);

test('a line declares, calls, reads, assigns and builds objects', () => {
  const made = { inner: { n: 1 }, add: (a, b) => a + b, list: [4, 5] };
  const run = lineIn(new Map([['made', made]]));
  expect(run('let x = made.add(2, -1) // and so on')).toEqual({
    value: 1,
    declared: 'x',
    isSilent: true,
  });
  expect(run('x').value).toBe(1);
  run('made.inner.n = 7');
  expect(made.inner.n).toBe(7);
  expect(run('made.list[1]').value).toBe(5);
  expect(run("let o = { a: 1, b: { c: 'd' } };").value).toEqual({ a: 1, b: { c: 'd' } });
  expect(run('')).toEqual({ value: undefined, isSilent: true });
});

test('a getter is read once and not at all when it is assigned to', () => {
  let reads = 0;
  const target = {
    get value() {
      reads++;
      return 1;
    },
    set value(next) {
      this.kept = next;
    },
  };
  const run = lineIn(new Map([['t', target]]));
  run('t.value');
  expect(reads).toBe(1);
  run('t.value = 5');
  expect([reads, target.kept]).toEqual([1, 5]);
});

test.each([
  ['x', 'there is no x'],
  ['f.constructor', 'expected the name of a field'],
  ["f['__proto__']", 'expected the name of a field'],
  ['f(1', 'expected ")"'],
  ['f(1) f', 'one statement a line'],
  ['1 = 2', 'only a name or a field'],
  ['f + 1', 'cannot read this from column'],
  ['f.x()', 'x is not a function'],
  ['let y =', 'the line ends too early'],
])('%s is refused: %s', (line, reason) => {
  expect(() => lineIn(new Map([['f', () => 1]]))(line)).toThrow(reason);
});
