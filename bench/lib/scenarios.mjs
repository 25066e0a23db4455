// SPDX-License-Identifier: MIT
// Single situations that a mean over traces would hide. Browser-safe.

const pageBytes = 65536;
const mib = 1 << 20;

/** What the first malloc of a program costs: the heap's top, and pages beyond those it began with. */
async function firstMalloc(module) {
  const { malloc, memory, top } = (await module.instance()).raw;
  const [topBefore, bytesBefore] = [top(), memory.buffer.byteLength];
  malloc(1);
  return {
    'first malloc: heap bytes': top() - topBefore,
    'first malloc: pages': (memory.buffer.byteLength - bytesBefore) / pageBytes,
  };
}

/** A buffer doubled by realloc from 64 KiB to 16 MiB. */
async function growingBuffer(module) {
  const { malloc, realloc, top } = (await module.instance()).raw;
  const before = top();
  let block = malloc(65536);
  const start = performance.now();
  for (let size = 131072; size <= 16 * mib; size *= 2) block = realloc(block, size);
  return {
    'realloc to 16 MiB: heap MiB': (top() - before) / mib,
    'realloc to 16 MiB: ms': performance.now() - start,
  };
}

/** A hundred pages, aligned to pages. */
async function alignedPages(module) {
  const { memalign, top } = (await module.instance()).raw;
  const before = top();
  for (let n = 0; n < 100; n++) memalign(4096, 4096);
  return { 'memalign(4096, 4096): bytes each of 100': (top() - before) / 100 };
}

/** Zeroed memory out of pages that have just been made, which are zero already. */
async function freshCalloc(module) {
  const { calloc } = (await module.instance()).raw;
  const start = performance.now();
  calloc(1, 64 * mib);
  return { 'calloc of 64 fresh MiB: ms': performance.now() - start };
}

/** Bytes of heap for each of ten thousand blocks of a size. */
async function smallBlocks(module, size) {
  const { malloc, top } = (await module.instance()).raw;
  const before = top();
  for (let n = 0; n < 10_000; n++) malloc(size);
  return { [`malloc(${size}): bytes each of 10,000`]: (top() - before) / 10_000 };
}

/** @returns {Promise<Record<string, number>>} */
export async function runScenarios(module) {
  return Object.assign(
    await firstMalloc(module),
    await growingBuffer(module),
    await alignedPages(module),
    await freshCalloc(module),
    await smallBlocks(module, 8),
    await smallBlocks(module, 24),
    await smallBlocks(module, 100),
  );
}
