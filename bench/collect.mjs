// SPDX-License-Identifier: MIT
// Measures everything for the report, with progress on stderr.

import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, say } from '../scripts/run.mjs';
import { mainJob } from '../tests/programs/main-job.mjs';
import { allocators } from './allocators.mjs';
import { buildReplay } from './build.mjs';
import { browserTimes } from './lib/browsers.mjs';
import { Compiler } from './lib/compile.mjs';
import { exactMemory } from './lib/memory.mjs';
import { newestNode } from './lib/newest-node.mjs';
import { collectGarbage, loadReplay, loadTrace, recordedNames } from './lib/node.mjs';
import { runScenarios } from './lib/scenarios.mjs';
import { timeRows } from './lib/times.mjs';
import { worstCalls } from './lib/worst.mjs';
import { sizeRows } from './size.mjs';
import { syntheticNames } from './synthetic.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const passes = 10;
const real = allocators.filter(({ role }) => role !== 'limit').map(({ name }) => name);

async function nodeTimes(builds, traces, { processes, rounds }) {
  const rows = [];
  for (const node of new Set([process.execPath, await newestNode()])) {
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim().slice(1);
    const task = { builds, traces: [...traces.keys()], rounds };
    const results = [];
    for (let n = 1; n <= processes; n++) {
      say(`time: Node ${version}, process ${n} of ${processes}`);
      const args = [join(here, 'worker.mjs'), JSON.stringify(task)];
      const { stdout } = await run(node, args, { label: `Node ${version}` });
      results.push(JSON.parse(stdout));
    }
    rows.push(...timeRows(`Node ${version}`, results, traces));
  }
  return rows;
}

async function memoryRows(builds, traces) {
  const rows = [];
  for (const built of builds) {
    say(`memory: ${built.name}`);
    const list = [...traces.values()];
    const results = await exactMemory(built, list, passes);
    results.forEach(({ heapBytes, memoryBytes, growths, error }, index) => {
      const { meta, recorded, peakBytes } = list[index];
      const row = { allocator: built.name, trace: meta.name, recorded, peakBytes, growths, error };
      rows.push({
        ...row,
        pass1: heapBytes[0],
        pass3: heapBytes[2],
        pass10: heapBytes[passes - 1],
        memoryPass1: memoryBytes[0],
        memoryPass10: memoryBytes[passes - 1],
      });
    });
  }
  return rows;
}

async function worstRows(compiler, traces) {
  const rows = [];
  for (const allocator of [...real, 'null']) {
    say(`worst call: ${allocator}`);
    const module = await loadReplay(await buildReplay(compiler, allocator, { timed: true }));
    for (const [name, trace] of traces) {
      const { cold, warm } = await worstCalls(module, trace);
      rows.push({ allocator, trace: name, pass: 'cold', ...cold });
      rows.push({ allocator, trace: name, pass: 'warm', ...warm });
      collectGarbage();
    }
  }
  return rows;
}

/** Times are the least of a few runs, memory is the same in all. */
async function scenarioRows(builds) {
  const rows = [];
  for (const built of builds) {
    const module = await loadReplay(built);
    const runs = [];
    for (let n = 0; n < 5; n++) {
      runs.push(await runScenarios(module));
      collectGarbage();
    }
    for (const scenario of Object.keys(runs[0])) {
      const value = Math.min(...runs.map((result) => result[scenario]));
      rows.push({ allocator: built.name, scenario, value });
    }
  }
  return rows;
}

/**
 * @param {{processes: number, rounds: number, browsers: boolean}} options
 */
export async function collect(options) {
  const compiler = await Compiler.create();
  const builds = [];
  for (const { name } of allocators) builds.push(await buildReplay(compiler, name));
  const realBuilds = builds.filter(({ name }) => real.includes(name));
  const load = (names) => new Map(names.map((name) => [name, loadTrace(name)]));
  const recorded = load(recordedNames());
  const all = new Map([...recorded, ...load(syntheticNames)]);

  say('whole programs');
  const programs = await mainJob();
  const memory = await memoryRows(realBuilds, all);
  say('sizes');
  const sizes = await sizeRows(compiler, [...real, 'bump']);
  const scenarios = await scenarioRows(realBuilds);
  const times = await nodeTimes(builds, all, options);
  if (options.browsers) times.push(...(await browserTimes(recorded, options, say)));
  const worst = await worstRows(compiler, recorded);
  return {
    made: {
      emscripten: compiler.version,
      runtimes: [...new Set(times.map(({ runtime }) => runtime))],
      processor: `${cpus()[0]?.model ?? 'unknown'} (${cpus().length} cores)`,
      processes: options.processes,
      rounds: options.rounds,
      passes,
      traces: recorded.size,
      operations: [...recorded.values()].reduce((sum, { count }) => sum + count, 0),
    },
    sizes,
    scenarios,
    memory,
    times,
    worst,
    programs,
  };
}
