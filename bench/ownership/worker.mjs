// SPDX-License-Identifier: MIT
// One process of measurements: prints `{operation: ns}` as JSON. Everything escapes into a ring of
// 1,024 living values where objects are made, or engines would not make them at all.

import { loadHeaplet, arrayOf } from '../../js/raw.js';
import { readFile } from 'node:fs/promises';

const RING = 1024;
const ROUNDS = 7;

const wasm = await readFile(new URL('../../dist/heaplet-raw.wasm', import.meta.url));
const heaplet = await loadHeaplet({ wasm });
const imports = {
  env: { heaplet_on_drop() {}, heaplet_print() {}, emscripten_notify_memory_growth() {} },
};
const { nothing } = await WebAssembly.instantiate(wasm, imports).then(({ instance }) => {
  instance.exports._initialize?.();
  return { nothing: instance.exports.heaplet_nothing };
});

let sink = 0;
const boxes = Array.from({ length: RING }, (_, i) => heaplet.box('i32', i));
const rcs = Array.from({ length: RING }, (_, i) => heaplet.rc('i32', i));
const cells = Array.from({ length: RING }, (_, i) => heaplet.refCell('i32', i));
const clones = rcs.map((rc) => rc.clone());
const slice = heaplet.box(arrayOf('i32'), RING).value;
const plain = new Int32Array(RING);

/** Each takes how often, and does it that often. */
const operations = {
  'empty call': (n) => {
    for (let i = 0; i < n; i++) sink = (sink + nothing(i)) | 0;
  },
  'box new + drop': (n) => {
    for (let i = 0; i < n; i++) {
      const at = i & (RING - 1);
      boxes[at].drop();
      boxes[at] = heaplet.box('i32', i | 0);
    }
  },
  'rc clone + drop': (n) => {
    for (let i = 0; i < n; i++) {
      const at = i & (RING - 1);
      clones[at].drop();
      clones[at] = rcs[at].clone();
    }
  },
  'checked read': (n) => {
    for (let i = 0; i < n; i++) sink = (sink + boxes[i & (RING - 1)].value) | 0;
  },
  'RefCell with()': (n) => {
    const read = (value) => value;
    for (let i = 0; i < n; i++) sink = (sink + cells[i & (RING - 1)].with(read)) | 0;
  },
  'RefCell borrow() + drop': (n) => {
    for (let i = 0; i < n; i++) {
      const guard = cells[i & (RING - 1)].borrow();
      sink = (sink + guard.value) | 0;
      guard.drop();
    }
  },
  'slice at()': (n) => {
    for (let i = 0; i < n; i++) sink = (sink + slice.at(i & (RING - 1))) | 0;
  },
  'typed array, unchecked': (n) => {
    for (let i = 0; i < n; i++) sink = (sink + plain[i & (RING - 1)]) | 0;
  },
};

function nanoseconds(operation, n) {
  const start = process.hrtime.bigint();
  operation(n);
  return Number(process.hrtime.bigint() - start) / n;
}

/** Closing a scope of 100, a handle; what making them costs is not in it. */
function scopeClose(rounds) {
  let total = 0n;
  for (let round = 0; round < rounds; round++) {
    const scope = heaplet.openScope();
    for (let i = 0; i < 100; i++) scope.own(heaplet.box('i32', i));
    const start = process.hrtime.bigint();
    scope.close();
    total += process.hrtime.bigint() - start;
  }
  return Number(total) / rounds / 100;
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const samples = {};
const N = 400_000;
for (let round = -2; round < ROUNDS; round++) {
  for (const [name, operation] of Object.entries(operations)) {
    const time = nanoseconds(operation, N);
    if (round >= 0) (samples[name] ??= []).push(time);
  }
  const time = scopeClose(1000);
  if (round >= 0) (samples['scope close, a handle'] ??= []).push(time);
}
const result = Object.fromEntries(
  Object.entries(samples).map(([name, times]) => [name, median(times)]),
);
if (sink === 0.5) console.error(sink);
console.log(JSON.stringify(result));
