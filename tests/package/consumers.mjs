// SPDX-License-Identifier: MIT
// Installs the packed tarball into empty projects, builds and runs them: everything that
// docs/CONSUMERS.md lists.
//
//   node tests/package/consumers.mjs [--all] [--only=TEXT,TEXT] [--keep] [--tarball=FILE] [--write]
//
// Without --all, a part that says most for its time. --write renews the table in docs/CONSUMERS.md if all
// that was run has passed; a consumer that is not in the table must have been run.

import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { BROWSER_NAMES, findBrowser } from '../../scripts/browsers.mjs';
import { LOWEST_VERSION, emscripten } from '../../scripts/emscripten.mjs';
import { ScriptError, main, repository, say, seconds } from '../../scripts/run.mjs';
import { cppConsumers } from './cpp.mjs';
import { guideConsumers } from './guides.mjs';
import { consumerNames, consumersTable, partsOf } from './matrix.mjs';
import { npmConsumers } from './npm.mjs';
import { workshop } from './packed.mjs';
import { pageConsumers, startBrowsers } from './pages.mjs';
import { thirdParty } from './third-party.mjs';
import { consumerTools } from './tools.mjs';

await main(import.meta, async (args) => {
  const flag = { type: 'boolean', default: false };
  const type = 'string';
  const options = { all: flag, keep: flag, write: flag, only: { type }, tarball: { type } };
  const { values } = parseArgs({ args, options });
  const shop = await workshop({ tarball: values.tarball });
  console.log(`${path.basename(shop.tarball)}: ${(await stat(shop.tarball)).size} bytes`);
  const results = [];
  try {
    await cpp(shop, values, results);
    await javascript(shop, values, results);
  } finally {
    if (values.keep) say(`made in ${shop.folder}`);
    else await shop.remove();
  }
  const failed = results.filter(({ problem }) => problem).length;
  console.log(`${results.length - failed} passed, ${failed} failed`);
  if (failed > 0 || results.length === 0) process.exitCode = 1;
  else if (values.write) await writeTable(results);
});

async function cpp(shop, { all, only }, results) {
  for (const choice of [undefined, LOWEST_VERSION]) {
    const toolchain = await emscripten({ choice });
    const consumers = await cppConsumers(shop, toolchain);
    const wanted = consumers.filter(({ fast }) => all || only || (choice && fast));
    await runAll(named(wanted, only), `Emscripten ${toolchain.version}`, results);
    if (all) {
      const others = await thirdParty(shop, toolchain);
      await runAll(named(others, only), `Emscripten ${toolchain.version}`, results);
    }
  }
}

async function javascript(shop, { only }, results) {
  const tools = await consumerTools();
  await shop.useModules(tools.modules);
  await runAll(named(npmConsumers(shop, tools), only), 'npm', results);
  const toolchain = await emscripten();
  const absent = BROWSER_NAMES.filter((name) => !findBrowser(name));
  if (absent.length > 0) console.log(`pages are not opened: no ${absent.join(', no ')} here`);
  const browsers = absent.length > 0 ? undefined : await startBrowsers();
  try {
    const pages = browsers ? pageConsumers(shop, tools, browsers) : [];
    await runAll(named(pages, only), 'Chromium, Firefox', results);
    const guides = await guideConsumers(shop, { tools, toolchain, browsers });
    await runAll(named(guides, only), `Emscripten ${toolchain.version}`, results);
  } finally {
    await browsers?.close();
  }
}

function named(consumers, only) {
  const words = only?.split(',');
  return consumers.filter(({ name }) => !words || words.some((word) => name.includes(word)));
}

/** Two at a time: each is mostly one compiler or one browser. */
async function runAll(consumers, where, results) {
  const waiting = [...consumers.entries()];
  const found = [];
  const next = async () => {
    for (let entry = waiting.shift(); entry; entry = waiting.shift()) {
      const [at, { name, run }] = entry;
      const start = performance.now();
      const problem = await run().catch((error) => error.message);
      found[at] = { name, problem };
      console.log(`${problem ? 'not ok' : 'ok'} ${name} (${where}, ${seconds(start)})`);
      if (problem) console.log(problem.slice(-4000).replace(/^/gm, '    '));
    }
  };
  await Promise.all([next(), next()]);
  results.push(...found);
}

async function writeTable(results) {
  const file = path.join(repository, 'docs/CONSUMERS.md');
  const [before, table, after] = partsOf(await readFile(file, 'utf8'));
  const known = (name) =>
    table.includes(`\n| ${name} `) || results.some((result) => result.name === name);
  const unknown = consumerNames().filter((name) => !known(name));
  if (unknown.length > 0) throw new ScriptError(`not run: ${unknown.join('; ')}`, 'use --all');
  const { version } = await emscripten();
  await writeFile(file, before + consumersTable(version) + after);
  say(`the table in ${file} is renewed`);
}
