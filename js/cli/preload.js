// SPDX-License-Identifier: MIT
//
// Runs inside of the program that `heaplet run` starts, before anything of the program's: notices when
// a module that is linked with heaplet::profiler is compiled, gives it a profiler, and when the process
// ends writes down what was found. What to do comes in HEAPLET_RUN, as JSON.
//
//   compile(bytes) ── has heaplet::profiler? ──► sites are added, a profiler waits
//   the program's first allocation ──► globalThis.heapletSight() ──► the profiler's listener
//   exit ──► <folder>/<process>-<number>.{json,wasm,trace}

import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { threadId } from 'node:worker_threads';
import { CONTROL_MAGIC } from '../sight/control.js';
import { tagSites } from '../sight/postlink.js';
import { Profiler } from '../sight/profiler.js';
import { listen as listenFor } from './live.js';

const { folder, program, mode, samplingBytes, trace, blocks, listen } = JSON.parse(
  process.env.HEAPLET_RUN,
);
const found = [];
const waiting = [];

/** What the runtime of a program asks for when the program first allocates. */
globalThis.heapletSight = () => {
  const profiler = waiting.shift();
  return profiler?.moduleOptions().heapletSight;
};

const { Module, compile, instantiate, instantiateStreaming } = WebAssembly;
const isModule = (source) => source instanceof Module;
WebAssembly.Module = new Proxy(Module, {
  construct: (target, [bytes, ...rest], self) =>
    Reflect.construct(target, [prepared(bytes), ...rest], self),
});
WebAssembly.compile = (bytes, ...rest) => compile(prepared(bytes), ...rest);
WebAssembly.instantiate = (source, ...rest) =>
  instantiate(isModule(source) ? source : prepared(source), ...rest);
// Streams are read to their end: sites can be added to whole modules only.
if (instantiateStreaming) {
  const bytesOf = async (response) => new Uint8Array(await (await response).arrayBuffer());
  WebAssembly.compileStreaming = async (source, ...rest) =>
    compile(prepared(await bytesOf(source)), ...rest);
  WebAssembly.instantiateStreaming = async (source, ...rest) =>
    instantiate(prepared(await bytesOf(source)), ...rest);
}

/** The bytes to compile in place of these. */
function prepared(source) {
  const bytes = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
  if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(CONTROL_MAGIC)) {
    return source;
  }
  const name = path.join(folder, `${process.pid}-${threadId}-${found.length}`);
  const exact = mode === 'exact' || mode === 'sites';
  const wasm = exact ? tagSites(bytes, { contexts: mode === 'exact' }).wasm : bytes;
  const file = trace ? openSync(`${name}.trace`, 'w') : undefined;
  const profiler = new Profiler({
    mode,
    program,
    wasm,
    ...(samplingBytes && { samplingBytes }),
    ...(trace && { trace: (piece) => writeSync(file, piece) }),
  });
  writeFileSync(`${name}.wasm`, bytes);
  writeFileSync(`${name}.folders`, JSON.stringify(callingFolders()));
  found.push({ profiler, name, file });
  waiting.push(profiler);
  if (listen) listenFor(profiler, { program, mode, folders: callingFolders() });
  return wasm;
}

/** Where the code lies that compiles the module: its symbols are beside it. */
function callingFolders() {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 50;
  const { stack } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  const files = [...stack.matchAll(/(file:\/\/[^\s)]+?|\/[^\s()]+?):\d+:\d+/g)].map(([, file]) =>
    file.startsWith('file:') ? fileURLToPath(file) : file,
  );
  return [...new Set(files.map((file) => path.dirname(file)))];
}

process.on('exit', () => {
  for (const { profiler, name, file } of found) {
    let lacks;
    try {
      if (blocks && mode !== 'off') profiler.snapshot('exit', { blocks: true, references: true });
    } catch (error) {
      lacks = error.message; // it never allocated
    }
    const profile = profiler.profile();
    if (!lacks) profiler.stop(); // which ends the trace
    if (file !== undefined) closeSync(file);
    writeFileSync(`${name}.json`, JSON.stringify(profile));
  }
});
// A signal ends a program that does not listen to it; this way its profile is kept.
for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143 })) {
  process.once(signal, () => {
    if (process.listenerCount(signal) === 0) process.exit(code);
  });
}
