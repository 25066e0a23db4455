// SPDX-License-Identifier: MIT
// malloc built for wasm64 and run by the newest Node, past 4 GB.
//
//   node tests/reliability/wasm64.mjs
//
// The first run builds Emscripten's system libraries for wasm64. Node 20 cannot run the result.

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { newestNode } from '../../bench/lib/newest-node.mjs';
import { emscripten } from '../../scripts/emscripten.mjs';
import { main, repository, run } from '../../scripts/run.mjs';

const FLAGS = ['-m64', '-O2', '-std=c++20', '-fno-exceptions', '-Iinclude', '-Isrc'];
const LINK = ['-sALLOW_MEMORY_GROWTH', '-sMAXIMUM_MEMORY=16GB', '-sEXIT_RUNTIME=1'];
const PROGRAMS = {
  past_4gb: {
    sources: ['tests/reliability/past_4gb.cpp', 'src/malloc/malloc.cpp'],
    options: ['-sMALLOC=none', '-fno-builtin'],
  },
};

await main(import.meta, async () => {
  const { emxx, env, version } = await emscripten();
  const node = await newestNode();
  const folder = path.join(repository, 'build/wasm64');
  await mkdir(folder, { recursive: true });
  const counts = { passed: 0, failed: 0 };
  for (const [name, { sources, options }] of Object.entries(PROGRAMS)) {
    const module = path.join(folder, `${name}.cjs`);
    await run(emxx, [...FLAGS, ...sources, ...options, ...LINK, '-o', module], {
      cwd: repository,
      env,
      label: `building ${name} for wasm64`,
    });
    const ended = await run(node, [module], { allowFailure: true, label: name });
    counts[ended.code === 0 ? 'passed' : 'failed']++;
    const said = `${ended.stdout}${ended.stderr}`.trim().split('\n').at(-1);
    console.log(`${ended.code === 0 ? 'ok' : 'not ok'} ${name}, Emscripten ${version}: ${said}`);
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  if (counts.failed > 0) process.exitCode = 1;
});
