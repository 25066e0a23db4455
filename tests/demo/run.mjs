// SPDX-License-Identifier: MIT
// Runs the demo page in the browsers of this machine.
//
//   node tests/demo/run.mjs [chrome] [firefox]
//
// Long suites of one browser alone are marked so: what does not depend on the engine runs once.

import { ScriptError, main, say } from '../../scripts/run.mjs';
import { buildDemo } from '../../web-demo/build.mjs';
import { serveDemo } from '../../web-demo/serve.mjs';
import { BROWSERS, launch } from './browsers.mjs';
import { raceSuite } from './race-suite.mjs';

const SUITES = [raceSuite];

await main(import.meta, async (args) => {
  await buildDemo();
  const server = await serveDemo();
  const counts = { passed: 0, failed: 0 };
  try {
    for (const name of args.length > 0 ? args : Object.keys(BROWSERS)) {
      await runIn(name, server.url, counts);
    }
  } finally {
    await server.close();
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  if (counts.failed > 0) process.exitCode = 1;
});

async function runIn(name, url, counts) {
  const browser = await launch(name);
  if (!browser)
    throw new ScriptError(`${name} is not on PATH`, `install ${BROWSERS[name].programs[0]}`);
  try {
    for (const suite of SUITES) {
      const test = async (title, body) => {
        try {
          await body();
          counts.passed++;
        } catch (error) {
          counts.failed++;
          say(`FAILED in ${name}: ${title}\n${error.stack}`);
        }
      };
      await suite({ browser, name, url, test });
    }
    say(`${name} ${await browser.version()}: done`);
  } finally {
    await browser.close();
  }
}
