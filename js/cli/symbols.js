// SPDX-License-Identifier: MIT
// Finds what a build left beside the program, and joins its names and lines to a profile.

import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { symbolise } from '../sight/symbols.js';
import { WasmModule } from '../sight/wasm-module.js';
import { CommandError } from './errors.js';

/**
 * A profile with names and lines: from the files that were named, else from those that lie beside the
 * program and belong to the same build.
 * @param {import('../sight/profile.js').Profile} profile
 * @param {Uint8Array} wasm as it was linked
 * @param {string[]} folders where symbols may lie
 * @param {{symbols?: string, 'source-map'?: string, 'debug-wasm'?: string}} named
 */
export async function joinSymbols(profile, wasm, folders, named) {
  const beside = await filesIn(folders, wasm);
  const sources = {
    wasm: await read(named['debug-wasm'], wasm),
    symbolMap: await text(named.symbols ?? beside.symbolMap),
    sourceMap: await text(named['source-map'] ?? beside.sourceMap),
  };
  try {
    return symbolise(profile, sources);
  } catch (error) {
    const files = [named['debug-wasm'], named.symbols, named['source-map'], beside.symbolMap, beside.sourceMap]; // prettier-ignore
    throw new CommandError(
      `cannot join symbols: ${error.message}`,
      `they came from ${files.filter(Boolean).join(', ') || 'the .wasm itself'}; name others with --symbols, --source-map or --debug-wasm`,
    );
  }
}

/** Emscripten writes app.wasm, app.wasm.map and app.js.symbols or app.mjs.symbols side by side. */
async function filesIn(folders, wasm) {
  const { buildId } = new WasmModule(wasm);
  for (const folder of folders) {
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
  return {
    symbolMap: among('.mjs.symbols', '.js.symbols'),
    sourceMap: among('.wasm.map'),
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
