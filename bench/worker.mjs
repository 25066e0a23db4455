// SPDX-License-Identifier: MIT
// One process of the time measurement, run by whichever Node is to be measured.
// Gets its task as JSON in the first argument, prints samples as JSON.

import { interleavedTimes, warmUp, warmUpNames } from './lib/measure.mjs';
import { collectGarbage, loadReplay, loadTrace } from './lib/node.mjs';

const { builds, traces, rounds } = JSON.parse(process.argv[2]);
const modules = [];
for (const build of builds) modules.push(await loadReplay(build));
const first = warmUpNames.map(loadTrace);
for (const module of modules) await warmUp(module, first);
const result = {};
for (const name of traces) {
  const samples = await interleavedTimes(modules, loadTrace(name), rounds, collectGarbage);
  result[name] = Object.fromEntries(samples);
}
console.log(JSON.stringify(result));
