// SPDX-License-Identifier: MIT
// README's table, from the CSV files of the last bench: node bench/summary.mjs writes it.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { repository as root } from '../scripts/run.mjs';
import { geometricMean, markdownTable, ratio } from './lib/table.mjs';

const begin = '<!-- bench/summary.mjs writes from here -->';
const end = '<!-- to here -->';
const shown = ['heaplet', 'heaplet-tiny', 'dlmalloc', 'emmalloc', 'mimalloc'];

function rowsOf(name) {
  const lines = readFileSync(join(root, `bench/results/${name}.csv`), 'utf8')
    .trim()
    .split('\n');
  const cells = (line) =>
    [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
      ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain,
    );
  const columns = cells(lines[0]);
  return lines
    .slice(1)
    .map((line) => Object.fromEntries(cells(line).map((cell, index) => [columns[index], cell])));
}

/** The table, as it stands between the two marks in README. */
export async function summary() {
  const recorded = (rows) => rows.filter((row) => row.recorded === 'true');
  const memory = recorded(rowsOf('memory'));
  const allTimes = recorded(rowsOf('times'));
  const times = allTimes.filter(({ runtime }) => runtime === allTimes[0].runtime);
  const sizes = rowsOf('sizes').filter(
    ({ building, functions }) =>
      building === 'as shipped, linked -Oz' && functions === 'malloc+free',
  );
  const mean = (rows, allocator, value) =>
    ratio(geometricMean(rows.filter((row) => row.allocator === allocator).map(value)));
  const table = markdownTable([
    ['', 'bytes of malloc+free', 'heap ÷ live data', 'time ÷ dlmalloc, first pass', 'later pass'],
    ...shown.map((name) => [
      name,
      Number(sizes.find(({ allocator }) => allocator === name).code).toLocaleString('en'),
      mean(memory, name, ({ pass1, peakBytes }) => pass1 / peakBytes),
      mean(times, name, ({ coldRatio }) => Number(coldRatio)),
      mean(times, name, ({ warmRatio }) => Number(warmRatio)),
    ]),
  ]);
  const traces = new Set(memory.map(({ trace }) => trace)).size;
  const words = `Geometric means over ${traces} recorded programs, ${times[0].runtime}; the rest is in
[docs/BENCHMARKS.md](docs/BENCHMARKS.md).`;
  return format(`${table}\n\n${words}\n`, { parser: 'markdown', printWidth: 108 });
}

/** README, and what it should be. */
export async function readmes() {
  const path = join(root, 'README.md');
  const found = readFileSync(path, 'utf8');
  const from = found.indexOf(begin);
  const to = found.indexOf(end);
  if (from < 0 || to < from) throw new Error(`README.md has no ${begin} and ${end}`);
  const wanted = `${found.slice(0, from)}${begin}\n\n${await summary()}\n${found.slice(to)}`;
  return { path, found, wanted };
}

export async function writeSummary() {
  const { path, wanted } = await readmes();
  writeFileSync(path, wanted);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeSummary();
