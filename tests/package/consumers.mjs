// SPDX-License-Identifier: MIT
// Installs the packed tarball into empty projects, builds and runs them: everything that
// docs/CONSUMERS.md lists.
//
//   node tests/package/consumers.mjs [--all] [--only=TEXT,TEXT] [--keep] [--tarball=FILE] [--write]
//
// Without --all, a part that says most for its time. --write renews the table in docs/CONSUMERS.md.

import { parseArgs } from 'node:util';
import { LOWEST_VERSION, emscripten } from '../../scripts/emscripten.mjs';
import { main, say, seconds } from '../../scripts/run.mjs';
import { cppConsumers } from './cpp.mjs';
import { workshop } from './packed.mjs';

await main(import.meta, async (args) => {
  const flag = { type: 'boolean', default: false };
  const options = { all: flag, keep: flag, only: { type: 'string' }, tarball: { type: 'string' } };
  const { values } = parseArgs({ args, options });
  const shop = await workshop({ tarball: values.tarball });
  const results = { passed: 0, failed: 0 };
  try {
    for (const choice of [undefined, LOWEST_VERSION]) {
      const toolchain = await emscripten({ choice });
      const consumers = await cppConsumers(shop, toolchain);
      const wanted = consumers.filter(({ name }) => isWanted(name, values.only));
      await runAll(wanted, `Emscripten ${toolchain.version}`, results);
    }
  } finally {
    if (values.keep) say(`made in ${shop.folder}`);
    else await shop.remove();
  }
  console.log(`${results.passed} passed, ${results.failed} failed`);
  if (results.failed > 0 || results.passed === 0) process.exitCode = 1;
});

function isWanted(name, only) {
  return !only || only.split(',').some((text) => name.includes(text));
}

/** Two at a time: each is mostly one compiler. */
async function runAll(consumers, where, results) {
  const waiting = [...consumers];
  const next = async () => {
    for (let consumer = waiting.shift(); consumer; consumer = waiting.shift()) {
      const start = performance.now();
      const problem = await consumer.run().catch((error) => error.message);
      results[problem ? 'failed' : 'passed']++;
      console.log(`${problem ? 'not ok' : 'ok'} ${consumer.name} (${where}, ${seconds(start)})`);
      if (problem) console.log(problem.slice(-4000).replace(/^/gm, '    '));
    }
  };
  await Promise.all([next(), next()]);
}
