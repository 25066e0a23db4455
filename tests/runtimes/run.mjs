// SPDX-License-Identifier: MIT
// Installs the package in a folder of its own, as a user would, and runs README's quick start and a
// longer program there: by Node, Deno and Bun.
//
//   node tests/runtimes/run.mjs [node] [deno] [bun]
//
// HEAPLET_WASM_BUILD names a build's folder; else the module is built.

import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { buildPreset } from '../../scripts/cmake.mjs';
import { main, repository, run, say } from '../../scripts/run.mjs';
import { runtime } from '../../scripts/runtimes.mjs';

const COMMANDS = {
  node: async () => [process.execPath, '--no-warnings'],
  deno: async () => [await runtime('deno'), 'run', '--quiet', '--allow-read', '--cached-only'],
  bun: async () => [await runtime('bun')],
};

/** Prints what of the longer program's results is not as expected, for each entry that has all of it. */
const PROGRAM = `import * as whole from 'heaplet';
import { loadShared } from 'heaplet/shared';
import * as slim from 'heaplet/slim';
import { EXPECTED, runProgram } from './program.mjs';
for (const entry of [whole, slim]) {
  const results = await runProgram(entry);
  console.log(JSON.stringify(results) === JSON.stringify(EXPECTED) ? 'as expected' : results);
}
const shared = await loadShared();
const mutex = shared.mutex('i32', 1);
mutex.with((value, guard) => void (guard.value = value + 1));
const guard = await mutex.lockAsync();
console.log(guard.value);
guard.drop();
const received = shared.receive(mutex.send(), 'i32');
received.drop();
console.log(shared.stats().liveCount);
`;

const RESULTS = ['as expected', 'as expected', '2', '0'];

const MODULES = ['heaplet.js', 'heaplet.wasm', 'heaplet-raw.wasm', 'heaplet-shared.wasm'];

await main(import.meta, async (args) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'heaplet-consumer-'));
  const counts = { passed: 0, failed: 0 };
  try {
    const expected = { 'quick-start.mjs': await install(folder), 'program.mjs': RESULTS };
    for (const name of args.length > 0 ? args : Object.keys(COMMANDS)) {
      const [command, ...flags] = await COMMANDS[name]();
      for (const [file, lines] of Object.entries(expected)) {
        const started = await run(command, [...flags, `run-${file}`], {
          cwd: folder,
          allowFailure: true,
          label: `${name} ${file}`,
        });
        const isRight = started.code === 0 && started.stdout.trimEnd() === lines.join('\n');
        counts[isRight ? 'passed' : 'failed'] += 1;
        say(`${isRight ? 'ok' : 'not ok'} ${name} ${file}`);
        if (!isRight) say(`expected\n${lines.join('\n')}\ngot\n${started.stdout}${started.stderr}`);
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  if (counts.failed > 0) process.exitCode = 1;
});

/** Fills a user's folder; the lines that README says its quick start prints. */
async function install(folder) {
  const given = process.env.HEAPLET_WASM_BUILD;
  const { folder: build } = given
    ? { folder: given }
    : await buildPreset('wasm', { targets: ['heaplet_raw', 'heaplet_embind', 'heaplet_shared'] });
  const target = path.join(folder, 'node_modules/heaplet');
  await mkdir(path.join(target, 'dist'), { recursive: true });
  for (const name of ['package.json', 'js'])
    await cp(path.join(repository, name), path.join(target, name), { recursive: true });
  for (const name of MODULES)
    await cp(path.join(build, 'bindings', name), path.join(target, 'dist', name));
  const consumer = { name: 'consumer', type: 'module', dependencies: { heaplet: '*' } };
  await writeFile(path.join(folder, 'package.json'), JSON.stringify(consumer));
  await cp(path.join(repository, 'tests/js/program.mjs'), path.join(folder, 'program.mjs'));
  await writeFile(path.join(folder, 'run-program.mjs'), PROGRAM);

  const readme = await readFile(path.join(repository, 'README.md'), 'utf8');
  const [, source] = /^```js\n([\s\S]*?)^```$/m.exec(readme);
  await writeFile(path.join(folder, 'run-quick-start.mjs'), source);
  return [...source.matchAll(/\/\/ prints (.*)$/gm)].map(([, line]) => line);
}
