// SPDX-License-Identifier: MIT
// Every allocator that is measured: one line each.
//   malloc   value of -sMALLOC; 'none' where `sources` bring their own
//   sources  compiled with `flags`, relative to the repository
//   replay   extra flags for replay.c
//   link     extra flags for the linker
//   source   peers: the same as Emscripten has it in source, to be compiled at -Oz for its size
//   slack    of the budgets of its heap: which object of a slab comes first is drawn at random
//   lacks    functions it does not have, where that is allowed
//   role     'ours', 'peer', or 'limit' (shown, never compared against)

import { ScriptError } from '../scripts/run.mjs';

const heapletFlags = [
  '-std=c++20',
  '-Iinclude',
  '-Isrc',
  '-fno-builtin',
  '-fno-exceptions',
  '-fno-rtti',
  '-mbulk-memory',
  '-DNDEBUG',
];
const heaplet = {
  role: 'ours',
  malloc: 'none',
  sources: ['src/malloc/malloc.cpp'],
  link: ['-sMEMORY_GROWTH_GEOMETRIC_STEP=0.02'], // as the target heaplet::malloc
};

// What Emscripten builds its own with, less the optimisation.
const fromEmscripten = (file) => ({
  sources: [`emscripten:system/lib/${file}`, 'emscripten:system/lib/libc/sbrk.c'],
  flags: ['-fno-builtin', '-DNDEBUG', '-w'],
});
const limit = { role: 'limit', malloc: 'none', flags: ['-O2', '-fno-builtin', '-mbulk-memory'] };
const aligned = ['posix_memalign', 'aligned_alloc', 'malloc_usable_size'];

// prettier-ignore
export const allocators = [
  { name: 'heaplet', ...heaplet, flags: [...heapletFlags, '-O2'] },
  { name: 'heaplet-hardened', ...heaplet, slack: 1.1, flags: [...heapletFlags, '-O2', '-DHEAPLET_HARDENED=1'] },
  { name: 'heaplet-tiny', ...heaplet, flags: [...heapletFlags, '-Oz', '-DHEAPLET_TINY=1'] },
  { name: 'dlmalloc', role: 'peer', malloc: 'dlmalloc', source: fromEmscripten('dlmalloc.c') },
  { name: 'emmalloc', role: 'peer', malloc: 'emmalloc', source: fromEmscripten('emmalloc.c') },
  { name: 'mimalloc', role: 'peer', malloc: 'mimalloc' },
  { name: 'bump', ...limit, sources: ['bench/limits/bump.c'], lacks: aligned },
  { name: 'lists', ...limit, sources: ['bench/limits/lists.c'], lacks: aligned },
  { name: 'null', ...limit, sources: ['bench/limits/null.c'], lacks: aligned, replay: ['-DREPLAY_NULL'] },
];

export const allocatorNamed = (name) => {
  const found = allocators.find((allocator) => allocator.name === name);
  if (!found)
    throw new ScriptError(
      `no allocator "${name}"; there are ${allocators.map((entry) => entry.name).join(', ')}`,
    );
  return found;
};
