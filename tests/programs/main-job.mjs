// SPDX-License-Identifier: MIT
// The main job: real programs on heaplet's memory. Each is linked to heaplet and to Emscripten's own
// allocators, runs the same script on the same data, and must print the same.

import { stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { emscripten } from '../../scripts/emscripten.mjs';
import { ScriptError, run, say } from '../../scripts/run.mjs';
import { buildPrograms } from './build.mjs';
import { ALLOCATORS, REFERENCE, programs } from './programs.mjs';
import { programSources } from './sources.mjs';

const runModule = fileURLToPath(new URL('run-module.mjs', import.meta.url));

/**
 * Sets up, builds and runs everything. Resolves with one row per program and allocator:
 * `{program, allocator, problem, milliseconds, ratio, memoryBytes, wasmBytes}`; `problem` is null
 * when the program ended well and printed exactly what it prints on the reference.
 *
 * - `short`       small inputs and one round, enough to compare results
 * - `rounds`      how often each program runs; times are medians
 * - `allocators`, `only`  a part of the allocators and programs, by name
 */
export async function mainJob({ short = false, rounds = short ? 1 : 5, allocators, only } = {}) {
  const chosen = choose(allocators, ALLOCATORS, 'allocator');
  if (!chosen.includes(REFERENCE)) chosen.push(REFERENCE);
  const toolchain = await emscripten();
  say(`Emscripten ${toolchain.version}, Node ${process.versions.node}`);
  const sources = await programSources();
  const all = programs(sources);
  const names = choose(
    only,
    all.map(({ name }) => name),
    'program',
  );
  const build = { toolchain, sources, allocators: chosen, programs: names };
  const folder = await buildPrograms(build);

  const rows = [];
  for (const program of all.filter(({ name }) => names.includes(name))) {
    const scale = short ? program.scale.short : program.scale.full;
    const runs = await interleaved(program, { folder, scale, rounds, allocators: chosen });
    const reference = runs.get(REFERENCE);
    for (const allocator of chosen) {
      const wasm = await stat(path.join(folder, `${program.name}.${allocator}.wasm`));
      const row = summary(runs.get(allocator), reference);
      rows.push({ program: program.title, allocator, ...row, wasmBytes: wasm.size });
    }
  }
  return rows;
}

// One run of every allocator after the other, then the next round: whatever else the machine does
// meanwhile falls on all alike, and a ratio compares neighbours in time.
async function interleaved(program, { folder, scale, rounds, allocators }) {
  const runs = new Map(allocators.map((allocator) => [allocator, []]));
  for (let round = 0; round < rounds; round++) {
    say(`${program.title}: round ${round + 1} of ${rounds}`);
    for (const allocator of allocators) {
      const module = path.join(folder, `${program.name}.${allocator}.mjs`);
      runs.get(allocator).push(await runOnce(module, program, scale));
    }
  }
  return runs;
}

async function runOnce(module, program, scale) {
  const request = JSON.stringify({ args: program.args(scale), files: program.files });
  const { code, stdout, stderr } = await run(process.execPath, [runModule, module, request], {
    label: path.basename(module, '.mjs'),
    allowFailure: true,
  });
  if (code === 0) return JSON.parse(stdout);
  return { exitCode: code, output: '', errors: stderr, milliseconds: NaN, memoryBytes: NaN };
}

function summary(runs, reference) {
  const times = runs.map(({ milliseconds }) => milliseconds);
  return {
    problem: problemOf(runs, reference[0]),
    milliseconds: median(times),
    ratio: median(times.map((time, round) => time / reference[round].milliseconds)),
    memoryBytes: Math.max(...runs.map(({ memoryBytes }) => memoryBytes)),
  };
}

/** What is wrong with these runs, in a few lines, or null. */
function problemOf(runs, reference) {
  for (const { exitCode, output, errors } of runs) {
    if (exitCode !== 0) return `ended with exit code ${exitCode}\n${errors.slice(0, 2000)}`;
    if (output === '') return 'printed nothing';
    if (output !== reference.output) return firstDifference(output, reference.output);
  }
  return null;
}

function firstDifference(output, expected) {
  const lines = output.split('\n');
  const wanted = expected.split('\n');
  const at = lines.findIndex((line, i) => line !== wanted[i]);
  const i = at < 0 ? lines.length : at;
  const show = (line) => (line === undefined ? '(end of output)' : line.slice(0, 200));
  return `line ${i + 1} differs\n  expected ${show(wanted[i])}\n  found    ${show(lines[i])}`;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function choose(asked, known, what) {
  const names = asked ?? known;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown) throw new ScriptError(`no ${what} is called ${unknown}`, `use ${known.join(', ')}`);
  return [...names];
}
