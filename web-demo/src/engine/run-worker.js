// SPDX-License-Identifier: MIT
//
// One allocator's worker: holds a run and answers what the page asks of it.

import { serve } from './rpc.js';
import { Run } from './run.js';
import { blockIn, snapshot } from './snapshot.js';

let module;
let run;

serve(
  {
    /** Compiles the allocator; resolves with the module's size in bytes. */
    async load({ url }) {
      const response = await fetch(url);
      if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
      const bytes = await response.arrayBuffer();
      module = await WebAssembly.compile(bytes);
      return bytes.byteLength;
    },
    /** Begins a run of `trace` in an empty heap. */
    open({ trace }) {
      run = new Run(module, trace);
      return { heapBase: run.heapBase, canWalk: run.canWalk };
    },
    restart() {
      run = new Run(module, run.trace);
    },
    /** Runs again to `position`, from where on the next growth fails. */
    refuse({ position }) {
      const earlier = [...run.refusals].filter((at) => at < position);
      run = new Run(module, run.trace, [...earlier, position]);
      run.advance(position);
    },
    advance: ({ position }) => run.advance(position),
    snapshot: (wanted) => snapshot(run, wanted),
    blockIn: ({ position, address, cellBytes }) => blockIn(run, position, address, cellBytes),
  },
  (result) => [result?.lane, result?.map].filter(Boolean).map((cells) => cells.buffer),
);
