// SPDX-License-Identifier: MIT
// The form of the bench for whoever is changing the allocator: tables on the terminal, nothing
// written but a cache of exact figures under build/.

import { allocators } from './allocators.mjs';
import { buildReplay } from './build.mjs';
import { Compiler } from './lib/compile.mjs';
import { interleavedTimes, warmUp, warmUpNames } from './lib/measure.mjs';
import { exactMemory } from './lib/memory.mjs';
import { collectGarbage, loadReplay, loadTrace } from './lib/node.mjs';
import { geometricMean, ratio, textTable } from './lib/table.mjs';

const peers = allocators.filter(({ role }) => role === 'peer').map(({ name }) => name);
const isOurs = (name) => allocators.find((allocator) => allocator.name === name).role === 'ours';

/** Synthetic patterns are extremes: they have a mean only where nothing else is shown. */
const averagedOf = (traces) => {
  const recorded = traces.filter((trace) => trace.recorded);
  return recorded.length ? recorded : traces;
};
const meanLabel = (averaged) =>
  `geometric mean of ${averaged.length} ${averaged[0].recorded ? 'recorded' : 'synthetic'}`;

const least = (samples, what) => Math.min(...samples.map((sample) => sample[what] ?? NaN));

/** The figure of one of ours, starred where a peer does better on this very trace. */
const starred = (name, value, best) =>
  ratio(value) + (isOurs(name) ? (value > best + 5e-4 ? '*' : ' ') : '');

async function memoryTable(names, builds, traces, passes) {
  const memory = new Map();
  for (const name of new Set([...names, ...peers]))
    memory.set(name, await exactMemory(builds.get(name), traces, passes));
  const rows = [['heap top ÷ peak live, pass 1 / ' + passes, 'operations', 'live KB', ...names]];
  const all = new Map(names.map((name) => [name, [[], []]]));
  const averaged = averagedOf(traces);
  const errors = [];
  traces.forEach((trace, index) => {
    const at = (name, pass) => memory.get(name)[index].heapBytes[pass] / trace.peakBytes;
    const best = [0, passes - 1].map((pass) =>
      Math.min(...peers.map((name) => at(name, pass)).filter((value) => value)),
    );
    rows.push([
      trace.meta.name,
      trace.count,
      Math.round(trace.peakBytes / 1024),
      ...names.map((name) => {
        const { error } = memory.get(name)[index];
        if (error) {
          errors.push(error);
          return 'failed';
        }
        const [first, last] = [at(name, 0), at(name, passes - 1)];
        if (averaged.includes(trace)) {
          all.get(name)[0].push(first);
          all.get(name)[1].push(last);
        }
        return `${starred(name, first, best[0])} ${starred(name, last, best[1])}`;
      }),
    ]);
  });
  rows.push([
    meanLabel(averaged),
    '',
    '',
    ...names.map((name) =>
      all
        .get(name)
        .map((values) => ratio(geometricMean(values)))
        .join('  '),
    ),
  ]);
  console.log(textTable(rows));
  console.log('* a peer (dlmalloc, emmalloc, mimalloc) needs less here');
  for (const error of new Set(errors)) console.log(`FAILED ${error}`);
  return errors.length;
}

async function timeTable(names, builds, traces, rounds) {
  const modules = [];
  for (const name of new Set([...names, 'dlmalloc']))
    modules.push(await loadReplay(builds.get(name)));
  const first = warmUpNames.map(loadTrace);
  for (const module of modules) await warmUp(module, first);
  const rows = [[`cold warm, ÷ dlmalloc, least of ${rounds}`, 'ns/op', ...names]];
  const all = new Map(names.map((name) => [name, { cold: [], warm: [] }]));
  const averaged = averagedOf(traces);
  const measuredPeers = peers.filter((name) => names.includes(name) || name === 'dlmalloc');
  for (const trace of traces) {
    const samples = await interleavedTimes(modules, trace, rounds, collectGarbage);
    const figure = (name, what) => least(samples.get(name), what);
    const base = { cold: figure('dlmalloc', 'cold'), warm: figure('dlmalloc', 'warm') };
    rows.push([
      trace.meta.name,
      `${((base.cold * 1e6) / trace.count).toFixed(1)} ${((base.warm * 1e6) / trace.count).toFixed(1)}`,
      ...names.map((name) =>
        ['cold', 'warm']
          .map((what) => {
            const value = figure(name, what) / base[what];
            if (Number.isNaN(value)) return 'failed';
            if (averaged.includes(trace)) all.get(name)[what].push(value);
            return starred(
              name,
              value,
              Math.min(...measuredPeers.map((peer) => figure(peer, what) / base[what])),
            );
          })
          .join(' '),
      ),
    ]);
  }
  rows.push([
    meanLabel(averaged),
    '',
    ...names.map((name) =>
      ['cold', 'warm'].map((what) => ratio(geometricMean(all.get(name)[what]))).join('  '),
    ),
  ]);
  console.log(textTable(rows));
  console.log(`* one of ${measuredPeers.join(', ')} was faster here; ns/op are dlmalloc's`);
}

/**
 * @param {{names: string[], traces: object[], rounds: number, passes: number, memoryOnly: boolean}} options
 * @returns {Promise<number>} replays that failed
 */
export async function quick({ names, traces, rounds, passes, memoryOnly }) {
  const compiler = await Compiler.create();
  const builds = new Map();
  for (const name of new Set([...names, ...peers]))
    builds.set(name, await buildReplay(compiler, name));
  const failures = await memoryTable(names, builds, traces, passes);
  if (!memoryOnly) {
    console.log();
    await timeTable(names, builds, traces, rounds);
  }
  return failures;
}
