// SPDX-License-Identifier: MIT
// Links the recorder to a program that the main job builds for wasm.

import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

const wrapped = [
  'malloc',
  'free',
  'calloc',
  'realloc',
  'memalign',
  'aligned_alloc',
  'posix_memalign',
];
const linkFlags = [
  '-O2',
  '-sALLOW_MEMORY_GROWTH=1',
  '-sMALLOC=emmalloc',
  '-sINVOKE_RUN=0',
  '-sFORCE_FILESYSTEM=1',
  '-sEXPORTED_RUNTIME_METHODS=callMain,FS',
  ...wrapped.map((name) => `-Wl,--wrap=${name}`),
];

const objectsUnder = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.o'))
    .map((file) => join(folder, file));

/**
 * @param {import('../lib/compile.mjs').Compiler} compiler
 * @param {string} folder as buildPrograms() returns it
 * @param {string} program whose objects are there
 * @param {string} module the path of the result
 * @param {string[]} flags at least the environment
 */
export async function linkRecorder(compiler, folder, program, module, flags) {
  const recorder = await compiler.object('bench/record/wasm-recorder.c', ['-O2', '-fno-builtin']);
  const objects = ['objects', 'engine']
    .map((part) => join(folder, 'CMakeFiles', `${program}-${part}.dir`))
    .filter(existsSync)
    .flatMap(objectsUnder);
  // CMake leaves objects behind that have moved to another target: the engine's are the newer ones.
  const byName = new Map(objects.map((object) => [basename(object), object]));
  await compiler.link([recorder, ...byName.values()], [...linkFlags, ...flags], module);
}
