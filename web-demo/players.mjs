// SPDX-License-Identifier: MIT
// Builds the page's WebAssembly: one player for each allocator of the race, to be instantiated
// without any generated JavaScript.

import { join } from 'node:path';
import { allocatorNamed } from '../bench/allocators.mjs';
import { allocatorObjects } from '../bench/build.mjs';

/** The lanes of the race, in their order on the page. */
export const ALLOCATORS = ['heaplet', 'dlmalloc', 'emmalloc', 'mimalloc'];

// Growth is exact for all, so that memory is what the allocator asked for. -O2 and not -O3, which
// renames imports: the page brings emscripten_resize_heap. The JavaScript that comes along is not used.
const LINK_FLAGS = [
  '-O2',
  '-sALLOW_MEMORY_GROWTH=1',
  '-sMEMORY_GROWTH_GEOMETRIC_STEP=0',
  '-sMAXIMUM_MEMORY=4GB',
  '-sINITIAL_HEAP=65536',
  '-sSTACK_SIZE=65536',
  '-sERROR_ON_UNDEFINED_SYMBOLS=0',
  '--no-entry',
];

/** Links `<folder>/<allocator>.wasm` for every allocator; resolves with the paths. */
export async function buildPlayers(compiler, folder) {
  const player = await compiler.object('web-demo/player/player.c', ['-O2', '-fno-builtin']);
  const paths = [];
  for (const name of ALLOCATORS) {
    const allocator = allocatorNamed(name);
    const objects = [player, ...(await allocatorObjects(compiler, allocator))];
    if (name === 'heaplet') {
      const flags = ['-O2', '-std=c++20', '-Iinclude', '-fno-exceptions', '-fno-rtti'];
      objects.push(await compiler.object('web-demo/player/walk.cpp', flags));
    }
    const output = join(folder, `${name}.mjs`);
    await compiler.link(objects, [`-sMALLOC=${allocator.malloc}`, ...LINK_FLAGS], output);
    paths.push(output.replace(/mjs$/, 'wasm'));
  }
  return paths;
}
