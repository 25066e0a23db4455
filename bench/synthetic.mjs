// SPDX-License-Identifier: MIT
// Patterns from the literature and from bug reports, as traces made on the spot from a seed.
// They are extremes, each one idea pure: shown beside the recorded programs, never averaged
// with them.

import { Random } from './lib/random.mjs';
import { TraceWriter, decodeTrace } from '../js/sight/trace.js';

const kib = 1024;
const mib = 1024 * kib;

/** Replaces a random block of a thousand (larson of mimalloc-bench: 10…500 bytes). */
function larson(writer, random) {
  const size = () => random.between(10, 500);
  const blocks = Array.from({ length: 1000 }, () => writer.malloc(size()));
  for (let n = 0; n < 100_000; n++) {
    const index = random.below(blocks.length);
    writer.free(blocks[index]);
    blocks[index] = writer.malloc(size());
  }
}

/** sh6bench: batches of small sizes, freed partly in order, partly in reverse, some kept a while. */
function batches(writer, random) {
  let kept = [];
  for (let round = 0; round < 60; round++) {
    const blocks = [];
    for (let size = 1; size < 420; size += random.between(1, 9)) {
      for (let n = Math.max(1, Math.floor(60 / size)); n > 0; n--) blocks.push(writer.malloc(size));
      for (let n = 0; n < 8; n++) blocks.push(writer.malloc(random.skewed(8, 400)));
    }
    const third = Math.floor(blocks.length / 3);
    for (const block of blocks.slice(0, third)) writer.free(block);
    for (const block of blocks.slice(2 * third).reverse()) writer.free(block);
    for (const block of kept) writer.free(block);
    kept = blocks.slice(third, 2 * third);
  }
}

/** cfrac: numbers of a few digits that live for an instant, over a slowly growing rest. */
function cfrac(writer, random) {
  const recent = [];
  for (let n = 0; n < 150_000; n++) {
    recent.push(writer.malloc(random.between(2, 12) * 4));
    while (recent.length > 6) writer.free(recent.splice(random.below(recent.length), 1)[0]);
    if (n % 500 === 0) recent.shift();
  }
}

/** malloc-large of mimalloc-bench, a fifth of its sizes: 20 blocks of 1…5 MiB, replaced. */
function large(writer, random) {
  const blocks = Array.from({ length: 20 }, () => writer.malloc(random.between(1, 5) * mib));
  for (let n = 0; n < 2000; n++) {
    const index = random.below(blocks.length);
    writer.free(blocks[index]);
    blocks[index] = writer.malloc(random.between(mib, 5 * mib));
  }
}

/** One vector that doubles to 16 MiB, as std::vector would if it could realloc. */
function vector(writer) {
  let block = writer.reallocNew(16);
  for (let size = 32; size <= 16 * mib; size *= 2) block = writer.realloc(block, size);
}

/** A dozen buffers that grow by half, at the same time, with small blocks between. */
function vectors(writer, random) {
  for (let round = 0; round < 4; round++) {
    const buffers = Array.from({ length: 12 }, () => ({ size: 16, block: writer.reallocNew(16) }));
    const small = [];
    while (buffers.some(({ size }) => size < mib)) {
      const buffer = random.pick(buffers);
      if (buffer.size >= mib) continue;
      buffer.size = Math.ceil(buffer.size * 1.5);
      buffer.block = writer.realloc(buffer.block, buffer.size);
      small.push(writer.malloc(random.between(8, 64)));
    }
    for (const { block } of buffers) writer.free(block);
    for (const block of small) writer.free(block);
  }
}

/** A string built up by a few bytes at a time, as a naive writer does. */
function append(writer, random) {
  for (let round = 0; round < 8; round++) {
    let size = 1;
    let block = writer.malloc(size);
    for (; size < 200_000; size += random.between(1, 40)) block = writer.realloc(block, size);
    writer.free(block);
  }
}

/** talc's random actions (its wasm_perf with realloc): 1…10,000 bytes, skewed alignments. */
function actions(writer, random) {
  const blocks = [];
  for (let n = 0; n < 100_000; n++) {
    const action = random.below(5);
    if (action < 2 || blocks.length < 50) {
      const shift = Math.floor(Math.clz32(random.below(65536) & 0xffff) / 2) - 8;
      const alignment = 8 << Math.max(0, Math.min(8, shift));
      const size = random.between(1, 10_000);
      blocks.push(alignment > 8 ? writer.aligned(alignment, size) : writer.malloc(size));
    } else {
      const index = random.below(blocks.length);
      if (action < 4) {
        writer.free(blocks[index]);
        blocks[index] = blocks[blocks.length - 1];
        blocks.pop();
      } else {
        blocks[index] = writer.realloc(blocks[index], random.between(1, 10_000));
      }
    }
  }
}

