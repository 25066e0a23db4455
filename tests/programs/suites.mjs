// SPDX-License-Identifier: MIT
// The tests that real programs bring along, on heaplet, in WebAssembly:
//
//   node tests/programs/suites.mjs [--stride=97]
//
// SQLite with its allocations refused one after the other (--stride=1: each of them), and QuickJS's own
// tests. Neither npm's SQLite nor Debian's Lua has more; QuickJS's tests of worker threads, of shared
// libraries and of the machine's processes need what WebAssembly has not.

import path from 'node:path';
import { parseArgs } from 'node:util';
import { emscripten } from '../../scripts/emscripten.mjs';
import { main, run } from '../../scripts/run.mjs';
import { buildPrograms } from './build.mjs';
import { programSources } from './sources.mjs';

const QUICKJS = ['language', 'builtin', 'closure', 'loop', 'bigint', 'cyclic_import'];

await main(import.meta, async (args) => {
  const { values } = parseArgs({ args, options: { stride: { type: 'string', default: '97' } } });
  const sources = await programSources();
  const toolchain = await emscripten();
  const tests = ['sqlite-faults', 'quickjs-suite'];
  const folder = await buildPrograms({ toolchain, sources, tests });
  const counts = { passed: 0, failed: 0 };
  const check = async (name, program, argument, options, wanted) => {
    const module = path.join(folder, `${program}.cjs`);
    const { code, stdout, stderr } = await run(process.execPath, [module, argument], {
      ...options,
      label: name,
      allowFailure: true,
    });
    const good = code === 0 && wanted.test(stdout);
    counts[good ? 'passed' : 'failed']++;
    console.log(`${good ? 'ok' : 'not ok'} ${name}: ${stdout.trim().split('\n').at(-1)}`);
    if (!good) console.log(`exit code ${code}\n${stderr.slice(0, 2000)}`);
  };
  await check('SQLite under faults', 'sqlite-faults', values.stride, {}, /nothing leaks/);
  for (const name of QUICKJS) {
    const cwd = path.join(sources.quickjs, 'tests');
    await check(`QuickJS ${name}`, 'quickjs-suite', `test_${name}.js`, { cwd }, /^passed$/m);
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  if (counts.failed > 0) process.exitCode = 1;
});
