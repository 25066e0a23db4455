// SPDX-License-Identifier: MIT
//
// What only a browser can show: a strict policy, workers, and a page that is isolated.

import { expect, test } from '@jest/globals';
import { loadHeap } from '../../js/raw.js';
import * as wholePackage from '../../js/index.js';
import * as heapletPackage from '../../js/slim.js';
import { EXPECTED, runProgram } from '../js/program.mjs';
import { newWorker } from './support.mjs';

const { loadHeaplet } = heapletPackage;
const place = '/heaplet-raw.wasm';

/** What a module worker answers to `message`. */
function ask(message) {
  const worker = newWorker('/tests/browser/worker.mjs');
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (worker.terminate(), resolve(data));
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(message);
  });
}

test('the page compiles no strings and makes no markup of them', () => {
  expect(() => new Function('return 1')).toThrow();
  expect(() => (document.createElement('p').innerHTML = '<b>')).toThrow();
});

test('the package runs from a path, a URL, a response and a compiled module', async () => {
  const url = new URL(place, location.href);
  const module = await WebAssembly.compileStreaming(fetch(place));
  for (const wasm of [place, url, url.href, module]) {
    expect(await runProgram(heapletPackage, wasm)).toEqual(EXPECTED);
  }
  const heaplet = await loadHeaplet({ wasm: await fetch(place) });
  heaplet.box('i32', 1).drop();
});

test('the package with Embind runs from its own place, a URL and a compiled module', async () => {
  const url = new URL('/heaplet.wasm', location.href);
  const module = await WebAssembly.compileStreaming(fetch(url));
  for (const wasm of [undefined, url, module]) {
    expect(await runProgram(wholePackage, wasm)).toEqual(EXPECTED);
  }
  const { module: classes } = await wholePackage.loadHeaplet();
  const heap = new classes.Heap(1000);
  expect(heap.validate()).toBe('');
  heap.delete();
});

test('the smallest entry runs from its own place and a compiled module', async () => {
  const module = await WebAssembly.compileStreaming(fetch(place));
  for (const heap of [await loadHeap(), await loadHeap(module)]) {
    const handle = heap.create(8);
    handle.clone().drop();
    handle.drop();
    expect(heap.liveCount).toBe(0);
  }
});

test('says what is wrong with a place that has no module', async () => {
  for (const wasm of ['/js/slim.js', '/no/such.wasm', 'no-such-scheme://x']) {
    const error = await loadHeaplet({ wasm }).catch((reason) => reason);
    expect(error.code).toBe('H0010');
  }
});

test('the package runs in module workers, by path and by compiled module', async () => {
  const module = await WebAssembly.compileStreaming(fetch(place));
  const results = await Promise.all([place, '/heaplet.wasm', module, module].map(ask));
  for (const result of results) expect(result).toEqual(EXPECTED);
});
