// SPDX-License-Identifier: MIT
// The ten-second form: what does not depend on time must stay within budgets.json.
// One line a budget and a closing count. `--update` writes what was measured as the new budgets.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allocatorNamed, allocators } from './allocators.mjs';
import { buildReplay } from './build.mjs';
import { tryPage } from './lib/browsers.mjs';
import { Compiler } from './lib/compile.mjs';
import { exactMemory } from './lib/memory.mjs';
import { loadTrace, recordedNames } from './lib/node.mjs';
import { ratio } from './lib/table.mjs';
import { sizeOf } from './size.mjs';
import { selfTest } from './selftest.mjs';
import { syntheticNames } from './synthetic.mjs';

const budgetFile = join(dirname(fileURLToPath(import.meta.url)), 'budgets.json');
const building = 'as shipped, linked -Oz';
const passes = 3;
const ours = allocators.filter(({ role }) => role === 'ours').map(({ name }) => name);

/** Every figure, as a flat list of {key, value} and how to say it. */
async function measure(compiler) {
  const figures = [];
  const traces = [...recordedNames(), ...syntheticNames].map(loadTrace);
  for (const { meta, count } of traces) {
    figures.push({ key: `operations of ${meta.name}`, value: count, exact: true });
  }
  for (const name of ours) {
    for (const functions of ['malloc+free', 'family']) {
      const { code, statics } = await sizeOf(compiler, name, building, functions);
      figures.push({ key: `code of ${name}, ${functions}, ${building}`, value: code });
      if (functions === 'family') figures.push({ key: `static bytes of ${name}`, value: statics });
    }
    const memory = await exactMemory(await buildReplay(compiler, name), traces, passes);
    traces.forEach((trace, index) => {
      const { heapBytes, error } = memory[index];
      for (const pass of [1, passes]) {
        const value = heapBytes[pass - 1];
        figures.push({
          key: `heap of ${name} on ${trace.meta.name}, pass ${pass}`,
          value: value ?? Infinity,
          slack: allocatorNamed(name).slack,
          note: error ?? `${ratio(value / trace.peakBytes)} × live`,
        });
      }
    });
  }
  return figures;
}

/**
 * @param {{update: boolean}} options
 * @returns {Promise<boolean>} whether every budget is kept
 */
export async function check({ update }) {
  const compiler = await Compiler.create();
  const figures = await measure(compiler);
  if (update) {
    const broken = figures.filter(({ value }) => value === Infinity);
    if (broken.length) throw new Error(`no budgets from failed replays: ${broken[0].note}`);
    const budgets = Object.fromEntries(figures.map(({ key, value }) => [key, value]));
    const content = { emscripten: compiler.version, budgets };
    writeFileSync(budgetFile, `${JSON.stringify(content, null, 2)}\n`);
  }
  if (!existsSync(budgetFile)) throw new Error('bench/budgets.json is missing; see --update');
  const { emscripten, budgets } = JSON.parse(readFileSync(budgetFile, 'utf8'));

  // Another Emscripten compiles to other bytes and puts the heap's base elsewhere.
  const slack = emscripten === compiler.version ? 1 : 1.05;
  const measured = new Set(figures.map(({ key }) => key));
  const results = figures.map(({ key, value, exact, note, slack: own = 1 }) => {
    const budget = budgets[key];
    const within = exact ? value === budget : value <= budget * slack * own;
    const said = note ? `${value} (${note})` : value;
    return { within, text: `${key}: ${said}, budget ${budget ?? 'missing'}` };
  });
  for (const key of Object.keys(budgets)) {
    if (!measured.has(key)) results.push({ within: false, text: `${key}: no longer measured` });
  }
  results.push(...(await selfTest(compiler)), await tryPage());
  for (const { within, text } of results) console.log(`${within ? 'ok  ' : 'FAIL'} ${text}`);
  const failed = results.filter(({ within }) => !within).length;
  if (slack !== 1) {
    console.log(
      `budgets are of Emscripten ${emscripten}, this is ${compiler.version}: 5 % allowed`,
    );
  }
  console.log(`${results.length - failed} passed, ${failed} failed`);
  return failed === 0;
}
