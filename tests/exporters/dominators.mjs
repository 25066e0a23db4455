// SPDX-License-Identifier: MIT
// Retained bytes by their definition: what can no longer be reached once a block is gone.

/** For each block, its bytes and those of the blocks that only it keeps within reach. */
export function retainedBytes(blocks, references) {
  const next = blocks.map(() => []);
  const pointedAt = new Set();
  const roots = [];
  for (const { from, to } of references) {
    if (from < 0) roots.push(to);
    else next[from].push(to);
    if (from !== to) pointedAt.add(to);
  }
  const reached = reach(next, roots, -1);
  // What nothing reaches hangs on blocks that nothing points to, and on the first of each ring.
  for (const headsOnly of [true, false]) {
    blocks.forEach((_, index) => {
      if (reached.has(index) || (headsOnly && pointedAt.has(index))) return;
      roots.push(index);
      for (const found of reach(next, [index], -1)) reached.add(found);
    });
  }
  return blocks.map((_, gone) => {
    const left = reach(next, roots, gone);
    return blocks.reduce((sum, { bytes }, index) => sum + (left.has(index) ? 0 : bytes), 0);
  });
}

function reach(next, roots, gone) {
  const seen = new Set();
  const waiting = roots.filter((root) => root !== gone);
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    waiting.push(...next[node].filter((to) => to !== gone));
  }
  return seen;
}
