// SPDX-License-Identifier: MIT
// A program of a user: loads what Emscripten built, gives it its files, and calls main.
//
//   node app.mjs <module> <name in the file system>=<file>… -- <arguments of main>…

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [module, ...rest] = process.argv.slice(2);
const dashes = rest.indexOf('--');
const { default: create } = await import(pathToFileURL(path.resolve(module)).href);
const program = await create();
for (const [name, file] of rest.slice(0, dashes).map((pair) => pair.split('='))) {
  program.FS.writeFile(name, await readFile(file));
}
process.exitCode = program.callMain(rest.slice(dashes + 1));
