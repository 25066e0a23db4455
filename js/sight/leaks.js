// SPDX-License-Identifier: MIT
//
// Leaks: what nothing points at. A conservative search, as in Boehm's collector: any aligned word whose
// value lies inside of a live block counts as a pointer to it. Locals of WebAssembly functions are
// invisible, so ask between calls into the program, when it has none.

/** @typedef {import('./profile.js').Block} Block */
/** @typedef {import('./profile.js').Reference} Reference */

/**
 * All words that look like pointers to one of the blocks.
 * @param {Block[]} blocks in order of address
 * @param {import('./control.js').Control} control
 * @returns {Reference[]}
 */
export function findReferences(blocks, control) {
  if (blocks.length === 0) return [];
  const words = control.words();
  const find = finder(blocks);
  /** @type {Reference[]} */
  const references = [];
  const scan = (
    /** @type {number} */ from,
    /** @type {number} */ begin,
    /** @type {number} */ end,
  ) => {
    const first = (begin + 3) & ~3;
    for (let at = first; at + 4 <= end; at += 4) {
      const to = find(words[at >>> 2]);
      if (to >= 0) references.push({ from, to, offset: from < 0 ? at : at - begin });
    }
  };
  const holes = control.ownRanges().sort(([a], [b]) => a - b);
  // All that lies below the heap is static data and the stack.
  let begin = 0;
  for (const [from, to] of [...holes, [blocks[0].address, blocks[0].address]]) {
    const end = Math.min(from, blocks[0].address);
    if (end > begin) scan(-1, begin, end);
    begin = Math.max(begin, to);
  }
  blocks.forEach(({ address, bytes }, i) => scan(i, address, address + bytes));
  return references;
}

/** @param {Block[]} blocks */
function finder(blocks) {
  const starts = Uint32Array.from(blocks, ({ address }) => address);
  const lowest = starts[0];
  const last = blocks[blocks.length - 1];
  const highest = last.address + Math.max(1, last.bytes);
  return (/** @type {number} */ word) => {
    if (word < lowest || word >= highest) return -1;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle] <= word) low = middle;
      else high = middle - 1;
    }
    return word - starts[low] < Math.max(1, blocks[low].bytes) ? low : -1;
  };
}

/**
 * Blocks of one stack and one fate.
 * @typedef {object} LeakGroup
 * @property {number} stack
 * @property {number} tag
 * @property {'lost' | 'lost with another' | 'reachable'} fate nothing points at it; only lost blocks
 *   do; static data or the stack do, or blocks that they reach
 * @property {number} blocks
 * @property {number} bytes
 * @property {{address: number | null, offset: number, stack: number}[]} heldBy some of what points at
 *   these blocks: block, offset in it, and its stack; null for static data and the stack, where the
 *   offset is the address
 */

const HOLDERS = 8;

/**
 * @param {Block[]} blocks
 * @param {Reference[]} references among them
 * @returns {{lostBlocks: number, lostBytes: number, groups: LeakGroup[]}} the largest loss first
 */
export function leaksOf(blocks, references) {
  const reachable = reach(blocks, references);
  const held = new Set(
    references.filter(({ from, to }) => from >= 0 && from !== to).map(({ to }) => to),
  );
  const fateOf = (/** @type {number} */ i) =>
    reachable[i] ? 'reachable' : held.has(i) ? 'lost with another' : 'lost';
  /** @type {Map<string, LeakGroup>} */
  const groups = new Map();
  const groupOf = blocks.map(({ stack, tag, bytes }, i) => {
    const fate = fateOf(i);
    const key = `${fate}:${stack}:${tag}`;
    let group = groups.get(key);
    if (!group) groups.set(key, (group = { stack, tag, fate, blocks: 0, bytes: 0, heldBy: [] }));
    group.blocks++;
    group.bytes += bytes;
    return group;
  });
  for (const { from, to, offset } of references) {
    const { heldBy } = groupOf[to];
    if (heldBy.length === HOLDERS || from === to) continue;
    const holder = blocks[from];
    heldBy.push({ address: holder?.address ?? null, offset, stack: holder?.stack ?? 0 });
  }
  const list = [...groups.values()].sort((a, b) => b.bytes - a.bytes);
  const lost = list.filter(({ fate }) => fate !== 'reachable');
  return {
    lostBlocks: lost.reduce((sum, group) => sum + group.blocks, 0),
    lostBytes: lost.reduce((sum, { bytes }) => sum + bytes, 0),
    groups: [...lost, ...list.filter(({ fate }) => fate === 'reachable')],
  };
}

/**
 * @param {Block[]} blocks
 * @param {Reference[]} references
 */
function reach(blocks, references) {
  /** @type {number[][]} */
  const targets = [];
  const reached = new Uint8Array(blocks.length);
  const waiting = [];
  for (const { from, to } of references) {
    if (from >= 0) (targets[from] ??= []).push(to);
    else if (!reached[to]) {
      reached[to] = 1;
      waiting.push(to);
    }
  }
  for (let from = waiting.pop(); from !== undefined; from = waiting.pop()) {
    for (const to of targets[from] ?? []) {
      if (reached[to]) continue;
      reached[to] = 1;
      waiting.push(to);
    }
  }
  return reached;
}
