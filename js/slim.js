// SPDX-License-Identifier: MIT
//
// heaplet/slim: the whole package over the bare .wasm, without Embind and its runtime.

import { backUp, checkBackstop } from './backstop.js';
import { Diagnostics } from './diagnostics.js';
import { Heaplet } from './heaplet.js';
import { compile, instantiateRaw } from './load.js';
import { createCore } from './wide.js';

export * from './exports.js';

/**
 * @typedef {object} LoadOptions
 * @property {import('./load.js').ModuleSource} [wasm] where the module is; beside the package if left
 *   out
 * @property {import('./diagnostics.js').DiagnosticsLevel} [diagnostics] what is remembered for
 *   messages and reports; nothing if left out
 * @property {import('./backstop.js').BackstopLevel} [backstop] `sampled` drops and reports what the
 *   garbage collector finds of every 64th owner; nothing if left out
 */

/**
 * A new instance of the module.
 * @param {LoadOptions} [options]
 * @returns {Promise<Heaplet>}
 */
export async function loadHeaplet({ wasm, diagnostics = 'off', backstop = 'off' } = {}) {
  checkBackstop(backstop);
  const remembered = new Diagnostics(diagnostics);
  const module = await compile(wasm ?? new URL('../dist/heaplet-raw.wasm', import.meta.url));
  /** @type {{core?: import('./core.js').Core}} */
  const late = {};
  const exports = await instantiateRaw(module, (slot, generation, address) =>
    late.core?.onDrop(slot >>> 0, generation, address),
  );
  late.core = createCore(exports, { memory: exports.memory, diagnostics: remembered });
  const heaplet = new Heaplet(late.core);
  backUp(heaplet, backstop);
  return heaplet;
}
