// SPDX-License-Identifier: MIT
// Records programs compiled to wasm, those that the main job builds: record-wasm.mjs [name …]
// They do the same work as native ones in programs.mjs, so that 32 and 64 bits can be compared.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { emscripten } from '../../scripts/emscripten.mjs';
import { buildPrograms } from '../../tests/programs/build.mjs';
import { programSources } from '../../tests/programs/sources.mjs';
import { Compiler } from '../lib/compile.mjs';
import { linkRecorder } from './link-recorder.mjs';
import { pack } from './pack.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const work = resolve(here, '../../build/bench/record');
const data = join(work, 'data');
const inputs = join(here, 'programs');

const origin = (source) => `${source} compiled by Emscripten`;
const programs = [
  {
    name: 'quickjs',
    objects: 'quickjs',
    kind: 'JavaScript engine, wasm32',
    package: origin('quickjs'),
    files: { 'work.js': join(inputs, 'work.js') },
    args: ['work.js'],
  },
  {
    name: 'lua-wasm',
    objects: 'lua',
    kind: 'interpreter, wasm32',
    package: origin('lua5.4'),
    files: { 'work.lua': join(inputs, 'work.lua'), 'text.txt': join(data, 'text.txt') },
    args: ['work.lua', 'text.txt'],
  },
  {
    name: 'sqlite-wasm',
    objects: 'sqlite',
    kind: 'database, wasm32',
    package: origin("npm's better-sqlite3"),
    files: { 'script.sql': join(data, 'script.sql') },
    args: ['script.sql', '1'],
  },
];

/** The events of the chunks in the layout of recorder.c, where every field has 64 bits. */
function rawLog(chunks) {
  const total = chunks.reduce((sum, chunk) => sum + chunk.length / 5, 0);
  const log = new BigUint64Array(total * 4);
  let at = 0;
  for (const chunk of chunks) {
    for (let n = 0; n < chunk.length; n += 5) {
      const [kind, alignment, size, oldBlock, block] = chunk.subarray(n, n + 5);
      log[at++] = BigInt(kind) | (BigInt(alignment) << 8n);
      log[at++] = BigInt(size);
      log[at++] = BigInt(oldBlock);
      log[at++] = BigInt(block);
    }
  }
  return log;
}

async function record(module, program) {
  const chunks = [];
  globalThis.recordEvents = (words) => chunks.push(words);
  const { default: create } = await import(pathToFileURL(module).href);
  const instance = await create({ print: () => {} });
  for (const [name, path] of Object.entries(program.files)) {
    instance.FS.writeFile(name, readFileSync(path));
  }
  const code = instance.callMain([...program.args]);
  if (code !== 0) throw new Error(`${program.name} left with ${code}`);
  instance._record_flush();
  return rawLog(chunks);
}

const wanted = process.argv.slice(2);
const chosen = programs.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
mkdirSync(work, { recursive: true });
execFileSync(process.execPath, [join(here, 'make-inputs.mjs'), data], { stdio: 'inherit' });
const toolchain = await emscripten();
const folder = await buildPrograms({
  toolchain,
  sources: await programSources(),
  allocators: ['emmalloc'],
  programs: chosen.map(({ objects }) => objects),
});
const compiler = await Compiler.create();
for (const program of chosen) {
  const module = join(work, `${program.name}.mjs`);
  await linkRecorder(compiler, folder, program.objects, module, ['-sENVIRONMENT=node']);
  const raw = join(work, `${program.name}.raw`);
  writeFileSync(raw, await record(module, program));
  const version = toolchain.version;
  pack(raw, {
    ...program,
    version,
    program: program.objects,
    run: `node bench/record/record-wasm.mjs (${program.args.join(' ')})`,
  });
}
await import('./table.mjs');
