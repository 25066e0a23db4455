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

/** The error that `body` throws. */
export function errorOf(body) {
  try {
    body();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** Makes the module's memory grow at least once, and leaves nothing alive. */
export function growMemory(heaplet) {
  const { unsafe } = heaplet;
  const before = unsafe.bytes(0, 1).buffer.byteLength;
  const blocks = [];
  while (unsafe.bytes(0, 1).buffer.byteLength === before) {
    blocks.push(unsafe.allocate(262144));
  }
  for (const block of blocks) unsafe.deallocate(block, 262144);
}
