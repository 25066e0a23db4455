// SPDX-License-Identifier: MIT
//
// The package in other places than a test runner: threads of Node, and Deno and Bun where they are.

import { execFile } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { expect, test } from '@jest/globals';
import * as heapletPackage from '../../js/raw.js';
import { runtime } from '../../scripts/runtimes.mjs';
import { EXPECTED, runProgram } from './program.mjs';
import { moduleBytes, modulePath } from './support.mjs';

const run = promisify(execFile);

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

test('owners cannot be sent to another thread', () => {
  expect(() => structuredClone(heapletPackage.Box)).toThrow();
});
