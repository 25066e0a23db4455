// SPDX-License-Identifier: MIT
// What each tier of the profiler costs a real program, against the same program not linked with it:
//
//   node bench/sight/run.mjs [--rounds=7] [--only=lua,sqlite] [--tiers=off,sampled] [--times=1] [--json]
//
// --times makes the programs' work as many times as long.
//
// Each round runs all tiers once, each in a process of its own; ratios are taken within a round and
// their median is printed, of processor time, which other programs of the machine disturb least. The
// second `not linked` shows how far apart two runs of the same are.

import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ScriptError, main, say } from '../../scripts/run.mjs';
import { buildSightPrograms } from '../../tests/sight/programs.mjs';
import { median } from '../lib/table.mjs';

// tagged, chained: after the post-link step for sites, for contexts, with nothing looked at;
// sampled +: samples of 64 KiB after the latter.
const TIERS = [
  ...['not linked', 'again', 'off', 'sampled', 'tagged', 'chained', 'sampled +'],
  ...['sites', 'exact', 'trace'],
];
const worker = fileURLToPath(new URL('worker.mjs', import.meta.url));

function measure(built, program, tier, scale) {
  const linked = tier !== 'not linked' && tier !== 'again';
  const request = {
    folder: built.folder,
    scale,
    target: `${program}.${linked ? 'profiled' : 'plain'}`,
    tier: linked ? tier : 'not linked',
  };
  // The optimising compiler alone and before the program starts, or its time would be measured too.
  const flags = ['--no-liftoff', '--no-wasm-lazy-compilation', '--no-warnings'];
  const output = execFileSync(process.execPath, [...flags, worker, JSON.stringify(request)], {
    encoding: 'utf8',
    cwd: path.dirname(worker),
  });
  return JSON.parse(output.trim().split('\n').at(-1));
}

function rowsOf(program, runs, tiers) {
  const first = runs.get('not linked');
  const { counters } = runs.get(tiers.at(-1))[0];
  const operations = counters.allocations + counters.frees;
  return tiers.map((tier) => {
    const times = runs.get(tier).map(({ cpuMilliseconds }) => cpuMilliseconds);
    const ratios = times.map((time, round) => time / first[round].cpuMilliseconds);
    const extra = times.map((time, round) => time - first[round].cpuMilliseconds);
    return {
      program,
      tier,
      cpuMilliseconds: median(times),
      ratio: median(ratios),
      nanosecondsPerOperation: (median(extra) * 1e6) / operations,
      operations,
      traceBytes: runs.get(tier)[0].traceBytes,
    };
  });
}

function print(rows) {
  for (const row of rows) {
    const { program, tier, cpuMilliseconds, ratio, nanosecondsPerOperation, traceBytes } = row;
    const bytes = traceBytes
      ? `, ${(traceBytes / row.operations).toFixed(2)} bytes an operation`
      : '';
    console.log(
      `${program.padEnd(8)} ${tier.padEnd(11)} ${cpuMilliseconds.toFixed(0).padStart(6)} ms  ` +
        `${ratio.toFixed(3)}  ${nanosecondsPerOperation.toFixed(1).padStart(7)} ns an operation${bytes}`,
    );
  }
}

await main(import.meta, async (args) => {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '7' },
      only: { type: 'string', default: 'lua,sqlite' },
      tiers: { type: 'string', default: TIERS.slice(2).join() },
      times: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  });
  const names = values.only.split(',');
  const built = await buildSightPrograms(
    names.flatMap((name) => [`${name}.plain`, `${name}.profiled`]),
  );
  const tiers = [...TIERS.slice(0, 2), ...values.tiers.split(',')];
  const strange = tiers.find((tier) => !TIERS.includes(tier));
  if (strange !== undefined)
    throw new ScriptError(`no tier ${strange}`, `there are ${TIERS.join(', ')}`);
  const all = [];
  for (const name of names) {
    const { scale } = built.inputs[name];
    const runs = new Map(tiers.map((tier) => [tier, []]));
    for (let round = 0; round < Number(values.rounds); round++) {
      say(`${name}: round ${round + 1} of ${values.rounds}`);
      for (const tier of tiers) {
        runs.get(tier).push(measure(built, name, tier, scale.full * Number(values.times)));
      }
    }
    const rows = rowsOf(name, runs, tiers);
    if (!values.json) print(rows);
    all.push(...rows);
  }
  if (values.json) console.log(JSON.stringify(all, null, 2));
});
