// SPDX-License-Identifier: MIT
// npm test: every kind of test there is, cheapest first.
//
//   npm test                     all stages
//   npm test -- STAGE…           only these
//   npm test -- --list           what stages there are
//
// Each stage sets up what it needs. HEAPLET_EMSCRIPTEN chooses the Emscripten of the wasm stages.

import { main, say, seconds, ScriptError } from './run.mjs';
import { missing, stages } from './test-stages.mjs';

await main(import.meta, async (args) => {
  const all = stages();
  if (args.includes('--list'))
    return all.forEach(({ name, about }) => say(`${name.padEnd(14)} ${about}`));
  // All stages are those that this machine can run; one that is asked for by name runs or fails.
  const able = all.filter((stage) => !missing(stage));
  const chosen = args.length > 0 ? args.map((name) => byName(all, name)) : able;
  const start = performance.now();
  const results = [];
  for (const stage of chosen) results.push(await runStage(stage));

  console.log('');
  for (const { name, passed, failed, time, problem } of results) {
    const counts = passed + failed > 0 ? `${passed} passed, ${failed} failed` : (problem ?? 'ok');
    console.log(
      `${failed > 0 || problem ? 'FAILED' : 'ok    '}  ${name.padEnd(14)} ${counts}, ${time}`,
    );
  }
  for (const stage of args.length > 0 ? [] : all)
    if (missing(stage)) console.log(`not run ${stage.name.padEnd(14)} ${missing(stage)}`);
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  // A stage that breaks before or beside its tests is one failure more.
  const failed = sum('failed') + results.filter((r) => r.problem && r.failed === 0).length;
  console.log(`all in ${seconds(start)}`);
  console.log(`${sum('passed')} passed, ${failed} failed`);
  if (failed > 0 || sum('passed') === 0) process.exitCode = 1;
});

function byName(all, name) {
  const stage = all.find((candidate) => candidate.name === name);
  if (stage) return stage;
  throw new ScriptError(
    `no stage is called ${name}`,
    `one of: ${all.map((s) => s.name).join(', ')}`,
  );
}

async function runStage({ name, about, run }) {
  console.log(`\n=== ${name}: ${about}`);
  const start = performance.now();
  const result = { name, passed: 0, failed: 0 };
  try {
    Object.assign(result, await run());
  } catch (error) {
    result.problem = 'could not be run';
    say(error instanceof ScriptError ? `error: ${error.message}` : error.stack);
  }
  result.time = seconds(start);
  const counts =
    result.passed + result.failed > 0 ? `${result.passed} passed, ${result.failed} failed` : '';
  console.log(`--- ${name}: ${[counts || result.problem || 'ok', result.time].join(', ')}`);
  return result;
}
