// SPDX-License-Identifier: MIT
//
// What the tests of js/ share: the module, and the rule that every test ends as it began.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { loadShared } from '../../js/shared.js';
import { sharedBy } from './steps.mjs';
import { loadHeaplet } from '../../js/slim.js';

const folder = process.env.HEAPLET_WASM_BUILD;
/** Of a build for wasm64: the one for wasm32, for the modules that exist for that alone. */
const folder32 = process.env.HEAPLET_WASM32_BUILD;

export const isWasm64 = folder32 !== undefined;

/** The module's file: of the build under test, or of the last npm run build. */
export const modulePath = folder
  ? path.join(folder, 'bindings', 'heaplet-raw.wasm')
  : path.resolve('dist/heaplet-raw.wasm');

export const moduleBytes = () => readFile(modulePath);

/** A new instance. */
export const load = async (options = {}) => loadHeaplet({ wasm: await moduleBytes(), ...options });

/** An instance for the tests of a file, as `get()`. Each test must leave nothing alive. */
export const sharedHeaplet = (options) => sharedBy(() => load(options));

export { errorOf, growMemory, staysUsable, takeMemory } from './steps.mjs';

/** A new memory for threads. */
export const loadSharedHere = () => {
  const beside = isWasm64 ? path.join(folder32, 'bindings') : path.dirname(modulePath);
  return loadShared({ wasm: path.join(beside, 'heaplet-shared.wasm') });
};

export const isMainOfPage = false;

/**
 * A thread that runs thread.mjs: `ask(message)` resolves with its answer, `end(shared, seat)` when it was
 * terminated and what it owned was given back.
 */
export async function startThread() {
  const worker = new Worker(new URL('thread.mjs', import.meta.url));
  const answer = () =>
    new Promise((resolve, reject) => {
      worker.once('message', ({ result, error }) =>
        error ? reject(new Error(error)) : resolve(result),
      );
      worker.once('error', reject);
    });
  await answer();
  const ask = (message) => {
    const answered = answer();
    worker.postMessage(message);
    return answered;
  };
  const end = async (shared, seat) => {
    await worker.terminate();
    shared.reclaim(seat);
  };
  return { ask, end };
}
