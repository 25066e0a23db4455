// SPDX-License-Identifier: MIT
//
// Runs the code blocks of docs/OWNERSHIP.md, in order, as one program.

import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import * as heapletPackage from '../../js/shared.js';
import { load, loadSharedHere } from './support.mjs';

const document = readFileSync('docs/OWNERSHIP.md', 'utf8');
const blocks = [...document.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code]) => code);

/** A block with its comments turned into checks. */
function checked(code) {
  return code
    .replace(/^(.+); \/\/ → (.+)$/gm, 'expect($1).toEqual($2);')
    .replace(/^(.+); \/\/ throws (\w+)$/gm, "expect(() => ($1)).toThrow('error[$2]');");
}

test('the examples do what their comments say', async () => {
  const names = Object.keys(heapletPackage).filter((name) => name !== 'loadShared');
  const program = `return async () => {\n${blocks.map(checked).join('\n')}\nreturn heaplet; };`;
  const make = new Function('loadHeaplet', 'loadShared', 'expect', ...names, program);
  const run = make(load, loadSharedHere, expect, ...names.map((name) => heapletPackage[name]));
  const heaplet = await run();
  // assertNoLeaks() was shown a leak.
  expect(heaplet.liveValues()).toHaveLength(1);
  expect(blocks.length).toBeGreaterThan(15);
});
