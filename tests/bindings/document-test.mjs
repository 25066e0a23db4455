// SPDX-License-Identifier: MIT
//
// The blocks of docs/OWNERSHIP.md on C++ classes: the C++ one is part of documents.cpp, and the other
// gives what its comments say.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { attachHeaplet } from '../../js/attach.js';

const read = (path) => readFile(new URL(path, import.meta.url), 'utf8');

export async function documentTest(createModule) {
  const text = await read('../../docs/OWNERSHIP.md');
  const block = (language) => new RegExp('^```' + language + '\\n([^]*?)^```$', 'm').exec(text)[1];
  assert.ok((await read('documents.cpp')).includes(block('cpp').trimEnd()));
  const program = block('mjs').replace(/^(.+); \/\/ → (.+)$/gm, 'assert.deepEqual($1, $2);');
  const run = new Function(
    'attachHeaplet',
    'createModule',
    'assert',
    `return (async () => {${program}})();`,
  );
  await run(attachHeaplet, createModule, assert);
}
