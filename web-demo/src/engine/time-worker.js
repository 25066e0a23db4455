// SPDX-License-Identifier: MIT
//
// One allocator's worker for timing: the bench's own replay program, whose loop is inside wasm.

import { sampleTime } from '../../../bench/lib/measure.mjs';
import { ReplayModule } from '../../../js/sight/replay.js';
import { serve } from './rpc.js';

let module;
let trace;

serve({
  async load({ name, url }) {
    const { default: factory } = await import(/* @vite-ignore */ `${url}.mjs`);
    const response = await fetch(`${url}.wasm`);
    module = new ReplayModule(
      name,
      factory,
      await WebAssembly.compile(await response.arrayBuffer()),
    );
  },
  open(given) {
    trace = { ...given, meta: { name: given.name } };
  },
  /** One cold pass in a fresh heap, and the better of two warm ones; milliseconds. */
  sample: () => sampleTime(module, trace),
});
