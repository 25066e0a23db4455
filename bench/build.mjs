// SPDX-License-Identifier: MIT
// Builds the replay program once per allocator: node bench/build.mjs [name …]
// Results go to build/bench/replay/.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allocatorNamed, allocators } from './allocators.mjs';
import { Compiler, buildFolder } from './lib/compile.mjs';

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

/** The allocator's own objects, compiled as the table says or with other flags. */
export const allocatorObjects = (compiler, { sources = [], flags = [] }) =>
  Promise.all(sources.map((source) => compiler.object(source, flags)));

/** Links an allocator's objects to the replay program; `replay`: flags for that. */
export async function linkReplay(compiler, { name, malloc, link = [] }, objects, module, replay) {
  const program = await compiler.object('bench/replay/replay.c', [
    '-O3',
    '-fno-builtin',
    ...replay,
  ]);
  const options = [`-sMALLOC=${malloc}`, ...linkFlags, ...link];
  const fingerprint = await compiler.link([program, ...objects], options, module);
  return { name, module, wasm: module.replace(/mjs$/, 'wasm'), fingerprint };
}

/**
 * @param {Compiler} compiler
 * @param {string} name of an entry in allocators.mjs
 * @param {{timed?: boolean}} [options] timed: every call is timed by itself
 * @returns {Promise<{name: string, module: string, wasm: string, fingerprint: string}>}
 */
export async function buildReplay(compiler, name, { timed = false } = {}) {
  const allocator = allocatorNamed(name);
  const objects = await allocatorObjects(compiler, allocator);
  const module = join(buildFolder, 'replay', `${name}${timed ? '-timed' : ''}.mjs`);
  const flags = [...(allocator.replay ?? []), ...(timed ? ['-DREPLAY_TIMED'] : [])];
  return linkReplay(compiler, allocator, objects, module, flags);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const given = process.argv.slice(2);
  const compiler = await Compiler.create();
  for (const name of given.length ? given : allocators.map((allocator) => allocator.name)) {
    console.log((await buildReplay(compiler, name)).wasm);
  }
}
