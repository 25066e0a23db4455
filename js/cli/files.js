// SPDX-License-Identifier: MIT
// heaplet report, diff and convert: commands on files.

import { writeFile } from 'node:fs/promises';
import { exportProfile, formatOf } from '../sight/exporters/index.js';
import { labelOf, resolve } from '../sight/exporters/resolved.js';
import { VALUES, reportOf } from '../sight/report.js';
import { Exit } from './errors.js';
import { loadProfile } from './load.js';
import { reportText } from './report.js';
import { count, strong, table } from './text.js';

export async function reportCommand({ values, positionals: [file] }) {
  const report = reportOf(await loadProfile(file, values), { top: values.top });
  print(values.json ? JSON.stringify(report) : reportText(report, values));
  return Exit.ok;
}

export async function convertCommand({ values, positionals: [file, target] }) {
  const format = formatOf({ name: values.format, file: target });
  const profile = await loadProfile(file, values);
  const options = { value: values.value, snapshot: values.snapshot };
  const bytes = await exportProfile(profile, format, options);
  if (target === '-') process.stdout.write(bytes);
  else await writeFile(target, bytes);
  const facts = { file: target, format: format.name, bytes: bytes.length, opensIn: format.opensIn };
  if (values.json) print(JSON.stringify(facts));
  else process.stderr.write(`heaplet: ${target}: ${format.name}, opens in ${format.opensIn}\n`);
  return Exit.ok;
}

/** heaplet diff a b: what b has more than a, and less. */
export async function diffCommand({ values, positionals: [before, after] }) {
  const value = values.value ?? 'live';
  const [bytes, blocks] = VALUES[value];
  const sums = async (file) => sumsOf(await loadProfile(file, values), bytes, blocks);
  const [a, b] = [await sums(before), await sums(after)];
  const rows = [...new Set([...a.keys(), ...b.keys()])]
    .map((key) => {
      const [from, to] = [a.get(key) ?? NOTHING, b.get(key) ?? NOTHING];
      return {
        stack: key.split('\n'),
        bytes: to.bytes - from.bytes,
        blocks: to.blocks - from.blocks,
        before: from.bytes,
        after: to.bytes,
      };
    })
    .filter((row) => row.bytes !== 0 || row.blocks !== 0)
    .sort((x, y) => Math.abs(y.bytes) - Math.abs(x.bytes) || y.blocks - x.blocks);
  const total = (key) => rows.reduce((sum, row) => sum + row[key], 0);
  const difference = { bytes: total('bytes'), blocks: total('blocks') };
  if (values.json) print(JSON.stringify({ value, before, after, ...difference, rows }));
  else print(diffText(rows.slice(0, values.top ?? 20), { value, ...difference }));
  const grew = values['max-growth'] !== undefined && difference.bytes > values['max-growth'];
  return grew ? Exit.limit : Exit.ok;
}

const NOTHING = { bytes: 0, blocks: 0 };
const signed = (number) => (number > 0 ? `+${count(number)}` : count(number));

function diffText(rows, { value, bytes, blocks }) {
  const title = strong(`${value}: ${signed(bytes)} bytes in ${signed(blocks)} blocks`);
  if (rows.length === 0) return `${title}\nno stack differs`;
  const lines = rows.map((row) => [
    signed(row.bytes),
    signed(row.blocks),
    count(row.before),
    count(row.after),
    row.stack.slice(0, 3).join(' ← '),
  ]);
  return `${title}\n${table([['bytes', 'blocks', 'before', 'after', '<where'], ...lines])}`;
}

/** Bytes and blocks by stack, stacks being named, so that two builds can be compared. */
function sumsOf(profile, bytes, blocks) {
  const { places, stacks, rows } = resolve(profile);
  const sums = new Map();
  for (const row of rows) {
    const key = stacks[row.stack].map((place) => labelOf(places[place])).join('\n');
    const sum = sums.get(key) ?? NOTHING;
    sums.set(key, { bytes: sum.bytes + row[bytes], blocks: sum.blocks + row[blocks] });
  }
  return sums;
}

const print = (text) => process.stdout.write(`${text}\n`);
