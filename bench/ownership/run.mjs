// SPDX-License-Identifier: MIT
// What ownership costs: ratios to an empty call of the module, and to Embind in the same process.
//
//   node bench/ownership/run.mjs [--processes N] [--node PATH]
//
// Medians over the processes. Targets are printed beside the figures; they are not enforced, for
// ratios of a few nanoseconds differ from machine to machine.

import { mkdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { buildPreset } from '../../scripts/cmake.mjs';
import { emscripten } from '../../scripts/emscripten.mjs';
import { main, repository, run, say } from '../../scripts/run.mjs';

/** Ratios to an empty call that are wanted at most. */
const AT_MOST = {
  'Box new + drop': 12,
  'Rc clone + drop': 5,
  'Arc clone + drop': 12,
  'checked read': 2,
  'checked method': 2.5,
  'RefCell access': 3.5,
  'scope close, a value': 5,
  'slice index': 1.5,
};

/** How many times dearer Embind is wanted to be, at least. */
const CHEAPER = [
  ['Embind class_ new + delete', 'Box new + drop', 20],
  ['Embind smart_ptr new + delete', 'Box new + drop', 40],
  ['Embind smart_ptr clone + delete', 'Rc clone + drop', 80],
  ['Embind method', 'checked method', 2],
];

const EMPTY = 'empty call';

await main(import.meta, async (args) => {
  const { values } = parseArgs({
    args,
    options: {
      processes: { type: 'string', default: '5' },
      node: { type: 'string', default: process.execPath },
    },
  });
  // A build that is there already, as for the tests of js/.
  const given = process.env.HEAPLET_WASM_BUILD;
  const { folder } = given
    ? { folder: given }
    : await buildPreset('wasm', { targets: ['heaplet_raw', 'heaplet_shared', 'heaplet_bindings'] });
  const module = path.join(folder, 'bindings', 'heaplet-raw.wasm');
  const shared = path.join(folder, 'bindings', 'heaplet-shared.wasm');
  const peer = await buildPeer(folder);
  const worker = path.join(repository, 'bench', 'ownership', 'worker.mjs');
  const results = [];
  for (let i = 0; i < Number(values.processes); i++) {
    const { stdout } = await run(values.node, [worker, module, shared, peer], {
      label: 'measuring',
    });
    results.push(JSON.parse(stdout));
  }
  report(results);
  await reportSizes(module);
});

async function buildPeer(folder) {
  const { emxx, env } = await emscripten();
  const out = path.join(folder, 'bench');
  await mkdir(out, { recursive: true });
  const file = path.join(out, 'peer.mjs');
  const source = path.join(repository, 'bench', 'ownership', 'peer.cpp');
  const libraries = ['bindings/libheaplet_bindings.a', 'src/libheaplet.a'].map((name) =>
    path.join(folder, name),
  );
  const changed = async (name) => (await stat(name)).mtimeMs;
  const newest = Math.max(...(await Promise.all([source, ...libraries].map(changed))));
  if ((await changed(file).catch(() => 0)) < newest) {
    const flags = [
      ...['-O3', '-std=c++20', `-I${path.join(repository, 'include')}`, '-lembind'],
      ...['-sMODULARIZE=1', '-sEXPORT_ES6=1', '-sENVIRONMENT=node'],
      '-Wl,--undefined=heaplet_abi_version',
    ];
    const args = [source, ...libraries, ...flags, '-o', file];
    await run(emxx, args, { env, label: 'building the Embind peer' });
  }
  return file;
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
}

function report(results) {
  const ratios = (name, base) => median(results.map((result) => result[name] / result[base]));
  say(`${results.length} processes; ns is the median`);
  say(`${'operation'.padEnd(34)}${'ns'.padStart(8)}${'÷ empty call'.padStart(14)}   wanted`);
  for (const name of Object.keys(results[0])) {
    const ns = median(results.map((result) => result[name])).toFixed(1);
    const ratio = ratios(name, EMPTY).toFixed(1);
    const wanted = AT_MOST[name] ? `at most ${AT_MOST[name]}` : '';
    say(`${name.padEnd(34)}${ns.padStart(8)}${ratio.padStart(14)}   ${wanted}`);
  }
  say('');
  for (const [embind, ours, wanted] of CHEAPER) {
    const ratio = ratios(embind, ours).toFixed(1);
    say(`${`${embind} ÷ ${ours}`.padEnd(52)}${ratio.padStart(6)}   at least ${wanted}`);
  }
}

async function reportSizes(module) {
  const wasm = await readFile(module);
  say('');
  say(
    `heaplet-raw.wasm: ${wasm.length} bytes, ${gzipSync(wasm).length} gzip, ` +
      `${brotliCompressSync(wasm).length} brotli`,
  );
}
