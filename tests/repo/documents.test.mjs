// SPDX-License-Identifier: MIT
// What documents name must exist: files, folders, npm's script words.

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { repository } from '../../scripts/run.mjs';
import { handWritten, read } from './support.mjs';

const documents = await handWritten(/\.md$/);
const topFolders = readdirSync(repository, { withFileTypes: true })
  .filter(
    (entry) =>
      entry.isDirectory() && !['build', 'dist', 'node_modules', '.git'].includes(entry.name),
  )
  .map((entry) => entry.name);

/** `src/heap/heap.cpp`, with or without a line number; not `build/...`, nor globs, nor URLs. */
function pathsInBackticks(markdown) {
  return [...markdown.matchAll(/`([\w.-]+(?:\/[\w.-]+)*\/?)(?::\d+)?`/g)]
    .map(([, name]) => name)
    .filter((name) => name.includes('/') && topFolders.includes(name.split('/')[0]));
}

function relativeLinks(markdown) {
  return [...markdown.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)]
    .map(([, target]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

function withoutCodeBlocks(markdown) {
  return markdown.replace(/^```.*?^```/gms, '');
}

describe.each(documents)('%s', (file) => {
  const text = read(file);
  const missing = (names, base) =>
    names.filter((name) => !existsSync(path.join(repository, base, name)));

  test('names paths that exist', () => {
    const names = pathsInBackticks(withoutCodeBlocks(text));
    const here = path.dirname(file);
    const nowhere = missing(names, '.').filter((name) => missing([name], here).length > 0);
    expect(nowhere).toEqual([]);
  });

  test('links to files that exist', () => {
    expect(missing(relativeLinks(withoutCodeBlocks(text)), path.dirname(file))).toEqual([]);
  });

  test('names npm scripts that are in package.json', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const named = [...text.matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)].map(
      ([, a, b]) => a ?? b,
    );
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

test('each npm script runs a file that exists', () => {
  const { scripts } = JSON.parse(read('package.json'));
  const files = Object.values(scripts).map((command) => /^node (\S+)/.exec(command)[1]);
  expect(files.filter((file) => !existsSync(path.join(repository, file)))).toEqual([]);
});
