// SPDX-License-Identifier: MIT
// What documents name must exist: files, folders, headings, npm's script words.

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import GithubSlugger from 'github-slugger';
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

/** `[target, anchor]` of each link within the repository that names a heading; '' is this document. */
function linksToHeadings(markdown) {
  return [...markdown.matchAll(/\]\(([^)\s#]*)#([^)\s]+)\)/g)]
    .map(([, target, anchor]) => [target, anchor])
    .filter(([target]) => !/^[a-z]+:/.test(target));
}

/** What links call a document's headings. */
function anchorsOf(markdown) {
  const slugger = new GithubSlugger();
  return [...withoutCodeBlocks(markdown).matchAll(/^#{1,6} (.+)$/gm)].map(([, title]) =>
    slugger.slug(title.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')),
  );
}

/** Those of `links`, from the document `file`, whose headings do not exist. */
function withoutHeading(links, file) {
  return links.filter(([target, anchor]) => {
    const document = target === '' ? file : path.join(path.dirname(file), target);
    return !anchorsOf(read(document)).includes(anchor);
  });
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

  test('links to headings that exist', () => {
    expect(withoutHeading(linksToHeadings(withoutCodeBlocks(text)), file)).toEqual([]);
  });

  test('names npm scripts that are in package.json', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const named = [...text.matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)].map(
      ([, a, b]) => a ?? b,
    );
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

test('a link to a heading that does not exist is found', () => {
  const sample = '[a](#how-it-works) [b](docs/DESIGN.md#glossary) [c](#no) [d](docs/DESIGN.md#no)';
  expect(withoutHeading(linksToHeadings(sample), 'README.md')).toEqual([
    ['', 'no'],
    ['docs/DESIGN.md', 'no'],
  ]);
});

test('each npm script runs a file that exists', () => {
  const { scripts } = JSON.parse(read('package.json'));
  const files = Object.values(scripts).map((command) => /^node (\S+)/.exec(command)[1]);
  expect(files.filter((file) => !existsSync(path.join(repository, file)))).toEqual([]);
});
