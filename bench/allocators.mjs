// SPDX-License-Identifier: MIT
// Every allocator that is measured: one line each.
//   malloc   value of -sMALLOC; 'none' where `sources` bring their own
//   sources  compiled with `flags`, relative to the repository
//   replay   extra flags for replay.c
//   role     'ours', 'peer', or 'limit' (shown, never compared against)

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
const heaplet = { role: 'ours', malloc: 'none', sources: ['src/malloc/malloc.cpp'] };

export const allocators = [
  { name: 'heaplet', ...heaplet, flags: [...heapletFlags, '-O2'] },
  { name: 'heaplet-tiny', ...heaplet, flags: [...heapletFlags, '-Oz', '-DHEAPLET_TINY=1'] },
  { name: 'dlmalloc', role: 'peer', malloc: 'dlmalloc' },
  { name: 'emmalloc', role: 'peer', malloc: 'emmalloc' },
  { name: 'mimalloc', role: 'peer', malloc: 'mimalloc' },
  {
    name: 'bump',
    role: 'limit',
    malloc: 'none',
    sources: ['bench/limits/bump.c'],
    flags: ['-O2', '-fno-builtin', '-mbulk-memory'],
  },
  {
    name: 'null',
    role: 'limit',
    malloc: 'none',
    sources: ['bench/limits/null.c'],
    flags: ['-O2', '-fno-builtin'],
    replay: ['-DREPLAY_NULL'],
  },
];

export const allocatorNamed = (name) => {
  const found = allocators.find((allocator) => allocator.name === name);
  if (!found)
    throw new Error(
      `no allocator "${name}"; there are ${allocators.map((entry) => entry.name).join(', ')}`,
    );
  return found;
};
