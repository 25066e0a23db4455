// SPDX-License-Identifier: MIT
// Rewrites the table of traces in ../traces/README.md from the traces themselves.

import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadTrace, recordedNames } from '../lib/node.mjs';
import { markdownTable } from '../lib/table.mjs';

const folder = resolve(dirname(fileURLToPath(import.meta.url)), '../traces');
const readme = join(folder, 'README.md');
const [begin, end] = ['<!-- table: begin -->', '<!-- table: end -->'];

const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ',');

const sizes = [
  [
    'trace',
    'operations',
    'malloc',
    'calloc',
    'realloc',
    'of null',
    'aligned',
    'free',
    'peak bytes',
    'peak blocks',
    'packed',
  ],
];
const origins = [['trace', 'what it is', 'program', 'package and version', 'command']];
for (const name of recordedNames()) {
  const { meta, count, counts, peakBytes, peakBlocks } = loadTrace(name);
  const { malloc, calloc, realloc, reallocNew, aligned, free } = counts;
  const packed = statSync(join(folder, `${name}.trace.br`)).size;
  sizes.push([
    name,
    ...[
      count,
      malloc,
      calloc,
      realloc,
      reallocNew,
      aligned,
      free,
      peakBytes,
      peakBlocks,
      packed,
    ].map(grouped),
  ]);
  const variables = Object.entries(meta.env ?? {}).map(([key, value]) => `${key}=${value} `);
  origins.push([
    name,
    meta.kind,
    meta.program,
    `${meta.package} ${meta.version}`,
    `\`${variables.join('')}${meta.run}\``,
  ]);
}

const text = readFileSync(readme, 'utf8');
const [from, to] = [text.indexOf(begin), text.indexOf(end)];
if (from < 0 || to < from) throw new Error(`${readme} lacks the marks of the table`);
const table = `${begin}\n${markdownTable(sizes)}\n\n${markdownTable(origins, 'lllll')}\n${end}`;
writeFileSync(readme, text.slice(0, from) + table + text.slice(to + end.length));
