// SPDX-License-Identifier: MIT
//
// The package in threads of Node. tests/runtimes runs the same in other runtimes.

import { Worker } from 'node:worker_threads';
import { expect, test } from '@jest/globals';
import * as heapletPackage from '../../js/slim.js';
import { EXPECTED, runProgram } from './program.mjs';
import { load, moduleBytes, modulePath } from './support.mjs';

test('runs here', async () => {
  expect(await runProgram(heapletPackage, modulePath)).toEqual(EXPECTED);
});

test('runs in several threads at once, from one compiled module', async () => {
  const module = await WebAssembly.compile(await moduleBytes());
  const results = Array.from({ length: 3 }, () => {
    const worker = new Worker(new URL('node-worker.mjs', import.meta.url), { workerData: module });
    return new Promise((resolve, reject) => worker.on('message', resolve).on('error', reject));
  });
  for (const result of await Promise.all(results)) expect(result).toEqual(EXPECTED);
}, 30_000);

test('owners cannot be sent to another thread', async () => {
  const heaplet = await load();
  const box = heaplet.box('i32', 1);
  expect(() => structuredClone(box)).toThrow();
  box.drop();
});
