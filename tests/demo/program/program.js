// SPDX-License-Identifier: MIT
// Runs one of the programs of tests/sight under a profiler, on a page or in a worker.

import { Profiler } from '/js/sight/index.js';

const bytesOf = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());
const textOf = async (url) => (await fetch(url)).text();

/**
 * @param {{name: string, files: string[], args: string[], thisProgram: string}} request
 * @param {object} [options] for the profiler
 */
export async function run({ name, files, args, thisProgram }, options) {
  const base = `/built/${name}.symbols`;
  const wasm = await bytesOf(`${base}.wasm`);
  const sourceMap = await textOf(`${base}.wasm.map`);
  const symbolMap = await textOf(`${base}.mjs.symbols`);
  const profiler = new Profiler({ mode: 'exact', program: name, wasm, ...options });
  const { default: create } = await import(`${base}.mjs`);
  const lines = [];
  const print = (line) => lines.push(line);
  const app = await create({
    ...profiler.moduleOptions(),
    print,
    printErr: print,
    thisProgram,
  });
  for (const file of files) app.FS.writeFile(file, await bytesOf(`/inputs/${name}/${file}`));
  const code = app.callMain(args);
  return { app, profiler, code, output: lines.join('\n'), symbols: { wasm, sourceMap, symbolMap } };
}
