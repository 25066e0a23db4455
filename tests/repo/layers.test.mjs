// SPDX-License-Identifier: MIT
// src/README.md holds the law: a table of folders, what each may include, and which public headers
// belong to it, lowest layer first.
//
//   | folder | may include | public headers |

import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { repository } from '../../scripts/run.mjs';
import { handWritten, read } from './support.mjs';

const PUBLIC = 'include/heaplet/';
const layers = parseLayers(read('src/README.md'));
const sources = await handWritten(/^(src|include\/heaplet)\/.*\.(c|h|cpp|hpp)$/);

/** Rows as `{folder, mayInclude, headers}`, in the order of the table. */
export function parseLayers(markdown) {
  const lines = markdown.split('\n').map((line) => line.trim());
  const start = lines.findIndex((line) => /^\|\s*folder\s*\|\s*may include\s*\|/.test(line));
  if (start < 0) throw new Error('src/README.md has no table that begins | folder | may include |');
  const rows = [];
  for (const line of lines.slice(start + 2)) {
    if (!line.startsWith('|')) break;
    const [folder, mayInclude, headers = []] = line.split('|').slice(1, -1).map(names);
    rows.push({ folder: folder[0], mayInclude, headers });
  }
  return rows;
}

function names(cell) {
  return `${cell}`.match(/[\w./-]*\w[\w./-]*/g) ?? [];
}

/** The folder that a file counts as, or undefined. */
function layerOf(file) {
  if (file.startsWith('src/')) return file.split('/')[1];
  return layers.find(({ headers }) => headers.includes(file.slice(PUBLIC.length)))?.folder;
}

/** Files of ours that a file includes, relative to the repository. */
function includesOf(file) {
  return [...read(file).matchAll(/^\s*#\s*include\s+["<]([^">]+)[">]/gm)].flatMap(([, name]) => {
    const candidates = [
      path.join(path.dirname(file), name),
      path.join('src', name),
      path.join('include', name),
    ];
    const found = candidates.find((candidate) => existsSync(path.join(repository, candidate)));
    return found ? [found] : [];
  });
}

describe('the layers of src/README.md', () => {
  test('are the folders of src/', () => {
    const folders = new Set(sources.filter((file) => file.startsWith('src/')).map(layerOf));
    expect(layers.map(({ folder }) => folder)).toEqual(expect.arrayContaining([...folders]));
  });

  test('name a layer for each public header', () => {
    expect(sources.filter((file) => file.startsWith(PUBLIC) && !layerOf(file))).toEqual([]);
  });

  test('name only headers that exist', () => {
    const named = layers.flatMap(({ headers }) => headers.map((name) => PUBLIC + name));
    expect(named.filter((file) => !sources.includes(file))).toEqual([]);
  });

  test('let a folder include only folders above it in the table, which are the lower layers', () => {
    const upward = layers.flatMap(({ folder, mayInclude }, row) => {
      const lower = layers.slice(0, row).map((layer) => layer.folder);
      return mayInclude
        .filter((name) => !lower.includes(name))
        .map((name) => `${folder} -> ${name}`);
    });
    expect(upward).toEqual([]);
  });

  test.each(sources)('%s includes only what its layer may', (file) => {
    const from = layerOf(file);
    const allowed = [from, ...(layers.find(({ folder }) => folder === from)?.mayInclude ?? [])];
    const broken = includesOf(file).filter((included) => !allowed.includes(layerOf(included)));
    expect(broken).toEqual([]);
  });
});
