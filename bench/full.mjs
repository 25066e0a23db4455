// SPDX-License-Identifier: MIT
// The whole bench: measure, write, and say which targets are met.

import { collect } from './collect.mjs';
import { report } from './report.mjs';

export async function full(options) {
  const targets = report(await collect(options));
  for (const { target, met, measured } of targets) {
    console.log(`${met ? 'met    ' : 'NOT met'} ${target}: ${measured}`);
  }
  const met = targets.filter((target) => target.met).length;
  console.log(`${met} of ${targets.length} targets met; tables in docs/BENCHMARKS.md`);
}
