// SPDX-License-Identifier: MIT
// Builds pugixml, from Debian's sources, with heaplet::bindings, outside the repository and by
// add_subdirectory(), and tries what JavaScript then can do with its documents.
//
//   node tests/bindings/run.mjs [--keep] [--wasm64]
//
// With --wasm64 it builds for that, wants a Node that runs it, and puts all objects past 4 GiB.

import assert from 'node:assert/strict';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { cacheFolder } from '../../scripts/cache.mjs';
import { debianSource } from '../../scripts/debian.mjs';
import { emscripten } from '../../scripts/emscripten.mjs';
import { environmentWith, nativeTools } from '../../scripts/native-tools.mjs';
import { main, repository, run, say } from '../../scripts/run.mjs';
import { attachHeaplet } from '../../js/attach.js';
import { takeBelow } from '../wasm64/below.mjs';
import { TESTS } from './documents.mjs';
import { documentTest } from './document-test.mjs';

const SUITE = 'trixie';

await main(import.meta, async (args) => {
  const option = { type: 'boolean', default: false };
  const { values } = parseArgs({ args, options: { keep: option, wasm64: option } });
  const folder = await mkdtemp(path.join(os.tmpdir(), 'heaplet-bindings-'));
  const tests = [...Object.entries(TESTS), ['the example of the documents', documentTest]];
  let failed = 0;
  try {
    const { default: create } = await import(pathToFileURL(await build(folder, values.wasm64)));
    const createModule = values.wasm64 ? () => past4GiB(create) : create;
    for (const [name, body] of tests) {
      try {
        await body(createModule);
        say(`ok ${name}`);
      } catch (error) {
        failed += 1;
        say(`not ok ${name}\n${error.stack}`);
      }
    }
  } finally {
    if (values.keep) say(`built in ${folder}`);
    else await rm(folder, { recursive: true });
  }
  console.log(`${tests.length - failed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
});

async function past4GiB(create) {
  const module = await create();
  const heaplet = attachHeaplet(module);
  takeBelow(heaplet, 5);
  const session = heaplet.classes.Session.box('past');
  assert.ok(heaplet.unsafe.addressOf(session) > 5 * 2 ** 30);
  session.drop();
  heaplet.close();
  return module;
}

/** The generated module's file. */
async function build(folder, wasm64) {
  const pugixml = path.join(cacheFolder(), 'sources', `pugixml-${SUITE}`);
  await debianSource({ suite: SUITE, name: 'pugixml', prefix: pugixml });
  const toolchain = await emscripten(wasm64 ? { choice: 'newest' } : {});
  const env = environmentWith(await nativeTools(['cmake', 'ninja']), toolchain.env);
  const source = path.join(folder, 'source');
  const out = path.join(folder, 'build');
  await cp(path.join(repository, 'tests/bindings'), source, { recursive: true });
  const configure = [
    ...['-G', 'Ninja', '-S', source, '-B', out],
    '-DCMAKE_BUILD_TYPE=Release',
    `-DCMAKE_TOOLCHAIN_FILE=${toolchain.toolchainFile}`,
    `-DHEAPLET_FOLDER=${repository}`,
    `-DPUGIXML_FOLDER=${pugixml}`,
    ...(wasm64 ? ['-DCMAKE_C_FLAGS=-m64', '-DCMAKE_CXX_FLAGS=-m64'] : []),
  ];
  await run('cmake', configure, { env, label: 'configuring pugixml' });
  await run('ninja', ['-C', out, 'documents'], { env, label: 'building pugixml with heaplet' });
  return path.join(out, 'documents.mjs');
}
