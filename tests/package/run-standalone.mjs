// SPDX-License-Identifier: MIT
// Runs a stand-alone module as a WASI runtime would, with the few calls that the consumer needs. Not
// with node:wasi, because in Node 20 a module that grew its memory often brings the process down
// at the end, whatever its allocator.
//
//   node run-standalone.mjs MODULE.wasm ARGUMENT...

import { readFile } from 'node:fs/promises';
import { writeSync } from 'node:fs';

const SUCCESS = 0;
const NOT_SUPPORTED = 58;

class Exit extends Error {
  constructor(code) {
    super(`exit ${code}`);
    this.code = code;
  }
}

const [, , file, ...rest] = process.argv;
const args = [file, ...rest].map((word) => Buffer.from(`${word}\0`));
let memory;

// Made anew at each call: a view of memory does not outlive its growth.
const view = () => new DataView(memory.buffer);
const bytes = (at, length) => new Uint8Array(memory.buffer, at, length);

const wasi = {
  args_sizes_get(count, size) {
    view().setUint32(count, args.length, true);
    view().setUint32(size, Buffer.concat(args).length, true);
    return SUCCESS;
  },
  args_get(pointers, texts) {
    for (const [i, text] of args.entries()) {
      view().setUint32(pointers + i * 4, texts, true);
      bytes(texts, text.length).set(text);
      texts += text.length;
    }
    return SUCCESS;
  },
  fd_write(fd, parts, count, written) {
    let total = 0;
    for (let i = 0; i < count; i++) {
      const at = view().getUint32(parts + i * 8, true);
      const length = view().getUint32(parts + i * 8 + 4, true);
      writeSync(fd, bytes(at, length));
      total += length;
    }
    view().setUint32(written, total, true);
    return SUCCESS;
  },
  proc_exit(code) {
    throw new Exit(code);
  },
};

const module = await WebAssembly.compile(await readFile(file));
const imports = { wasi_snapshot_preview1: {}, env: {} };
for (const { module: from, name } of WebAssembly.Module.imports(module)) {
  imports[from] ??= {};
  imports[from][name] = wasi[name] ?? (() => NOT_SUPPORTED);
}
// The one import of a growing module that is not WASI's; a host that keeps views would renew them.
imports.env.emscripten_notify_memory_growth = () => {};
const { exports } = await WebAssembly.instantiate(module, imports);
memory = exports.memory;
try {
  exports._start();
} catch (error) {
  if (!(error instanceof Exit)) throw error;
  process.exitCode = error.code;
}
