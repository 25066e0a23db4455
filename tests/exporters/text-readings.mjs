// SPDX-License-Identifier: MIT
// What viewers of the terminal make of a file.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { goPprof, heaptrackPrint, valgrindViewers } from './viewers.mjs';

export const show = (program, args) =>
  execFileSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 28,
  });
const number = (text) => Number(text.replaceAll(',', ''));
const linesOf = (file) => readFileSync(file, 'utf8').trim().split('\n');

/** ms_print's table as rows of time, bytes of the heap and bytes in all. */
export async function massifReading(file) {
  const { msPrint } = await valgrindViewers();
  const printed = show(msPrint, ['--threshold=0', file]);
  const rows = [...printed.matchAll(/^ *\d+ +([\d,]+) +([\d,]+) +([\d,]+) +([\d,]+) +0$/gm)];
  return {
    printed,
    rows: rows.map(([, time, total, heap]) => [number(time), number(heap), number(total)]),
  };
}

/** heaptrack_print's sums over its flame graphs and its histogram of sizes. */
export async function heaptrackReading(file, folder) {
  const program = await heaptrackPrint();
  const [folded, histogram] = ['folded', 'histogram'].map((name) => path.join(folder, name));
  let summary;
  const cost = (type) => {
    const output = ['-F', folded, '--flamegraph-cost-type', type, '-H', histogram];
    summary = show(program, ['-f', file, '-l', '0', '-t', '0', ...output]);
    return linesOf(folded).reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  };
  const [allocations, peak, leaked] = ['allocations', 'peak', 'leaked'].map(cost);
  const allocatedBytes = linesOf(histogram)
    .map((line) => line.split('\t').map(Number))
    .reduce((sum, [size, count]) => sum + size * count, 0);
  return { summary, allocations, peak, leaked, allocatedBytes };
}

/** The values of a pprof file by name: the sum of a profile's totals, and pprof's unit. */
export const PPROF_VALUES = {
  alloc_objects: ['allocatedBlocks', ''],
  alloc_space: ['allocatedBytes', 'B'],
  inuse_objects: ['liveBlocks', ''],
  inuse_space: ['liveBytes', 'B'],
};

/** What `go tool pprof -top` prints of one of them. */
export async function pprofTop(file, index) {
  const unit = PPROF_VALUES[index][1] || 'count';
  return show(await goPprof(), ['-top', `-unit=${unit}`, `-sample_index=${index}`, file]);
}
