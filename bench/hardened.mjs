// SPDX-License-Identifier: MIT
// What the hardened malloc costs beside the release build: node bench/hardened.mjs [rounds]
//
// Time is the median of the ratios within each round, cold and warm, on every recorded trace; memory
// and bytes are exact, but for the place in each slab that is drawn at random.

import { fileURLToPath } from 'node:url';
import { buildReplay } from './build.mjs';
import { Compiler } from './lib/compile.mjs';
import { interleavedTimes, warmUp, warmUpNames } from './lib/measure.mjs';
import { exactMemory } from './lib/memory.mjs';
import { collectGarbage, loadReplay, loadTrace, recordedNames } from './lib/node.mjs';
import { geometricMean, median, ratio } from './lib/table.mjs';
import { sizeOf } from './size.mjs';

const NAMES = ['heaplet', 'heaplet-hardened'];

/** The lines of a Markdown table. @param {number} rounds of the times */
export async function hardenedTable(rounds) {
  const compiler = await Compiler.create();
  const traces = recordedNames().map(loadTrace);
  const builds = [];
  for (const name of NAMES) builds.push(await buildReplay(compiler, name));

  const modules = await Promise.all(builds.map((build) => loadReplay(build)));
  for (const module of modules) await warmUp(module, warmUpNames.map(loadTrace));
  const ratios = [];
  for (const trace of traces) {
    const [release, hardened] = [
      ...(await interleavedTimes(modules, trace, rounds, collectGarbage)).values(),
    ];
    const of = (what) => median(hardened.map((sample, at) => sample[what] / release[at][what]));
    ratios.push({ name: trace.meta.name, cold: of('cold'), warm: of('warm') });
  }
  const time = (what) => {
    const values = ratios.map((entry) => entry[what]);
    const worst = ratios.reduce((most, entry) => (entry[what] > most[what] ? entry : most));
    return [ratio(geometricMean(values)), `${ratio(worst[what])} (${worst.name})`];
  };

  const memory = await Promise.all(builds.map((build) => exactMemory(build, traces, 3)));
  const heap = (pass) => {
    const values = traces.map(
      (_, at) => memory[1][at].heapBytes[pass] / memory[0][at].heapBytes[pass],
    );
    return [ratio(geometricMean(values)), ratio(Math.max(...values))];
  };

  const bytes = [];
  for (const building of ['compiled and linked -Oz', 'as shipped, linked -Oz']) {
    const codes = [];
    for (const name of NAMES)
      codes.push((await sizeOf(compiler, name, building, 'malloc+free')).code);
    bytes.push([`code of malloc+free, ${building}`, ...codes, codes[1] - codes[0]]);
  }
  const row = (cells) => `| ${cells.join(' | ')} |`;
  return [
    row(['hardened ÷ release', `mean of ${traces.length}`, 'worst']),
    '|---|--:|--:|',
    row(['time, first pass in a new heap', ...time('cold')]),
    row(['time, later pass', ...time('warm')]),
    row(['heap, pass 1', ...heap(0)]),
    row(['heap, pass 3', ...heap(2)]),
    '',
    row(['bytes', 'release', 'hardened', 'more']),
    '|---|--:|--:|--:|',
    ...bytes.map(row),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log((await hardenedTable(Number(process.argv[2] ?? 5))).join('\n'));
}
