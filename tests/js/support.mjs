// SPDX-License-Identifier: MIT
//
// What the tests of js/ share: the module, and the rule that every test ends as it began.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeAll, expect } from '@jest/globals';
import { loadHeaplet } from '../../js/raw.js';

const folder = process.env.HEAPLET_WASM_BUILD;

/** The module's file: of the build under test, or of the last npm run build. */
export const modulePath = folder
  ? path.join(folder, 'bindings', 'heaplet-raw.wasm')
  : path.resolve('dist/heaplet-raw.wasm');

export const moduleBytes = () => readFile(modulePath);

/** A new instance. */
export const load = async (options = {}) => loadHeaplet({ wasm: await moduleBytes(), ...options });

/**
 * An instance for the tests of a file, as `get()`. Each test must leave nothing alive.
 */
export function sharedHeaplet(options) {
  let heaplet;
  beforeAll(async () => {
    heaplet = await load(options);
  });
  afterEach(() => {
    expect(heaplet.liveValues()).toEqual([]);
  });
  return () => heaplet;
}

export { errorOf, growMemory } from './steps.mjs';
