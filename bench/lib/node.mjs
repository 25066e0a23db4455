// SPDX-License-Identifier: MIT
// What the bench needs from Node: traces and modules from disk, and a collector to call.

import { readFileSync, readdirSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { brotliDecompressSync } from 'node:zlib';
import { makeSynthetic, syntheticNames } from '../synthetic.mjs';
import { ReplayModule } from '../../js/sight/replay.js';
import { decodeTrace } from '../../js/sight/trace.js';

const traceFolder = resolve(dirname(fileURLToPath(import.meta.url)), '../traces');
const ending = '.trace.br';

export const recordedNames = () =>
  readdirSync(traceFolder)
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
    .sort();

const fingerprint = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

/** A trace by name, recorded or synthetic, and a fingerprint of what it is made of. */
export function loadTrace(name) {
  if (syntheticNames.includes(name)) {
    const trace = makeSynthetic(name);
    return { ...trace, recorded: false, fingerprint: fingerprint(trace.operations) };
  }
  const packed = readFileSync(join(traceFolder, name + ending));
  const trace = decodeTrace(brotliDecompressSync(packed));
  return { ...trace, recorded: true, fingerprint: fingerprint(packed) };
}

/** @param {{name: string, module: string, wasm: string}} built as build.mjs returns it */
export async function loadReplay(built) {
  const { default: factory } = await import(pathToFileURL(built.module).href);
  return new ReplayModule(built.name, factory, await WebAssembly.compile(readFileSync(built.wasm)));
}

setFlagsFromString('--expose-gc');
/** Linear memories of finished instances are large: drop them before the next one is timed. */
export const collectGarbage = runInNewContext('gc');
