// SPDX-License-Identifier: MIT
// Finds what a build left beside the program, and joins its names and lines to a profile.

import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { symbolise } from '../sight/symbols.js';
import { WasmModule } from '../sight/wasm-module.js';
import { CommandError } from './errors.js';

/** What names and lines can be taken from, where they do not lie beside the program. */
export const SYMBOL_OPTIONS = {
  symbols: { type: 'string', value: 'FILE', about: 'names: what --emit-symbol-map wrote' },
  'source-map': { type: 'string', value: 'FILE', about: 'lines: what -gsource-map wrote' },
  'debug-wasm': { type: 'string', value: 'FILE', about: 'the same program linked with -g' },
};

/**
 * A profile with names and lines: from the files that were named, else from those of the same build
 * that lie in one of the folders.
 * @param {import('../sight/profile.js').Profile} profile
 * @param {string[]} folders where the program or its symbols may lie
 * @param {{symbols?: string, 'source-map'?: string, 'debug-wasm'?: string}} named
 * @param {Uint8Array} [wasm] as it was linked, where that is known
 */
export async function joinSymbols(profile, folders, named, wasm) {
  const beside = await filesIn(folders, profile.buildId);
  const used = {
    wasm: named['debug-wasm'] ?? (wasm ? undefined : beside.wasm),
    symbolMap: named.symbols ?? beside.symbolMap,
    sourceMap: named['source-map'] ?? beside.sourceMap,
  };
  const sources = {
    wasm: await read(used.wasm, wasm),
    symbolMap: await text(used.symbolMap),
    sourceMap: await text(used.sourceMap),
  };
  try {
    return symbolise(profile, sources);
  } catch (error) {
    const files = Object.values(used).filter(Boolean);
    throw new CommandError(
      `cannot join symbols: ${error.message}`,
      `they came from ${files.join(', ') || 'the .wasm itself'}; name others with --symbols, --source-map or --debug-wasm`,
    );
  }
}

/** Emscripten writes app.wasm, app.wasm.map and app.js.symbols or app.mjs.symbols side by side. */
async function filesIn(folders, buildId) {
  if (buildId === '') return {};
  for (const folder of new Set(folders.map((name) => path.resolve(name)))) {
    const found = await filesOfBuild(folder, buildId);
    if (found) return found;
  }
  return {};
}

/**
 * What lies beside any .wasm of this build: a stripped program and the same one linked with symbols
 * may share a folder, and only one of them has a source map.
 */
async function filesOfBuild(folder, buildId) {
  const names = (await readdir(folder).catch(() => [])).sort();
  const stems = [];
  for (const name of names.filter((one) => one.endsWith('.wasm'))) {
    const bytes = await readFile(path.join(folder, name));
    if (buildIdOf(bytes) === buildId) stems.push(name.replace(/\.wasm$/, ''));
  }
  if (stems.length === 0) return undefined;
  const among = (...endings) => {
    const candidates = stems.flatMap((stem) => endings.map((ending) => stem + ending));
    const found = candidates.find((candidate) => names.includes(candidate));
    return found && path.join(folder, found);
  };
  const sourceMap = among('.wasm.map');
  return {
    wasm: sourceMap?.replace(/\.map$/, '') ?? among('.wasm'),
    symbolMap: among('.mjs.symbols', '.js.symbols'),
    sourceMap,
  };
}

function buildIdOf(bytes) {
  try {
    return new WasmModule(bytes).buildId;
  } catch {
    return undefined; // not a module that we can read, so not the program's
  }
}

async function read(file, otherwise) {
  if (file === undefined) return otherwise;
  return readFile(file).catch((error) => {
    throw new CommandError(`${file}: ${error.message}`);
  });
}

const text = async (file) => (await read(file))?.toString('utf8');
