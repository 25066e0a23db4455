// SPDX-License-Identifier: MIT
// Replays traces in this browser. Also usable by hand: `node bench/browser/serve.mjs`, then open
// the page; ?traces=lua,jq&allocators=heaplet,dlmalloc&rounds=5 chooses.

import { interleavedTimes, warmUp } from '../lib/measure.mjs';
import { ReplayModule } from '../../js/sight/replay.js';
import { geometricMean, median } from '../lib/table.mjs';

const status = document.getElementById('status');
const say = (text) => {
  status.textContent = text;
};

async function loadModule({ name, module, wasm }) {
  const { default: factory } = await import(module);
  return new ReplayModule(name, factory, await WebAssembly.compileStreaming(fetch(wasm)));
}

/** Traces come decoded: a line of JSON, then the operations. */
async function loadTrace(name) {
  const bytes = await (await fetch(`/trace/${name}`)).arrayBuffer();
  const length = new Uint32Array(bytes, 0, 1)[0];
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
  const start = Math.ceil((4 + length) / 4) * 4;
  return { ...head, operations: new Uint32Array(bytes, start) };
}

// Lets the page paint and the collector run.
const pause = () => new Promise((resolve) => setTimeout(resolve, 0));

async function main() {
  const plan = await (await fetch(`/plan${location.search}`)).json();
  const modules = [];
  for (const build of plan.builds) modules.push(await loadModule(build));
  say('warming up');
  const first = [];
  for (const name of plan.warmUp) first.push(await loadTrace(name));
  for (const module of modules) await warmUp(module, first);

  const results = {};
  for (const [index, name] of plan.traces.entries()) {
    say(`${name} (${index + 1} of ${plan.traces.length})`);
    await pause();
    const trace = await loadTrace(name);
    results[name] = Object.fromEntries(await interleavedTimes(modules, trace, plan.rounds));
  }
  show(results);
  say('done');
  window.benchResults = results;
}

function show(results) {
  const table = document.getElementById('results');
  const row = (cells, tag) => {
    const line = table.insertRow();
    for (const cell of cells) line.appendChild(document.createElement(tag)).textContent = cell;
  };
  const names = Object.keys(Object.values(results)[0]);
  row(['warm ÷ dlmalloc', ...names], 'th');
  const all = names.map(() => []);
  const warm = (samples) => median(samples.map((sample) => sample.warm));
  for (const [trace, samples] of Object.entries(results)) {
    const ratios = names.map((name) => warm(samples[name]) / warm(samples.dlmalloc));
    ratios.forEach((ratio, index) => all[index].push(ratio));
    row([trace, ...ratios.map((ratio) => ratio.toFixed(3))], 'td');
  }
  row(['geometric mean', ...all.map((ratios) => geometricMean(ratios).toFixed(3))], 'td');
}

main().catch((error) => {
  say(`failed: ${error.message}`);
  window.benchError = String(error.stack ?? error);
});
