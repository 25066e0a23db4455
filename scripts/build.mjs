// SPDX-License-Identifier: MIT
// npm run build: builds what the npm package holds beside sources, into dist/; npm pack runs it.
//
//   heaplet.js, .wasm    the module of the main entry, with Embind's classes, and its types
//   heaplet-raw.wasm     the module of heaplet/slim and heaplet/raw
//   heaplet-shared.wasm  the module of heaplet/shared, for threads
//   heaplet-wasm64.wasm  heaplet-raw.wasm for memories of more than 4 GiB
//   types/               the declarations of js/
//   replay/              what the command line replays traces with, one module for each allocator
//   page/                what `heaplet serve` shows
//   lib/<build>/         static libraries for C and C++, their CMake package and pkg-config files;
//                        one build for each preset called wasm-package-*
//
// The libraries are compiled by the lowest Emscripten that is supported: newer ones link its objects,
// and not the other way about. Those for wasm64 are the exception: between the two, wasm64's table of
// functions changed its index from 32 bits to 64.

import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { buildReplay } from '../bench/build.mjs';
import { Compiler } from '../bench/lib/compile.mjs';
import { ALLOCATORS } from '../js/cli/replay.js';
import { buildPackagePage } from '../web-demo/build.mjs';
import { buildPreset } from './cmake.mjs';
import { LOWEST_VERSION } from './emscripten.mjs';
import { ScriptError, main, repository, run, say } from './run.mjs';
import { generateTypes } from './types.mjs';

const dist = path.join(repository, 'dist');

await main(import.meta, async () => {
  const { folder } = await buildPreset('wasm', {
    targets: ['heaplet_raw', 'heaplet_embind', 'heaplet_shared'],
  });
  await rm(dist, { recursive: true, force: true });
  await mkdir(dist);
  for (const name of ['heaplet.js', 'heaplet.wasm', 'heaplet-raw.wasm', 'heaplet-shared.wasm']) {
    const file = path.join(folder, 'bindings', name);
    // Of the lowest Emscripten there is none for threads: bindings/CMakeLists.txt says why.
    if (existsSync(file)) await cp(file, path.join(dist, name));
    else say(`  not in dist/: ${name}`);
  }
  await cp(path.join(repository, 'js', 'embind.d.ts'), path.join(dist, 'heaplet.d.ts'));
  const problems = await generateTypes(path.join(dist, 'types'));
  if (problems.length > 0)
    throw new ScriptError(`the types of js/ are wrong:\n${problems.join('')}`);
  for (const preset of await packagePresets()) await installLibraries(preset);

  await buildReplays(path.join(dist, 'replay'));
  await buildPackagePage(path.join(dist, 'page'));

  const files = await readdir(dist, { recursive: true });
  for (const file of files.filter((name) => /\.(wasm|a)$/.test(name)).sort()) {
    const { size } = await stat(path.join(dist, file));
    say(`${`${size}`.padStart(8)} bytes  dist/${file}`);
  }
});

/** What `heaplet replay` and `heaplet compare` run: the bench's own, of the allocators they know. */
async function buildReplays(folder) {
  const compiler = await Compiler.create();
  await mkdir(folder);
  for (const name of ALLOCATORS) {
    const { wasm } = await buildReplay(compiler, name);
    for (const file of [wasm, wasm.replace(/wasm$/, 'mjs')]) {
      await cp(file, path.join(folder, path.basename(file)));
    }
  }
}

/** The presets of the libraries in the package: adding one adds a build to it. */
async function packagePresets() {
  const { configurePresets } = JSON.parse(
    await readFile(path.join(repository, 'CMakePresets.json'), 'utf8'),
  );
  return configurePresets
    .filter(({ name, hidden }) => !hidden && name.startsWith('wasm-package-'))
    .map(({ name }) => name);
}

async function installLibraries(preset) {
  const isWide = preset.includes('wasm64');
  const choice = isWide ? 'newest' : LOWEST_VERSION;
  const targets = ['heaplet_libraries', ...(isWide ? ['heaplet_raw'] : [])];
  const { folder, env } = await buildPreset(preset, { choice, targets });
  const args = ['--install', folder, '--prefix', repository, '--component', 'libraries'];
  await run('cmake', args, { env, label: `installing ${preset}` });
  const module = path.join(folder, 'bindings', 'heaplet-raw.wasm');
  if (isWide) await cp(module, path.join(dist, 'heaplet-wasm64.wasm'));
}
