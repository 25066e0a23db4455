// SPDX-License-Identifier: MIT
// What heaplet promises, checked against what was measured. Every miss names its traces.

import { allocators } from './allocators.mjs';
import { geometricMean, ratio } from './lib/table.mjs';

const peers = allocators.filter(({ role }) => role === 'peer').map(({ name }) => name);
const pageBytes = 65536;
const building = 'as shipped, linked -Oz';

const meanOf = (rows, value) => geometricMean(rows.map(value));

function timeTargets(data, runtime, add) {
  const rows = data.times.filter((row) => row.runtime === runtime && row.recorded);
  const of = (name) => rows.filter(({ allocator }) => allocator === name);
  for (const [what, limit] of [
    ['coldRatio', 0.65],
    ['warmRatio', 0.5],
  ]) {
    const word = what.replace('Ratio', '');
    const mean = meanOf(of('heaplet'), (row) => row[what]);
    add(`${runtime}, ${word}: mean time ≤ ${limit} of dlmalloc`, mean <= limit, ratio(mean));
    const slower = of('heaplet').filter((row) => {
      const best = Math.min(
        ...rows
          .filter((peer) => peers.includes(peer.allocator) && peer.trace === row.trace)
          .map((peer) => peer[what])
          .filter(Number.isFinite),
      );
      return !(row[what] <= best);
    });
    const names = slower.map(({ trace }) => trace).join(', ');
    add(
      `${runtime}, ${word}: fastest on every recorded trace`,
      slower.length === 0,
      slower.length ? `slower on ${slower.length}: ${names}` : 'yes',
    );
    const tiny = meanOf(of('heaplet-tiny'), (row) => row[what]);
    add(`${runtime}, ${word}: tiny's mean ≤ dlmalloc`, tiny <= 1, ratio(tiny));
  }
  const growing = of('heaplet').filter(({ growthShare }) => growthShare > 0.02);
  add(
    `${runtime}: growth ≤ 2 % of a cold pass`,
    growing.length === 0,
    growing
      .map(({ trace, growthShare }) => `${trace} ${(growthShare * 100).toFixed(1)} %`)
      .join(', ') || 'yes',
  );
}

function memoryTargets(data, add) {
  const recorded = data.memory.filter((row) => row.recorded);
  const of = (name) => recorded.filter(({ allocator }) => allocator === name);
  for (const pass of ['pass1', 'pass10']) {
    const word = pass.replace('pass', 'pass ');
    const mean = (name) => meanOf(of(name), (row) => row[pass] / row.peakBytes);
    add(
      `memory, ${word}: mean ≤ 1.05 × peak live`,
      mean('heaplet') <= 1.05,
      ratio(mean('heaplet')),
    );
    add(
      `memory, ${word}: tiny's mean ≤ dlmalloc's`,
      mean('heaplet-tiny') <= mean('dlmalloc'),
      `${ratio(mean('heaplet-tiny'))} against ${ratio(mean('dlmalloc'))}`,
    );
    const above = of('heaplet')
      .map((row) => {
        const best = Math.min(
          ...recorded
            .filter((peer) => peers.includes(peer.allocator) && peer.trace === row.trace)
            .map((peer) => peer[pass])
            .filter(Number.isFinite),
        );
        return { trace: row.trace, over: row[pass] / best };
      })
      .filter(({ over }) => !(over <= 1));
    add(
      `memory, ${word}: leanest on every recorded trace`,
      above.length === 0,
      above.map(({ trace, over }) => `${trace} ×${over.toFixed(3)}`).join(', ') || 'yes',
    );
  }
  const drift = of('heaplet').filter((row) => !(row.pass10 <= row.pass3));
  add(
    'memory: no drift from pass 3 to pass 10',
    drift.length === 0,
    drift
      .map(({ trace, pass3, pass10 }) => `${trace} ×${(pass10 / pass3).toFixed(3)}`)
      .join(', ') || 'yes',
  );
  const ahead = of('heaplet').filter((row) => row.memoryPass1 > row.pass1 * 1.03 + pageBytes);
  add(
    'linear memory ≤ 3 % and a page above the heap',
    ahead.length === 0,
    ahead.map((row) => `${row.trace} ×${(row.memoryPass1 / row.pass1).toFixed(3)}`).join(', ') ||
      'yes',
  );
}

function sizeTargets(data, add) {
  const code = (name, functions) =>
    data.sizes.find(
      (row) => row.allocator === name && row.building === building && row.functions === functions,
    );
  for (const [name, limits] of Object.entries({
    heaplet: [1536, 2304],
    'heaplet-tiny': [1024, 1408],
  })) {
    ['malloc+free', 'family'].forEach((functions, index) => {
      const bytes = code(name, functions).code;
      add(`${name}, ${functions}: ≤ ${limits[index]} bytes of code`, bytes <= limits[index], bytes);
      const peer = code('emmalloc', functions).code;
      add(`${name}, ${functions}: not above emmalloc`, bytes <= peer, `${bytes} against ${peer}`);
    });
    const { statics } = code(name, 'family');
    add(`${name}: ≤ 1 KiB of static data`, statics <= 1024, statics);
  }
}

function scenarioTargets(data, add) {
  const of = (name, start) =>
    data.scenarios.find((row) => row.allocator === name && row.scenario.startsWith(start)).value;
  const first = of('heaplet', 'first malloc: heap');
  add('first malloc ≤ one page', first <= pageBytes, `${first} bytes`);
  const buffer = of('heaplet', 'realloc to 16 MiB: heap');
  add(
    'a buffer grown by realloc to 16 MiB takes 16 MiB',
    buffer <= 16.5,
    `${buffer.toFixed(2)} MiB`,
  );
  const aligned = of('heaplet', 'memalign');
  add('memalign(4096, 4096) × 100: ≤ 4,200 bytes each', aligned <= 4200, aligned.toFixed(0));
  const calloc = of('heaplet', 'calloc');
  const filled = of('dlmalloc', 'calloc');
  add(
    'calloc of fresh memory fills nothing: ≤ ¼ of dlmalloc',
    calloc <= filled / 4,
    `${calloc.toFixed(2)} ms against ${filled.toFixed(2)}`,
  );
}

/** @returns {Array<{target: string, met: boolean, measured: string}>} */
export function judge(data) {
  const results = [];
  const add = (target, met, measured) => results.push({ target, met, measured: String(measured) });
  sizeTargets(data, add);
  for (const runtime of data.made.runtimes) timeTargets(data, runtime, add);
  memoryTargets(data, add);
  scenarioTargets(data, add);
  return results;
}
