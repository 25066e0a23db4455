// SPDX-License-Identifier: MIT
// heaplet replay and heaplet compare: a recorded program on heaplet's malloc and on Emscripten's.

import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ReplayModule } from '../sight/replay.js';
import { TraceError, decodeTrace } from '../sight/trace.js';
import { CommandError, Exit } from './errors.js';
import { loadTrace } from './load.js';
import { recordTo } from './run.js';
import { count, progress, size, strong, table } from './text.js';

export const ALLOCATORS = ['heaplet', 'dlmalloc', 'emmalloc', 'mimalloc'];
const MODULES = fileURLToPath(new URL('../../dist/replay', import.meta.url));
const PROGRAM = /\.[cm]?js$/;

/** heaplet replay: one trace on one allocator. */
export async function replayCommand({ values, positionals: [file] }) {
  const trace = await decoded(file);
  const name = values.allocator ?? 'heaplet';
  const [result] = await measured(trace, [name], values.rounds ?? 1, values.modules);
  if (values.json) print(JSON.stringify({ trace: aboutTrace(file, trace), ...result }));
  else print(`${heading(file, trace)}\n${tableOf([result], trace)}`);
  return Exit.ok;
}

/** heaplet compare: a trace, or a program that is recorded first, on four allocators. */
export async function compareCommand({ values, positionals: [file], rest }) {
  const trace = PROGRAM.test(file) ? await recorded(file, rest, values) : await decoded(file);
  const results = await measured(trace, ALLOCATORS, values.rounds ?? 5, values.modules);
  if (values.json) print(JSON.stringify({ trace: aboutTrace(file, trace), results }));
  else print(`${heading(file, trace)}\n${tableOf(results, trace)}`);
  return Exit.ok;
}

async function recorded(program, args, { json }) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'heaplet-compare-'));
  try {
    const file = path.join(folder, 'program.trace');
    const { code } = await recordTo(file, program, args, { quiet: json });
    if (code !== 0) {
      process.stderr.write(
        `heaplet: ${program} ended with code ${code}; what it did is compared\n`,
      );
    }
    return await decoded(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function decoded(file) {
  const bytes = await loadTrace(file);
  try {
    const trace = decodeTrace(bytes);
    return { ...trace, meta: { ...trace.meta, name: path.basename(file) } };
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    throw new CommandError(`${file}: ${error.message}`, 'record it again: a trace must be whole');
  }
}

/** Medians over rounds, in each of which every allocator has its turn in a fresh memory. */
async function measured(trace, names, rounds, folder = MODULES) {
  const modules = [];
  for (const name of names) modules.push(await loadModule(folder, name));
  const passes = new Map(names.map((name) => [name, []]));
  const bar = progress(`replaying ${count(trace.count)} operations`);
  for (let round = 0; round < rounds; round++) {
    for (const [index, module] of modules.entries()) {
      bar.update((round + index / modules.length) / rounds);
      const instance = await module.instance();
      passes.get(module.name).push(instance.pass(trace));
    }
  }
  bar.end();
  return names.map((allocator) => {
    const own = passes.get(allocator);
    const milliseconds = median(own.map((pass) => pass.milliseconds));
    const { growths, heapBytes, memoryBytes } = own[0];
    const nanosecondsEach = (milliseconds * 1e6) / Math.max(1, trace.count);
    return { allocator, rounds, milliseconds, nanosecondsEach, heapBytes, memoryBytes, growths };
  });
}

async function loadModule(folder, name) {
  const file = path.join(folder, `${name}.mjs`);
  if (!existsSync(file)) {
    throw new CommandError(
      `there is no replay module ${file}`,
      'in a checkout, build it: npm run build; or name a folder of such modules with --modules',
    );
  }
  const { default: factory } = await import(pathToFileURL(file).href);
  const compiled = await WebAssembly.compile(await readFile(file.replace(/mjs$/, 'wasm')));
  return new ReplayModule(name, factory, compiled);
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const aboutTrace = (file, { count, peakBytes, peakBlocks, liveBytesAtEnd }) => ({
  file,
  operations: count,
  peakBytes,
  peakBlocks,
  liveBytesAtEnd,
});

function heading(file, { count: operations, peakBytes, peakBlocks }) {
  const peak = `${count(peakBytes)} bytes in ${count(peakBlocks)} blocks at the peak`;
  return strong(`${path.basename(file)}: ${count(operations)} operations, ${peak}`);
}

function tableOf(results, { peakBytes }) {
  const fastest = Math.min(...results.map(({ milliseconds }) => milliseconds));
  const rows = results.map(({ allocator, milliseconds, nanosecondsEach, heapBytes, ...rest }) => [
    allocator,
    milliseconds.toFixed(1),
    nanosecondsEach.toFixed(1),
    (milliseconds / fastest).toFixed(2),
    size(heapBytes),
    (heapBytes / Math.max(1, peakBytes)).toFixed(2),
    count(rest.growths),
  ]);
  const head = ['<allocator', 'ms', 'ns each', '÷ fastest', 'heap', '÷ peak live', 'growths'];
  return table([head, ...rows]);
}

const print = (text) => process.stdout.write(`${text}\n`);
