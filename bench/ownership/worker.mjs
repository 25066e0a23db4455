// SPDX-License-Identifier: MIT
// One process of measurements: prints `{operation: ns}` as JSON.
//
//   node bench/ownership/worker.mjs heaplet-raw.wasm heaplet-shared.wasm peer.mjs
//
// Objects escape into a ring of 1,024 living ones, or engines would not make them at all. Times are
// of the processor, not of the clock on the wall, so that neighbours disturb little.

import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { attachHeaplet } from '../../js/attach.js';
import { arrayOf, loadHeaplet } from '../../js/slim.js';
import { loadShared } from '../../js/shared.js';

const RING = 1024;
const ROUNDS = 5;
const [wasmPath, sharedPath, peerPath] = process.argv.slice(2);

const wasm = await readFile(wasmPath);
const heaplet = await loadHeaplet({ wasm });
const threads = await loadShared({ wasm: await readFile(sharedPath) });
const { default: makePeer } = await import(pathToFileURL(peerPath));
const peer = await makePeer();
const env = { heaplet_on_drop() {}, heaplet_print() {}, emscripten_notify_memory_growth() {} };
const { instance } = await WebAssembly.instantiate(wasm, { env });
const nothing = instance.exports.heaplet_nothing;

const ring = (make) => Array.from({ length: RING }, (_, i) => make(i));
const boxes = ring((i) => heaplet.box('i32', i));
const rcs = ring((i) => heaplet.rc('i32', i));
const clones = rcs.map((rc) => rc.clone());
const arcs = ring((i) => threads.arc('i32', i));
const arcClones = arcs.map((arc) => arc.clone());
const cells = ring((i) => heaplet.refCell('i32', i));
const slice = heaplet.box(arrayOf('i32'), RING).value;
const values = ring((i) => new peer.Value(i));
const shared = ring((i) => new peer.Shared(i));
const { OwnedValue } = attachHeaplet(peer).classes;
const owned = ring((i) => OwnedValue.box(i));
// All three are called, so that engines see no single one.
const { read, plus, times } = OwnedValue.methods;
const sharedClones = shared.map((value) => value.clone());

let sink = 0;
const LAST = RING - 1;

/** Each does it `n` times. What ends a value makes another in its place. */
const operations = {
  'empty call': (n) => {
    for (let i = 0; i < n; i++) sink = (sink + nothing(i)) | 0;
  },
  'Box new + drop': (n) => {
    for (let i = 0; i < n; i++) {
      boxes[i & LAST].drop();
      boxes[i & LAST] = heaplet.box('i32', i);
    }
  },
  'Rc clone + drop': (n) => {
    for (let i = 0; i < n; i++) {
      clones[i & LAST].drop();
      clones[i & LAST] = rcs[i & LAST].clone();
    }
  },
  'Arc clone + drop': (n) => {
    for (let i = 0; i < n / 10; i++) {
      arcClones[i & LAST].drop();
      arcClones[i & LAST] = arcs[i & LAST].clone();
    }
  },
  'checked read': (n) => {
    for (let i = 0; i < n; i++) sink = (sink + boxes[i & LAST].value) | 0;
  },
  'checked method': (n) => {
    for (let i = 0; i < n; i++) sink = (sink + read(owned[i & LAST])) | 0;
    for (let i = 0; i < n / 10; i++) sink = (sink + plus(owned[i & LAST], i)) | 0;
    for (let i = 0; i < n / 10; i++) sink = (sink + times(owned[i & LAST], 0.5)) | 0;
  },
  'RefCell access': (n) => {
    const read = (value) => value;
    for (let i = 0; i < n; i++) sink = (sink + cells[i & LAST].with(read)) | 0;
  },
  'slice index': (n) => {
    for (let i = 0; i < n; i++) sink = (sink + slice.at(i & LAST)) | 0;
  },
  'Embind class_ new + delete': (n) => {
    for (let i = 0; i < n / 10; i++) {
      values[i & LAST].delete();
      values[i & LAST] = new peer.Value(i);
    }
  },
  'Embind smart_ptr new + delete': (n) => {
    for (let i = 0; i < n / 10; i++) {
      shared[i & LAST].delete();
      shared[i & LAST] = new peer.Shared(i);
    }
  },
  'Embind smart_ptr clone + delete': (n) => {
    for (let i = 0; i < n / 10; i++) {
      sharedClones[i & LAST].delete();
      sharedClones[i & LAST] = shared[i & LAST].clone();
    }
  },
  'Embind method': (n) => {
    for (let i = 0; i < n; i++) sink = (sink + values[i & LAST].read()) | 0;
  },
};

/** Nanoseconds of processor time since the process began, of this thread's program. */
const now = () => process.cpuUsage().user * 1000;

function each(name, n) {
  const isSlow = /^(Embind (?!method)|Arc )/.test(name);
  const calls = isSlow ? n / 10 : name === 'checked method' ? n * 1.2 : n;
  const start = now();
  operations[name](n);
  return (now() - start) / calls;
}

/**
 * Closing scopes of 100: only the closing, a value. A few scopes at a time, so that about as many values
 * live as in the ring.
 */
function scopeClose(times, scopes = 10) {
  let sum = 0;
  for (let i = 0; i < times; i++) {
    const open = Array.from({ length: scopes }, () => {
      const scope = heaplet.openScope();
      for (let k = 0; k < 100; k++) scope.own(heaplet.box('i32', k));
      return scope;
    });
    const start = now();
    for (const scope of open) scope.close();
    sum += now() - start;
  }
  return sum / times / scopes / 100;
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
const samples = { 'scope close, a value': [] };
for (let round = -2; round < ROUNDS; round++) {
  for (const name of Object.keys(operations)) {
    const time = each(name, 400_000);
    if (round >= 0) (samples[name] ??= []).push(time);
  }
  const time = scopeClose(50);
  if (round >= 0) samples['scope close, a value'].push(time);
}
if (sink === 0.5) console.error(sink);
const medians = Object.entries(samples).map(([name, times]) => [name, median(times)]);
console.log(JSON.stringify(Object.fromEntries(medians)));
