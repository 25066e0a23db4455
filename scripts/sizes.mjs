// SPDX-License-Identifier: MIT
// What each entry of the package weighs: the module, and every file of js/ that it imports.
//
//   node scripts/sizes.mjs
//
// JavaScript is measured without its comments and white space, as bundlers ship it, in one piece.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { buildPreset } from './cmake.mjs';
import { nodeModules } from './node-modules.mjs';
import { main, repository } from './run.mjs';

/** Each entry: where it begins in js/, and what it loads of a build's bindings/. */
export const ENTRIES = {
  heaplet: { begin: 'index.js', modules: ['heaplet.js', 'heaplet.wasm'] },
  'heaplet/slim': { begin: 'slim.js', modules: ['heaplet-raw.wasm'] },
  'heaplet/shared': { begin: 'shared.js', modules: ['heaplet-shared.wasm'] },
  'heaplet/raw': { begin: 'raw.js', modules: ['heaplet-raw.wasm'] },
};

/** `{name: {bytes, gzip, brotli}}` of an entry's parts, and of all `together`. */
export async function entrySizes({ begin, modules }, folder) {
  const code = await Promise.all([...(await imported(begin))].map(withoutComments));
  const parts = { 'js/': Buffer.from(code.join('\n')) };
  for (const name of modules) parts[name] = await readFile(path.join(folder, 'bindings', name));
  const sizes = Object.entries(parts).map(([name, content]) => [name, sizesOf(content)]);
  const together = { bytes: 0, gzip: 0, brotli: 0 };
  for (const [, part] of sizes) for (const key in together) together[key] += part[key];
  return { ...Object.fromEntries(sizes), together };
}

function sizesOf(content) {
  return {
    bytes: content.length,
    gzip: gzipSync(content, { level: 9 }).length,
    brotli: brotliCompressSync(content).length,
  };
}

/** A file of js/ and all that it imports there, each once. */
async function imported(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  const source = await readFile(path.join(repository, 'js', name), 'utf8');
  for (const [, target] of source.matchAll(/^(?:import|export)\s[^;]*?'\.\/([\w/-]+\.js)';$/gms)) {
    await imported(path.join(path.dirname(name), target), seen);
  }
  return seen;
}

async function withoutComments(name) {
  await nodeModules();
  const { default: ts } = await import('typescript');
  const source = await readFile(path.join(repository, 'js', name), 'utf8');
  const compilerOptions = {
    removeComments: true,
    target: 'es2022',
    module: 'es2022',
    allowJs: true,
  };
  const { outputText } = ts.transpileModule(source, { compilerOptions, fileName: name });
  return outputText.replace(/^\s+/gm, '');
}

await main(import.meta, async () => {
  const { folder } = await buildPreset('wasm', {
    targets: ['heaplet_raw', 'heaplet_embind', 'heaplet_shared'],
  });
  console.log(`${'entry'.padEnd(14)}${'part'.padEnd(20)}   bytes    gzip  brotli`);
  for (const [entry, description] of Object.entries(ENTRIES)) {
    for (const [part, sizes] of Object.entries(await entrySizes(description, folder))) {
      const numbers = Object.values(sizes).map((size) => `${size}`.padStart(8));
      console.log(entry.padEnd(14) + part.padEnd(20) + numbers.join(''));
    }
  }
});
