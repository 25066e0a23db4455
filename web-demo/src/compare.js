// SPDX-License-Identifier: MIT
//
// Times one trace on every allocator: each in its own worker, only one of them at work at a time,
// every round beginning with another, so that whatever else the machine does meets all alike.

import { Caller } from './engine/rpc.js';

/**
 * @param {string[]} names
 * @param {import('./trace.js').Trace} trace
 * @param {URL} base
 * @param {{rounds: number, onRound?: (round: number) => void, signal?: AbortSignal}} options
 * @returns {Promise<Array<{name: string, samples: Array<{cold: number, warm: number}>}>>}
 */
export async function timeAll(names, trace, base, { rounds, onRound = () => {}, signal }) {
  const workers = names.map((name) => {
    const worker = new Worker(new URL('./engine/time-worker.js', import.meta.url), {
      type: 'module',
    });
    return { name, caller: new Caller(worker), samples: [] };
  });
  const { name, operations, count, slots } = trace;
  try {
    for (const { name: allocator, caller } of workers) {
      await caller.call('load', {
        name: allocator,
        url: new URL(`replay/${allocator}`, base).href,
      });
      await caller.call('open', { name, operations, count, peakBlocks: slots });
      // Not counted: the engine compiles for good.
      await caller.call('sample');
    }
    for (let round = 0; round < rounds; round++) {
      onRound(round);
      for (let step = 0; step < workers.length; step++) {
        signal?.throwIfAborted();
        const { caller, samples } = workers[(round + step) % workers.length];
        const sample = await caller.call('sample');
        if (sample.error) throw new Error(sample.error);
        samples.push(sample);
      }
    }
    return workers.map(({ name: allocator, samples }) => ({ name: allocator, samples }));
  } finally {
    for (const { caller } of workers) caller.end();
  }
}
