// SPDX-License-Identifier: MIT
// Runs one linked program once, in a Node process of its own, and tells what it printed, how long
// main() took and how much linear memory there was at the end (which is the peak: it never shrinks).
//
//   node run-module.mjs MODULE.mjs '{"args": [...], "files": {"name in the program": "path here"}}'
//
// A process of its own, because V8 keeps compiled code of equal modules: a second run in the same
// process would find the hot loops optimised and the first would not.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** Resolves with `{exitCode, output, errors, milliseconds, memoryBytes}`. */
export async function runModule(modulePath, { args, files }) {
  const { default: createModule } = await import(pathToFileURL(modulePath).href);
  const wasm = await WebAssembly.compile(await readFile(modulePath.replace(/\.mjs$/, '.wasm')));
  const contents = {};
  for (const [name, file] of Object.entries(files)) contents[name] = await readFile(file);

  const lines = [];
  const errors = [];
  let memory;
  const program = await createModule({
    print: (line) => lines.push(line),
    printErr: (line) => errors.push(line),
    // Found by its type: the optimiser may have shortened the export's name.
    instantiateWasm(imports, done) {
      WebAssembly.instantiate(wasm, imports).then((instance) => {
        memory = Object.values(instance.exports).find((x) => x instanceof WebAssembly.Memory);
        done(instance, wasm);
      });
      return {};
    },
  });
  for (const [name, bytes] of Object.entries(contents)) program.FS.writeFile(name, bytes);

  const start = performance.now();
  let exitCode;
  try {
    exitCode = program.callMain(args);
  } catch (error) {
    exitCode = -1;
    errors.push(String(error?.stack ?? error));
  }
  const milliseconds = performance.now() - start;
  const memoryBytes = memory.buffer.byteLength;
  return {
    exitCode,
    output: lines.join('\n'),
    errors: errors.join('\n'),
    milliseconds,
    memoryBytes,
  };
}

if (process.argv[1] && import.meta.url === pathToFileURL(path.resolve(process.argv[1])).href) {
  const result = await runModule(path.resolve(process.argv[2]), JSON.parse(process.argv[3]));
  // The exit code of this process says whether there is a result; the program's own is part of it.
  process.exitCode = 0;
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
