// SPDX-License-Identifier: MIT
// heaplet built for wasm64 and run by the newest Node: the native suites, malloc's own, malloc past 4 GB,
// and JavaScript's suites.
//
//   node tests/reliability/wasm64.mjs [--only=SUITE,...]
//
// The first run builds Emscripten's system libraries for wasm64. Node 20 cannot run the result.

import path from 'node:path';
import { parseArgs } from 'node:util';
import { newestNode } from '../../bench/lib/newest-node.mjs';
import { buildPreset } from '../../scripts/cmake.mjs';
import { main, repository, run } from '../../scripts/run.mjs';

// Programs of GoogleTest by where they are built; any other says "sound" in its last line.
// (allocator_contract_test asks Emscripten's own malloc, too, for more than there can be, which on wasm64
// traps: that type of it is left out.)
const SUITES = {
  heap_test: 'unit/heap',
  handle_test: 'unit/handle',
  own_test: 'unit/own',
  containers_test: 'unit/containers',
  allocator_contract_test: 'contract',
  heap_model_test: 'model',
  exhaustive_test: 'reliability',
  wasm_malloc_test: 'wasm',
  wasm_malloc_growth_test: 'wasm',
  wasm_malloc_tiny_test: 'wasm',
  wasm_malloc_tiny_growth_test: 'wasm',
  malloc_debug_test: 'reliability',
  past_4gb: 'reliability',
};

// Scripts that build what they need, and say how many tests passed.
const SCRIPTS = {
  javascript: ['scripts/test.mjs', 'js-wasm64'],
  bindings: ['tests/bindings/run.mjs', '--wasm64'],
};

await main(import.meta, async (args) => {
  const { values } = parseArgs({
    args,
    options: { only: { type: 'string', default: Object.keys({ ...SUITES, ...SCRIPTS }).join() } },
  });
  const wanted = values.only.split(',');
  const names = wanted.filter((name) => name in SUITES);
  const node = await newestNode();
  const { folder, env } = await buildPreset('wasm64', {
    choice: 'newest',
    targets: [...names, 'heaplet_raw'],
    settings: { CMAKE_CROSSCOMPILING_EMULATOR: node },
  });
  const counts = { passed: 0, failed: 0 };
  for (const name of names) {
    const module = path.join(folder, 'tests', SUITES[name], `${name}.cjs`);
    const filter = '--gtest_filter=-AllocatorContract/1.*';
    const ended = await run(node, [module, filter], { env, allowFailure: true, label: name });
    const passed = Number(
      /\[ {2}PASSED {2}\] (\d+) test/.exec(ended.stdout)?.[1] ?? ended.code === 0,
    );
    const failed = Number(/(\d+) FAILED TEST/.exec(ended.stdout)?.[1] ?? ended.code !== 0);
    counts.passed += passed;
    counts.failed += failed;
    const last = ended.stdout.trim().split('\n').at(-1);
    const said = name.endsWith('_test') ? `${passed} tests pass` : last;
    console.log(`${failed === 0 ? 'ok' : 'not ok'} ${name}: ${said}`);
    if (failed > 0) console.log(ended.stdout.slice(-4000) + ended.stderr.slice(-2000));
  }
  for (const name of wanted.filter((script) => script in SCRIPTS)) {
    const ended = await run(node, SCRIPTS[name], {
      ...{ cwd: repository, allowFailure: true, label: name },
    });
    const [passed, failed] = /(\d+) passed, (\d+) failed\s*$/.exec(ended.stdout)?.slice(1) ?? [
      0, 1,
    ];
    counts.passed += Number(passed);
    counts.failed += Number(failed);
    console.log(`${failed === '0' ? 'ok' : 'not ok'} ${name}: ${passed} tests pass`);
    if (failed !== '0') console.log(ended.stdout.slice(-4000) + ended.stderr.slice(-2000));
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  if (counts.failed > 0) process.exitCode = 1;
});
