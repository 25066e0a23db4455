// SPDX-License-Identifier: MIT
// The tests of malloc that others wrote, in WebAssembly on heaplet's: glibc's, and mimalloc's stress test
// with threads.
//
//   node tests/programs/malloc-suites.mjs
//
// Their sources come from Debian's source packages (20 MB, once) and stay in the cache. Left out are glibc's
// tests of what only glibc has: hooks, tunables, fork, mtrace, arenas,
// mallopt, valloc, its checks of double frees.

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder } from '../../scripts/cache.mjs';
import { debianSource } from '../../scripts/debian.mjs';
import { emscripten } from '../../scripts/emscripten.mjs';
import { main, repository, run } from '../../scripts/run.mjs';

// The newest suite whose mirror has both packages at the versions that its list names.
const SUITE = 'bookworm';

const GLIBC = [
  'malloc',
  'calloc',
  'realloc',
  'reallocarray',
  'memalign',
  'posix_memalign',
  'mallocalign1',
  'malloc-too-large',
  'trim1',
  'tcfree3',
];

// Threads, how much each does, rounds.
const STRESS = [
  [1, 25, 20],
  [4, 25, 20],
  [8, 10, 20],
];

const COMPILE = ['-O1', '-fno-builtin', '-w', '-D_GNU_SOURCE'];
const LINK = ['-sMALLOC=none', '-sABORTING_MALLOC=0', '-sALLOW_MEMORY_GROWTH', '-sEXIT_RUNTIME=1'];
LINK.push('-sSTACK_SIZE=1MB');
const THREADS = ['-pthread', '-sPROXY_TO_PTHREAD', '-Wno-pthreads-mem-growth'];

await main(import.meta, async () => {
  const { emcc, emxx, env } = await emscripten();
  const folder = path.join(repository, 'build/malloc-suites');
  await mkdir(folder, { recursive: true });
  const [glibc, mimalloc] = [await source('glibc'), await source('mimalloc')];
  const malloc = async (name, ...options) => {
    const object = path.join(folder, `${name}.o`);
    const flags = [
      '-O2',
      '-std=c++20',
      '-fno-builtin',
      '-fno-exceptions',
      '-fno-rtti',
      '-Iinclude',
    ];
    const file = 'src/malloc/malloc.cpp';
    const args = [...flags, '-Isrc', '-mbulk-memory', ...options, '-c', file, '-o', object];
    await run(emxx, args, { cwd: repository, env, label: name });
    return object;
  };
  const counts = { passed: 0, failed: 0 };
  const build = async (name, file, object, options) => {
    const module = path.join(folder, `${name}.cjs`);
    const all = [...COMPILE, ...options, file, object, ...LINK, '-o', module];
    await run(emcc, all, { env, label: `building ${name}` });
    return module;
  };
  const check = async (name, module, args, said) => {
    const ended = await run(process.execPath, [module, ...args], {
      allowFailure: true,
      label: name,
    });
    const good = ended.code === 0 && said.test(ended.stdout + ended.stderr);
    counts[good ? 'passed' : 'failed']++;
    console.log(`${good ? 'ok' : 'not ok'} ${name}`);
    if (!good) console.log(`exit code ${ended.code}\n${ended.stdout}${ended.stderr}`.slice(-2000));
  };

  // Each test includes "../test-skeleton.c": glibc's, which includes <support/test-driver.c>: ours.
  const shims = ['-I', path.join(repository, 'tests/programs/src/glibc')];
  shims.push('-include', 'support/support.h');
  const one = await malloc('malloc');
  for (const name of GLIBC.map((each) => `tst-${each}`)) {
    const file = path.join(glibc, 'malloc', `${name}.c`);
    await check(`glibc ${name}`, await build(name, file, one, shims), [], /^passed$/m);
  }
  const many = await malloc('malloc-threads', '-pthread');
  const options = ['-DUSE_STD_MALLOC', ...THREADS, '-sPTHREAD_POOL_SIZE=10'];
  const stress = path.join(mimalloc, 'test/test-stress.c');
  const module = await build('test-stress', stress, many, options);
  for (const [threads, scale, rounds] of STRESS) {
    const name = `mimalloc test-stress, ${threads} threads, scale ${scale}, ${rounds} rounds`;
    await check(name, module, [threads, scale, rounds].map(String), /./);
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  if (counts.failed > 0) process.exitCode = 1;
});

async function source(name) {
  const prefix = path.join(cacheFolder(), 'sources', `${name}-${SUITE}`);
  await debianSource({ suite: SUITE, name, prefix });
  return prefix;
}
