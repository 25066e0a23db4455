// SPDX-License-Identifier: MIT
// malloc under threads: larson, xmalloc, sh6bench-like and mixed loads on 1, 2, 4 and 8 threads, against
// Emscripten's allocators. Rounds are interleaved; figures are medians. Ratios to dlmalloc's in the same
// round, of the time on the wall and of the processor time that all threads took, which other programs on
// the machine disturb less; and linear memory at the end.
//
//   node bench/threads/run.mjs [--rounds=3] [--operations=1000000] [--threads=1,2,4,8] [--markdown]
//
// What counts is a machine with as many cores as threads; the number of cores is printed. On a busy one
// say `nice -n -10`, not a real-time priority: a thread that spins for a lock starves the one that has it.

import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { emscripten } from '../../scripts/emscripten.mjs';
import { ScriptError, main, repository, run, say } from '../../scripts/run.mjs';

const here = path.join(repository, 'bench/threads');
const ALLOCATORS = ['dlmalloc', 'heaplet', 'mimalloc', 'emmalloc'];
const LOADS = ['larson', 'xmalloc', 'sh6', 'mixed'];
const MOST_THREADS = 8;

/** Resolves with the rows of the table, and prints each as it is known. */
export async function threadsTable({ rounds, operations, threads }) {
  const modules = await build();
  say(`${os.availableParallelism()} cores, Node ${process.versions.node}`);
  const rows = [];
  for (const load of LOADS) {
    // xmalloc's threads come in pairs.
    for (const count of threads.filter((n) => load !== 'xmalloc' || n % 2 === 0)) {
      rows.push(await measure(modules, load, count, { rounds, operations }));
      say(line(rows.at(-1), ' '));
    }
  }
  return markdown(rows);
}

await main(import.meta, async (args) => {
  const type = 'string';
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type, default: '3' },
      operations: { type, default: '1000000' },
      threads: { type, default: '1,2,4,8' },
      markdown: { type: 'boolean', default: false },
    },
  });
  const threads = values.threads.split(',').map(Number);
  if (threads.some((count) => !(count >= 1 && count <= MOST_THREADS))) {
    throw new ScriptError(`--threads=${values.threads}`, `say numbers from 1 to ${MOST_THREADS}`);
  }
  const table = await threadsTable({ ...values, threads });
  if (values.markdown) console.log(table);
});

async function build() {
  const { emxx, env } = await emscripten();
  const folder = path.join(repository, 'build/bench-threads');
  await mkdir(folder, { recursive: true });
  const malloc = path.join(folder, 'malloc.o');
  const heaplet = ['-O2', '-std=c++20', '-pthread', '-fno-builtin', '-fno-exceptions', '-fno-rtti'];
  await run(
    emxx,
    [
      ...[...heaplet, '-mbulk-memory', '-c', path.join(repository, 'src/malloc/malloc.cpp')],
      ...['-I', path.join(repository, 'include'), '-I', path.join(repository, 'src'), '-o', malloc],
    ],
    { env },
  );
  const modules = {};
  for (const name of ALLOCATORS) {
    const out = path.join(folder, `${name}.cjs`);
    const allocator = name === 'heaplet' ? [malloc, '-sMALLOC=none'] : [`-sMALLOC=${name}`];
    const pool = `-sPTHREAD_POOL_SIZE=${2 * MOST_THREADS + 2}`;
    await run(
      emxx,
      [
        ...['-O2', '-std=c++20', '-pthread', path.join(here, 'workloads.cpp'), ...allocator, pool],
        ...[
          '-sPROXY_TO_PTHREAD',
          '-sEXIT_RUNTIME=1',
          '-sALLOW_MEMORY_GROWTH',
          '-sENVIRONMENT=node,worker',
        ],
        ...['-sMEMORY_GROWTH_GEOMETRIC_STEP=0', '-sINITIAL_MEMORY=4MB', '-sMAXIMUM_MEMORY=2GB'],
        ...['-Wno-pthreads-mem-growth', '-o', out],
      ],
      { env, label: `linking ${name}` },
    );
    modules[name] = out;
  }
  return modules;
}

async function measure(modules, load, threads, { rounds, operations }) {
  const results = Object.fromEntries(ALLOCATORS.map((name) => [name, []]));
  for (let round = 0; round < Number(rounds); round++) {
    for (let i = 0; i < ALLOCATORS.length; i++) {
      const name = ALLOCATORS[(i + round) % ALLOCATORS.length];
      const { stdout } = await run(process.execPath, [modules[name], load, threads, operations], {
        label: `${name}, ${load}, ${threads} threads`,
      });
      results[name].push(JSON.parse(stdout));
    }
  }
  const figures = Object.entries(results).map(([name, runs]) => {
    const ratio = (of) =>
      median(runs.map((result, round) => result[of] / results.dlmalloc[round][of]));
    return {
      name,
      nanoseconds: median(runs.map((result) => result.nanoseconds)),
      wall: ratio('nanoseconds'),
      processor: ratio('processor'),
      mebibytes: Math.max(...runs.map(({ bytes }) => bytes)) / 2 ** 20,
    };
  });
  return { load, threads, figures };
}

function line({ load, threads, figures }) {
  const cells = figures.map(
    ({ name, nanoseconds, wall, processor, mebibytes }) =>
      `${name} ${nanoseconds.toFixed(0)} ns, ${wall.toFixed(2)} on the wall, ` +
      `${processor.toFixed(2)} of the processor, ${mebibytes.toFixed(1)} MiB`,
  );
  return `${load} ${threads}: ${cells.join(' | ')}`;
}

function markdown(rows) {
  const peers = ALLOCATORS.slice(1);
  const head = ['load', 'threads', ...peers.map((name) => `${name}: wall, processor`)];
  const lines = [[...head, `MiB: ${ALLOCATORS.join(', ')}`]];
  lines.push(lines[0].map(() => '---'));
  for (const { load, threads, figures } of rows) {
    const ratios = figures
      .slice(1)
      .map(({ wall, processor }) => `${wall.toFixed(2)}, ${processor.toFixed(2)}`);
    lines.push([load, threads, ...ratios, figures.map((x) => x.mebibytes.toFixed(1)).join(', ')]);
  }
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
