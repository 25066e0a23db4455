// SPDX-License-Identifier: MIT
// npm run demo:build: the demo page as a static folder, build/demo/site. What `heaplet serve` shows is
// the same page without recorded programs, and without what the package has elsewhere.

import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliDecompressSync, gzipSync } from 'node:zlib';
import { buildReplay } from '../bench/build.mjs';
import { Compiler } from '../bench/lib/compile.mjs';
import { recordedNames } from '../bench/lib/node.mjs';
import { decodeTrace } from '../js/sight/trace.js';
import { buildPreset } from '../scripts/cmake.mjs';
import { nodeModules } from '../scripts/node-modules.mjs';
import { ScriptError, main, repository, say, seconds } from '../scripts/run.mjs';
import { ALLOCATORS, buildPlayers } from './players.mjs';
import { buildRecordedPrograms } from './programs.mjs';

const folder = path.join(repository, 'build/demo');
const publicFolder = path.join(folder, 'public');
export const siteFolder = path.join(folder, 'site');

/** Builds what is out of date; resolves with the folder of the page. */
export async function buildDemo() {
  const start = performance.now();
  await prepare();
  await bundle();
  await writeServiceWorker();
  say(`built the page in ${seconds(start)}: ${path.relative(repository, siteFolder)}`);
  return siteFolder;
}

/** Builds what the package serves: no recordings, no programs, no service worker. */
export async function buildPackagePage(target) {
  const publicDir = path.join(folder, 'package-public');
  await rm(publicDir, { recursive: true, force: true });
  await cp(path.join(repository, 'web-demo/public'), publicDir, { recursive: true });
  await mkdir(path.join(publicDir, 'players'));
  for (const file of await buildPlayers(await Compiler.create(), path.join(folder, 'players'))) {
    await cp(file, path.join(publicDir, 'players', path.basename(file)));
  }
  await mkdir(path.join(publicDir, 'traces'));
  await writeFile(path.join(publicDir, 'traces/index.json'), '[]');
  await bundle({ mode: 'package', publicDir, build: { outDir: target } });
}

async function bundle(overrides = {}) {
  await nodeModules();
  const { build } = await import('vite');
  const configFile = path.join(repository, 'web-demo/vite.config.mjs');
  await build({ configFile, logLevel: 'warn', ...overrides });
}

/** The list of the page's files, and a name for just this list, in front of the worker's code. */
async function writeServiceWorker() {
  const entries = await readdir(siteFolder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && entry.name !== 'service-worker.js')
    .map((entry) => path.relative(siteFolder, path.join(entry.parentPath, entry.name)))
    .sort();
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update(await readFile(path.join(siteFolder, file)));
  const head = `const VERSION = '${hash.digest('hex').slice(0, 16)}';\nconst FILES = ${JSON.stringify(files)};\n`;
  const code = await readFile(path.join(repository, 'web-demo/service-worker.js'), 'utf8');
  await writeFile(path.join(siteFolder, 'service-worker.js'), head + code);
}

/** Everything but the bundle: WebAssembly and traces. */
export async function prepare() {
  await mkdir(publicFolder, { recursive: true });
  await cp(path.join(repository, 'web-demo/public'), publicFolder, { recursive: true });
  const compiler = await Compiler.create();
  await copyTo('players', await buildPlayers(compiler, path.join(folder, 'players')));
  const replays = [];
  for (const name of ALLOCATORS) replays.push(await buildReplay(compiler, name));
  await copyTo(
    'replay',
    replays.flatMap(({ module, wasm }) => [module, wasm]),
  );
  await copyTo('programs', await buildRecordedPrograms(compiler, path.join(folder, 'programs')));
  const { folder: build } = await buildPreset('wasm', { targets: ['heaplet_raw'] });
  await cp(
    path.join(build, 'bindings/heaplet-raw.wasm'),
    path.join(publicFolder, 'heaplet-raw.wasm'),
  );
  await packTraces();
}

async function copyTo(name, files) {
  const target = path.join(publicFolder, name);
  await rm(target, { recursive: true, force: true });
  await mkdir(target);
  for (const file of files) {
    const copy = path.join(target, path.basename(file));
    if (file.endsWith('.mjs')) await writeFile(copy, await minified(file));
    else await cp(file, copy);
  }
}

/** Emscripten leaves names and blanks in what it generates at -O2. */
async function minified(file) {
  await nodeModules();
  const { minify } = await import('vite');
  const { code, errors } = await minify(file, await readFile(file, 'utf8'), { module: true });
  if (errors.length > 0) throw new ScriptError(`cannot minify ${file}: ${errors[0].message}`);
  return code;
}

/** Browsers unpack gzip and not brotli. */
async function packTraces() {
  const target = path.join(publicFolder, 'traces');
  await mkdir(target, { recursive: true });
  const list = [];
  for (const name of recordedNames()) {
    const packed = await readFile(path.join(repository, `bench/traces/${name}.trace.br`));
    const trace = brotliDecompressSync(packed);
    const { meta, count, peakBytes } = decodeTrace(trace);
    await writeFile(path.join(target, `${name}.gz`), gzipSync(trace, { level: 9 }));
    list.push({ name, kind: meta.kind, count, peakBytes });
  }
  await writeFile(path.join(target, 'index.json'), JSON.stringify(list));
}

await main(import.meta, async () => {
  await buildDemo();
});
