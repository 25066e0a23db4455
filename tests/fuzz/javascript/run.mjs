// SPDX-License-Identifier: MIT
// Fuzzes what reads traces and profiles, and the exporters.
//
//   node tests/fuzz/javascript/run.mjs [--seconds=5] [--seed=N] [--only=trace_fuzz,...]
//
// `seconds` for each target. An input with which something goes wrong is left in build/fuzz-javascript/.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { main, repository, seconds as since } from '../../../scripts/run.mjs';
import { fuzz } from './fuzzer.mjs';
import { TARGETS } from './targets.mjs';

await main(import.meta, async (args) => {
  const type = 'string';
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type, default: '5' },
      seed: { type, default: `${Date.now() % 1e6}` },
      only: { type, default: Object.keys(TARGETS).join() },
    },
  });
  const counts = { passed: 0, failed: 0 };
  for (const name of values.only.split(',')) {
    const start = performance.now();
    const options = { seconds: Number(values.seconds), seed: Number(values.seed) };
    const { inputs, blocks, corpus, fault } = await fuzz(TARGETS[name], options);
    counts[fault ? 'failed' : 'passed']++;
    const kept = `${corpus.length} kept`;
    const verdict = fault ? `FAULT (seed ${values.seed})` : 'no fault';
    console.log(
      `${name}: ${inputs} inputs in ${since(start)}, ${blocks} blocks, ${kept}, ${verdict}`,
    );
    if (fault) console.log(`${fault.error.stack}\ninput: ${await keep(name, fault.input)}`);
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  if (counts.failed > 0) process.exitCode = 1;
});

async function keep(name, input) {
  const folder = path.join(repository, 'build/fuzz-javascript');
  await mkdir(folder, { recursive: true });
  const isBytes = input instanceof Uint8Array;
  const file = path.join(folder, `${name}-fault${isBytes ? '' : '.json'}`);
  await writeFile(file, isBytes ? input : JSON.stringify(input));
  return file;
}
