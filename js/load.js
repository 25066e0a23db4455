// SPDX-License-Identifier: MIT
//
// Loading: from wherever the module is to an instance of it, in Node, browsers, workers, Deno and Bun.

import { LoadError, badArgument } from './errors.js';

/**
 * Where the module comes from: a URL or a path, its bytes, a response, or a compiled module.
 * @typedef {string | URL | ArrayBuffer | ArrayBufferView | WebAssembly.Module | Response} ModuleSource
 */

/**
 * @param {ModuleSource} source
 * @returns {Promise<WebAssembly.Module>}
 */
export async function compile(source) {
  if (source instanceof WebAssembly.Module) return source;
  try {
    if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) {
      return await WebAssembly.compile(/** @type {BufferSource} */ (source));
    }
    if (typeof Response === 'function' && source instanceof Response) {
      return await WebAssembly.compile(await source.arrayBuffer());
    }
    if (typeof source === 'string' || source instanceof URL) return await compileUrl(source);
  } catch (cause) {
    throw notLoaded(cause);
  }
  throw badArgument('a URL, bytes or a WebAssembly.Module as `wasm`', source);
}

/** @param {unknown} cause */
export function notLoaded(cause) {
  const { message } = /** @type {Error} */ (cause);
  return new LoadError('H0010', `the module could not be loaded: ${message}`, {
    cause,
    help: 'pass its place: loadHeaplet({ wasm: url, bytes or a WebAssembly.Module })',
  });
}

/** @param {string | URL} source */
async function compileUrl(source) {
  const place = placeOf(source);
  if (typeof place === 'string' || place.protocol === 'file:') {
    // Not a literal, so that bundlers for browsers leave it alone.
    const name = 'node:fs/promises';
    /** @type {typeof import('node:fs/promises')} */
    const { readFile } = await import(/* webpackIgnore: true */ /* @vite-ignore */ name);
    return WebAssembly.compile(await readFile(place));
  }
  const response = await fetch(place);
  if (!response.ok) throw new Error(`${place} answered ${response.status}`);
  return WebAssembly.compile(await response.arrayBuffer());
}

/**
 * A URL; or, where there is no page that it could be relative to, a file's path.
 * @param {string | URL} source
 */
function placeOf(source) {
  if (source instanceof URL) return source;
  if (/^[a-z][a-z+.-]+:/i.test(source)) return new URL(source);
  return typeof location === 'object' ? new URL(source, location.href) : source;
}

const decoder = new TextDecoder();

/**
 * Instantiates the raw module: exports of heaplet.h and three imports, no runtime.
 * @param {WebAssembly.Module} module
 * @param {(slot: number, generation: number, address: number) => void} onDrop
 */
export async function instantiateRaw(module, onDrop) {
  /** @type {{memory?: WebAssembly.Memory}} */
  const late = {};
  const instance = await WebAssembly.instantiate(module, {
    env: {
      heaplet_on_drop: onDrop,
      // BigInts in a module for wasm64.
      heaplet_print(/** @type {number | bigint} */ address, /** @type {number | bigint} */ bytes) {
        const memory = /** @type {WebAssembly.Memory} */ (late.memory);
        const line = new Uint8Array(memory.buffer, Number(address), Number(bytes));
        console.error(decoder.decode(line));
      },
      emscripten_notify_memory_growth() {},
    },
  });
  const exports = /** @type {Record<string, any>} */ (instance.exports);
  late.memory = /** @type {WebAssembly.Memory} */ (exports.memory);
  exports._initialize?.();
  return exports;
}
