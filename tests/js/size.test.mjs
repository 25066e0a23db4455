// SPDX-License-Identifier: MIT
//
// What a page downloads, at most. A budget is raised in the commit that needs it, with the reason.

import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { moduleBytes } from './support.mjs';

test('the raw module keeps to its budget', async () => {
  const wasm = await moduleBytes();
  expect(wasm.length).toBeLessThanOrEqual(12_000);
  expect(gzipSync(wasm).length).toBeLessThanOrEqual(5_600);
});

test('the JavaScript beside it keeps to its budget, comments included', () => {
  const files = readdirSync('js').filter((name) => name.endsWith('.js'));
  const sources = files.map((name) => readFileSync(path.join('js', name)));
  expect(gzipSync(Buffer.concat(sources)).length).toBeLessThanOrEqual(46_000);
});
