// SPDX-License-Identifier: MIT
//
// A small fuzzer for JavaScript: inputs that reach a new block of js/sight, or reach one much more often, are
// kept and changed further, as libFuzzer does. V8's own block coverage says what was reached. (jazzer.js
// would do it with libFuzzer itself, but needs a newer libc than Debian 12 has.)

import { Session } from 'node:inspector/promises';

/** Numbers below a limit, from a seed. */
export function randomFrom(seed) {
  let state = (seed >>> 0) * 2654435761 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const BYTES = [0, 1, 2, 7, 8, 0x10, 0x20, 0x40, 0x7f, 0x80, 0xc0, 0xfe, 0xff];

/** Changes bytes: one to four of the usual things. */
export function mutateBytes(input, random, other) {
  let bytes = [...input];
  for (let changes = 1 + random(4); changes > 0; changes--) {
    const at = random(bytes.length + 1);
    const count = 1 + random(1 << random(5));
    const kind = random(7);
    if (kind === 0) bytes[at] = BYTES[random(BYTES.length)];
    else if (kind === 1) bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
    else if (kind === 2) bytes.splice(at, count);
    else if (kind === 3) bytes.splice(at, 0, ...bytes.slice(at, at + count));
    else if (kind === 4) bytes.splice(at, 0, ...Array.from({ length: count }, () => random(256)));
    else if (kind === 5) bytes[at] = (bytes[at] ?? 0) + random(17) - 8;
    else bytes = [...bytes.slice(0, at), ...other.slice(random(other.length + 1))];
  }
  return Uint8Array.from(bytes.slice(0, 4000));
}

const VALUES = [0, 1, -1, 0.5, 2 ** 31, 2 ** 53, 1e308, '', 'x', '\ud800', true, null, [], {}];

/** Changes a value of JSON: what is somewhere in it is replaced, left out, doubled or put elsewhere. */
export function mutateJson(input, random, other) {
  const root = { value: structuredClone(input) };
  for (let changes = 1 + random(3); changes > 0; changes--) {
    const [holder, key] = placeIn(root, random);
    const kind = random(6);
    if (kind === 0 && key !== 'value') delete holder[key];
    else if (kind === 1 && Array.isArray(holder))
      holder.splice(key, 0, structuredClone(holder[key]));
    else if (kind === 2) {
      const [from, name] = placeIn({ value: other }, random);
      holder[key] = structuredClone(from[name]);
    } else if (kind === 3 && typeof holder[key] === 'number') holder[key] += random(5) - 2;
    else if (kind === 4 && Array.isArray(holder)) holder.splice(key, 1);
    else holder[key] = VALUES[random(VALUES.length)];
  }
  return root.value;
}

function placeIn(root, random) {
  let holder = root;
  let key = 'value';
  for (;;) {
    const next = holder[key];
    const keys = next && typeof next === 'object' ? Object.keys(next) : [];
    if (keys.length === 0 || random(6) === 0) return [holder, key];
    holder = next;
    key = keys[random(keys.length)];
  }
}

/**
 * Runs `target.run(input)`, which throws when something is wrong, on the seeds and on what comes of them
 * until the time is over. Resolves with `{inputs, blocks, corpus, fault?: {input, error}}`.
 */
export async function fuzz(target, { seconds, seed }) {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const random = randomFrom(seed);
  const seen = new Set();
  const blocks = new Set();
  const corpus = [];
  const reachesNew = async () => {
    const { result } = await session.post('Profiler.takePreciseCoverage');
    let isNew = false;
    for (const { url, functions } of result) {
      if (!url.includes('/js/sight/')) continue;
      const file = url.slice(url.lastIndexOf('/') + 1);
      for (const { startOffset, endOffset, count } of functions.flatMap(({ ranges }) => ranges)) {
        if (count === 0) continue;
        const block = `${file}:${startOffset}:${endOffset}`;
        const often = `${block}:${Math.floor(Math.log2(count) / 2)}`;
        blocks.add(block);
        if (!seen.has(often)) isNew = true;
        seen.add(often);
      }
    }
    return isNew;
  };
  let inputs = 0;
  const start = performance.now();
  try {
    await reachesNew(); // what was reached by loading
    const waiting = [...target.seeds];
    while (waiting.length > 0 || performance.now() - start < seconds * 1000) {
      const pick = () => corpus[random(corpus.length)];
      const input = waiting.shift() ?? target.mutate(pick(), random, pick());
      inputs++;
      try {
        await target.run(input);
      } catch (error) {
        return { inputs, blocks: blocks.size, corpus, fault: { input, error } };
      }
      if (await reachesNew()) corpus.push(input);
    }
    return { inputs, blocks: blocks.size, corpus };
  } finally {
    session.disconnect();
  }
}
