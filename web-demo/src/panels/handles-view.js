// SPDX-License-Identifier: MIT
//
// Who owns whom as a drawing: values in columns by their distance from an owner outside, values that
// own each other in a circle, all of it a function of the graph.

const COLUMN = 214;
const ROW = 74;
const RING = 128;
/** Half of a node's box. */
export const BOX = { width: 86, height: 25 };

/**
 * Strongly connected groups of more than one value, or of one that owns itself.
 * @param {number} count
 * @param {Array<{from: number, to: number}>} edges
 * @returns {number[]} by value: the number of its cycle, -1 outside of any
 */
export function cyclesOf(count, edges) {
  const reach = Array.from({ length: count }, () => new Set());
  const targets = Array.from({ length: count }, () => []);
  for (const { from, to } of edges) targets[from].push(to);
  for (let start = 0; start < count; start++) {
    const queue = [...targets[start]];
    for (const at of queue) {
      if (reach[start].has(at)) continue;
      reach[start].add(at);
      queue.push(...targets[at]);
    }
  }
  const cycle = new Array(count).fill(-1);
  let next = 0;
  for (let at = 0; at < count; at++) {
    if (cycle[at] >= 0 || !reach[at].has(at)) continue;
    for (let other = at; other < count; other++) {
      if (reach[at].has(other) && reach[other].has(at)) cycle[other] = next;
    }
    next++;
  }
  return cycle;
}

/** Distance of each value from those that no other value owns. */
function depths(count, edges, cycle) {
  const depth = new Array(count).fill(0);
  // As often as there are values: enough for the longest path; within a cycle nothing moves.
  for (let round = 0; round < count; round++) {
    for (const { from, to } of edges) {
      if (cycle[from] >= 0 && cycle[from] === cycle[to]) continue;
      depth[to] = Math.max(depth[to], depth[from] + 1);
      if (cycle[to] < 0) continue;
      for (let at = 0; at < count; at++)
        if (cycle[at] === cycle[to]) depth[at] = Math.max(depth[at], depth[to]);
    }
  }
  return depth;
}

const borrowWords = (readers) => {
  if (readers < 0) return 'borrowed to write';
  return readers > 0 ? `borrowed ${readers} ×` : '';
};

/**
 * @param {{values: Array<{label: string, name?: string, type: string, bytes: number, owners: number,
 *   observers: number, readers: number}>, edges: Array<{from: number, to: number}>}} graph
 */
export function handlesView({ values, edges }) {
  const cycle = cyclesOf(values.length, edges);
  const depth = depths(values.length, edges, cycle);
  const heights = []; // by column: what is taken
  const place = new Array(values.length);
  for (let at = 0; at < values.length; at++) {
    if (place[at]) continue;
    const column = depth[at];
    const top = heights[column] ?? 0;
    const members =
      cycle[at] < 0 ? [at] : values.map((_, i) => i).filter((i) => cycle[i] === cycle[at]);
    const x = column * COLUMN + BOX.width + 6;
    if (members.length === 1) {
      place[at] = { x, y: top + ROW / 2 };
      heights[column] = top + ROW;
      continue;
    }
    const radius = Math.max(RING * 0.9, (members.length * RING * 0.9) / Math.PI);
    members.forEach((member, index) => {
      const angle = (index / members.length) * 2 * Math.PI - Math.PI / 2;
      place[member] = {
        x: x + radius * (1 + Math.cos(angle)),
        y: top + radius * (1 + Math.sin(angle)) + ROW / 2,
      };
    });
    heights[column] = top + 2 * radius + ROW;
  }
  const nodes = values.map((value, index) => ({
    ...place[index],
    title: value.name ?? `#${value.label}`,
    type: value.type,
    counts: [
      `${value.owners} strong`,
      value.observers > 0 ? `${value.observers} weak` : '',
      borrowWords(value.readers),
    ]
      .filter(Boolean)
      .join(' · '),
    inCycle: cycle[index] >= 0,
    isBorrowed: value.readers !== 0,
  }));
  return {
    nodes,
    edges: edges.map(({ from, to }) => ({
      from,
      to,
      inCycle: cycle[from] >= 0 && cycle[from] === cycle[to],
    })),
    width: Math.max(COLUMN, ...nodes.map(({ x }) => x + BOX.width + 10)),
    height: Math.max(ROW, ...nodes.map(({ y }) => y + ROW / 2)),
    cycleCount: Math.max(-1, ...cycle) + 1,
  };
}

/** Rows of the table: values by type. */
export function byType(values) {
  const groups = new Map();
  for (const { type, bytes, owners, observers, readers } of values) {
    const group = groups.get(type) ?? {
      type,
      count: 0,
      bytes: 0,
      owners: 0,
      observers: 0,
      borrowed: 0,
    };
    group.count++;
    group.bytes += bytes;
    group.owners += owners;
    group.observers += observers;
    group.borrowed += readers === 0 ? 0 : 1;
    groups.set(type, group);
  }
  return [...groups.values()].sort((a, b) => b.bytes - a.bytes);
}

/** The drawing in a sentence. */
export function handlesSummary({ values, edges }) {
  if (values.length === 0) return 'Nothing lives.';
  const { nodes, cycleCount } = handlesView({ values, edges });
  const owns = edges.map(({ from, to }) => `${nodes[from].title} owns ${nodes[to].title}`);
  const cycles = cycleCount
    ? ` ${cycleCount} ${cycleCount === 1 ? 'cycle keeps' : 'cycles keep'} itself alive.`
    : '';
  return `${values.length} values live.${owns.length ? ` ${owns.join(', ')}.` : ''}${cycles}`;
}
