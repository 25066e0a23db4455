// SPDX-License-Identifier: MIT
//
// Takes the place of tests/js/support.mjs in browsers, where the module comes by fetch().

import { afterEach, beforeAll, expect } from '@jest/globals';
import { loadHeaplet } from '../../js/raw.js';

export const modulePath = '/heaplet-raw.wasm';
export const load = (options = {}) => loadHeaplet({ wasm: modulePath, ...options });

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

export { errorOf, growMemory } from '../js/steps.mjs';
