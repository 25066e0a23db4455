// SPDX-License-Identifier: MIT
// Builds the replay program once per allocator: node bench/build.mjs [name …]
// Results go to build/bench/replay/; a module is rebuilt when anything it is made of changed.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { emscripten } from '../scripts/emscripten.mjs';
import { allocatorNamed, allocators } from './allocators.mjs';

const run = promisify(execFile);
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
export const buildFolder = join(root, 'build/bench');

// -O2 and not -O3: at -O3 imports are renamed, and the replay wraps one of them by name.
// The whole family is exported so that no allocator's malloc has a single caller, which the
// optimiser would then inline into the loop; in a real program it never has one caller.
const linkFlags = [
  '-O2',
  '-sMODULARIZE=1',
  '-sEXPORT_ES6=1',
  '-sENVIRONMENT=node,web,worker',
  '-sFILESYSTEM=0',
  '-sALLOW_MEMORY_GROWTH=1',
  '-sMEMORY_GROWTH_GEOMETRIC_STEP=0',
  '-sMAXIMUM_MEMORY=4GB',
  '-sINITIAL_HEAP=65536',
  '-sEXPORTED_FUNCTIONS=_malloc,_free,_calloc,_realloc,_memalign',
  '--no-entry',
];

function filesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function fingerprint(version, allocator, flags) {
  const hash = createHash('sha256').update(JSON.stringify([version, allocator, flags]));
  const ours =
    allocator.role === 'ours'
      ? ['src', 'include'].flatMap((folder) => filesUnder(join(root, folder)))
      : [];
  const own = [
    join(root, 'bench/replay/replay.c'),
    ...(allocator.sources ?? []).map((source) => join(root, source)),
  ];
  for (const file of [...own, ...ours]) hash.update(file).update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

/**
 * @param {string} name of an entry in allocators.mjs
 * @returns {Promise<{name: string, module: string, wasm: string, fingerprint: string}>}
 */
export async function buildReplay(name, { extra = [], suffix = '' } = {}) {
  const allocator = allocatorNamed(name);
  const tools = await emscripten();
  const folder = join(buildFolder, 'replay');
  const module = join(folder, `${name}${suffix}.mjs`);
  const stamp = join(folder, `${name}${suffix}.stamp`);
  const print = fingerprint(tools.version, allocator, [linkFlags, extra]);
  const result = { name, module, wasm: module.replace(/mjs$/, 'wasm'), fingerprint: print };
  if (existsSync(module) && existsSync(stamp) && readFileSync(stamp, 'utf8') === print)
    return result;

  mkdirSync(folder, { recursive: true });
  const options = { cwd: root, env: tools.env };
  const objects = [];
  const compile = async (source, flags) => {
    const object = join(folder, `${name}${suffix}.${objects.length}.o`);
    objects.push(object);
    await run(
      source.endsWith('.c') ? tools.emcc : tools.emxx,
      ['-c', source, '-o', object, ...flags],
      options,
    );
  };
  await compile('bench/replay/replay.c', [
    '-O3',
    '-fno-builtin',
    ...(allocator.replay ?? []),
    ...extra,
  ]);
  for (const source of allocator.sources ?? []) await compile(source, allocator.flags);
  await run(
    tools.emcc,
    [...objects, '-o', module, `-sMALLOC=${allocator.malloc}`, ...linkFlags],
    options,
  );
  writeFileSync(stamp, print);
  return result;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names =
    process.argv.length > 2 ? process.argv.slice(2) : allocators.map((allocator) => allocator.name);
  for (const name of names) console.log((await buildReplay(name)).wasm);
}
