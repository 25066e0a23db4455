// SPDX-License-Identifier: MIT
// The whole bench: measure, write, and say which targets are met.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ScriptError } from '../scripts/run.mjs';
import { collect } from './collect.mjs';
import { buildFolder } from './lib/compile.mjs';
import { report } from './report.mjs';
import { writeSummary } from './summary.mjs';

/** Everything measured last, so that the report's words can change without measuring again. */
const collected = join(buildFolder, 'collected.json');

// JSON has no NaN, which is what a figure is that could not be measured; its null would compare
// like zero, and zero wins.
const notANumber = 'NaN';
const withNaN = (_, value) => (Number.isNaN(value) ? notANumber : value);

/** @param {{processes: number, rounds: number, browsers: boolean}} options */
export async function full(options) {
  const data = await collect(options);
  writeFileSync(collected, JSON.stringify(data, withNaN));
  await reportCollected();
}

export async function reportCollected() {
  if (!existsSync(collected)) {
    throw new ScriptError('nothing has been measured yet', 'npm run bench');
  }
  const data = JSON.parse(readFileSync(collected, 'utf8'), (_, value) =>
    value === notANumber ? NaN : value,
  );
  const targets = report(data);
  await writeSummary();
  for (const { target, met, measured } of targets) {
    console.log(`${met ? 'met    ' : 'NOT met'} ${target}: ${measured}`);
  }
  const met = targets.filter((target) => target.met).length;
  console.log(`${met} of ${targets.length} targets met; tables in docs/BENCHMARKS.md`);
}
