// SPDX-License-Identifier: MIT
//
// heaplet: the package over the module with Embind's classes.

// @ts-ignore: the build makes it, beside heaplet.wasm.
import createModule from '../dist/heaplet.js';
import { attachHeaplet } from './attach.js';
import { compile, notLoaded } from './load.js';

export * from './exports.js';
export { Attached, attachHeaplet } from './attach.js';

/** @typedef {import('./embind.js').MainModule} MainModule */

/**
 * Options of loadHeaplet(): `wasm` says where heaplet.wasm is; beside the package if left out.
 * @typedef {import('./attach.js').AttachOptions & {wasm?: import('./load.js').ModuleSource}} LoadOptions
 */

/**
 * A new instance of the module; Embind's classes are in its `module`.
 * @param {LoadOptions} [options]
 * @returns {Promise<import('./attach.js').Attached<MainModule>>}
 */
export async function loadHeaplet({ wasm, ...options } = {}) {
  const compiled = await compile(wasm ?? new URL('../dist/heaplet.wasm', import.meta.url));
  const module = await new Promise((resolve, reject) => {
    createModule({
      instantiateWasm(
        /** @type {WebAssembly.Imports} */ imports,
        /** @type {(instance: WebAssembly.Instance) => void} */ receive,
      ) {
        WebAssembly.instantiate(compiled, imports).then(receive, (cause) =>
          reject(notLoaded(cause)),
        );
        return {};
      },
    }).then(resolve, (/** @type {unknown} */ cause) => reject(notLoaded(cause)));
  });
  return attachHeaplet(/** @type {MainModule} */ (module), options);
}