/** Frees every other block of a dense row, then asks for sizes that fit none of the holes. */
function comb(writer) {
  const row = Array.from({ length: 20_000 }, () => writer.malloc(72));
  for (let n = 0; n < row.length; n += 2) writer.free(row[n]);
  const larger = Array.from({ length: 8000 }, () => writer.malloc(104));
  for (let n = 1; n < row.length; n += 2) writer.free(row[n]);
  const largest = Array.from({ length: 300 }, () => writer.malloc(4000));
  for (const block of [...larger, ...largest]) writer.free(block);
}

/** A hundred page-aligned pages, the way Emscripten's mmap asks for them. */
function pages(writer) {
  const blocks = Array.from({ length: 100 }, () => writer.aligned(4096, 4096));
  for (const block of blocks) writer.free(block);
}

/** Large zeroed memory that nobody has touched before. */
function zeroed(writer) {
  const blocks = Array.from({ length: 64 }, () => writer.calloc(256 * kib));
  for (const block of blocks) writer.free(block);
}

/** glibc-simple of mimalloc-bench: 25…1,600 blocks of one size, half first-out, half last-out. */
function simple(writer) {
  for (const count of [25, 100, 400, 1600]) {
    for (let round = 0; round < 64_000 / count; round++) {
      const blocks = Array.from({ length: count }, () => writer.malloc(128));
      const half = count >> 1;
      for (const block of blocks.slice(0, half)) writer.free(block);
      for (const block of blocks.slice(half).reverse()) writer.free(block);
    }
  }
}

/** Emscripten's own malloc_bench in small: thousands of bins of 16…64 bytes, moved up and down. */
function bins(writer, random) {
  const blocks = new Array(8192);
  for (let n = 0; n < 150_000; n++) {
    const index = random.below(blocks.length);
    const size = random.between(16, 64);
    if (blocks[index] === undefined) blocks[index] = writer.malloc(size);
    else if (n % 3 === 0) blocks[index] = writer.realloc(blocks[index], size);
    else {
      writer.free(blocks[index]);
      blocks[index] = undefined;
    }
  }
}

/** Binary trees, built and dropped from the root. */
function trees(writer) {
  const build = (depth) => ({
    block: writer.malloc(20),
    children: depth ? [build(depth - 1), build(depth - 1)] : [],
  });
  const drop = (tree) => {
    writer.free(tree.block);
    tree.children.forEach(drop);
  };
  const stays = build(13);
  for (let depth = 6; depth <= 12; depth += 2) {
    for (let n = 0; n < 1 << (14 - depth); n++) drop(build(depth));
  }
  drop(stays);
}

/** A queue of messages: what was allocated first is freed first. */
function queue(writer, random) {
  const waiting = [];
  for (let n = 0; n < 80_000; n++) {
    waiting.push(writer.malloc(random.skewed(16, 2000)));
    if (waiting.length > 500 + 400 * Math.sin(n / 3000)) writer.free(waiting.shift());
  }
  for (const block of waiting) writer.free(block);
}

/** Two large blocks freed in the order of allocation: one allocator's free list never reuses them. */
function pairs(writer) {
  for (let n = 0; n < 4000; n++) {
    const first = writer.malloc(30_000);
    const second = writer.malloc(30_008);
    writer.free(first);
    writer.free(second);
  }
}

/** Sizes just above powers of two, the worst for size classes that round up. */
function awkward(writer, random) {
  const blocks = [];
  for (let n = 0; n < 60_000; n++) {
    blocks.push(writer.malloc((1 << random.between(4, 12)) + random.between(1, 9)));
    if (blocks.length > 3000) writer.free(blocks.splice(random.below(3000), 1)[0]);
  }
}

const patterns = {
  larson,
  batches,
  cfrac,
  large,
  vector,
  vectors,
  append,
  actions,
  comb,
  pages,
  zeroed,
  simple,
  bins,
  trees,
  queue,
  pairs,
  awkward,
};

export const syntheticNames = Object.keys(patterns).map((name) => `synthetic-${name}`);

/** @param {string} name one of syntheticNames */
export function makeSynthetic(name) {
  const pattern = patterns[name.replace('synthetic-', '')];
  if (!pattern)
    throw new Error(`no synthetic trace "${name}"; there are ${syntheticNames.join(', ')}`);
  const writer = new TraceWriter({ name, kind: 'synthetic' });
  pattern(writer, new Random(1 + syntheticNames.indexOf(name)));
  return decodeTrace(writer.finish());
}
