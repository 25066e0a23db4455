// SPDX-License-Identifier: MIT
// Every block of code in the documents is run by some test: which, by document and language. A new kind
// of block needs a line here, and what is not run a reason.

import { expect, test } from '@jest/globals';
import { handWritten, read } from './support.mjs';

const GUIDES = 'tests/package/guides.mjs';
const RUN_BY = {
  'README.md': { js: 'tests/runtimes/run.mjs', cpp: 'tests/readme/CMakeLists.txt' },
  'docs/FINDING-A-LEAK.md': { js: GUIDES, cpp: GUIDES, sh: GUIDES, text: GUIDES },
  'docs/GETTING-STARTED.md': { js: GUIDES, cpp: GUIDES, html: GUIDES, sh: GUIDES, text: GUIDES },
  'docs/JAVASCRIPT.md': { js: GUIDES, ts: GUIDES, json: GUIDES, sh: GUIDES, text: GUIDES },
  'docs/LINKING.md': { cmake: GUIDES, cpp: GUIDES, sh: GUIDES, text: GUIDES },
  'docs/OWNERSHIP.md': {
    js: 'tests/js/documents.test.mjs',
    mjs: 'tests/bindings/document-test.mjs',
    cpp: 'tests/bindings/document-test.mjs',
  },
  'docs/PORTING.md': { js: GUIDES, sh: GUIDES, text: GUIDES },
  'docs/SIGHT.md': { js: 'tests/sight/known.test.mjs', sh: 'tests/cli/document.test.mjs' },
};
const NOT_RUN = {
  'CONTRIBUTING.md': { sh: 'the tests themselves' },
  'README.md': { sh: 'a line of GETTING-STARTED, compared below; and the scripts of a checkout' },
  'docs/SIGHT.md': { cmake: 'one line; LINKING has whole projects' },
};

/** Blocks with a language: those without are drawings. */
function languagesOf(document) {
  const found = [...read(document).matchAll(/^```(\w+)\n[^]*?^```$/gm)].map(([, name]) => name);
  return [...new Set(found)].sort();
}

const documents = (await handWritten(/\.md$/)).filter((name) => languagesOf(name).length > 0);

test.each(documents)('%s has blocks that tests run', (document) => {
  const known = { ...RUN_BY[document], ...NOT_RUN[document] };
  expect(languagesOf(document)).toEqual(Object.keys(known).sort());
});

test.each(Object.entries(RUN_BY))('what runs the blocks of %s reads it', (document, runners) => {
  const name = document.replace(/^docs\//, '').replace(/\.md$/, '');
  for (const runner of Object.values(runners)) expect(read(runner)).toContain(name);
});

test('the line of README that links a program is the one of GETTING-STARTED, which runs', () => {
  const lineOf = (document) => /^em\+\+ .*$/m.exec(read(document))[0];
  const here = lineOf('README.md').replace('node_modules/heaplet/', 'package/');
  expect(here).toBe(lineOf('docs/GETTING-STARTED.md'));
});
