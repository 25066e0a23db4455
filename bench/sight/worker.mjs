// SPDX-License-Identifier: MIT
// Runs one program once under one tier and prints what it cost: worker.mjs '{"folder", "target", "tier", "scale"}'
// A process of its own, so that no run finds code that another has compiled.

import { tagSites } from '../../js/sight/postlink.js';
import { Profiler } from '../../js/sight/profiler.js';
import { programInputs, runProgram, wasmOf } from '../../tests/sight/programs.mjs';

const { folder, target, tier, scale } = JSON.parse(process.argv[2]);
const built = { folder, inputs: await programInputs() };
const linked = await wasmOf(built, target);

/** The program after the post-link step. */
const tagged = (options) => tagSites(linked, options).wasm;

let profiler;
let traceBytes = 0;
if (tier !== 'not linked') {
  const trace = (bytes) => (traceBytes += bytes.length);
  // Made of what the tier needs alone: garbage of another would be collected while main() runs.
  const optionsOf = {
    off: () => ({ mode: 'off' }),
    sampled: () => ({ mode: 'sampled' }),
    tagged: () => ({ mode: 'off', wasm: tagged({ contexts: false }) }),
    chained: () => ({ mode: 'off', wasm: tagged({ contexts: true }) }),
    'sampled +': () => ({
      mode: 'sampled',
      wasm: tagged({ contexts: true }),
      samplingBytes: 65536,
    }),
    sites: () => ({ mode: 'sites' }),
    exact: () => ({ mode: 'exact' }),
    trace: () => ({ mode: 'exact', trace }),
  };
  profiler = new Profiler({ wasm: linked, ...optionsOf[tier]() });
}
let began;
const { code, milliseconds } = await runProgram(built, target, {
  scale,
  ...profiler?.moduleOptions(),
  beforeMain: () => (began = process.cpuUsage()),
});
const { user, system } = process.cpuUsage(began);
if (code !== 0) throw new Error(`${target} left with ${code}`);
const counters = profiler?.counters();
profiler?.stop();
const cpuMilliseconds = (user + system) / 1000;
console.log(JSON.stringify({ milliseconds, cpuMilliseconds, traceBytes, counters }));
