// SPDX-License-Identifier: MIT
// Runs the demo page in the browsers of this machine.
//
//   node tests/demo/run.mjs [chrome] [firefox] [--suite=profile]

import { parseArgs } from 'node:util';
import { BROWSER_NAMES, launchBrowser } from '../../scripts/browsers.mjs';
import { main, say, seconds } from '../../scripts/run.mjs';
import { buildDemo } from '../../web-demo/build.mjs';
import { serveDemo } from '../../web-demo/serve.mjs';
import { controlSuite } from './control-suite.mjs';
import { handleSuite } from './handle-suite.mjs';
import { mapSuite } from './map-suite.mjs';
import { profileSuite } from './profile-suite.mjs';
import { qualitySuite } from './quality-suite.mjs';
import { raceSuite } from './race-suite.mjs';

const SUITES = [raceSuite, mapSuite, controlSuite, handleSuite, profileSuite, qualitySuite];

await main(import.meta, async (args) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { suite: { type: 'string' } },
  });
  const suites = SUITES.filter(({ name }) => name === `${values.suite ?? name.slice(0, -5)}Suite`);
  await buildDemo();
  const server = await serveDemo();
  const counts = { passed: 0, failed: 0 };
  try {
    for (const name of positionals.length > 0 ? positionals : BROWSER_NAMES) {
      await runIn({ name, url: server.url, counts, suites });
    }
  } finally {
    await server.close();
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  if (counts.failed > 0) process.exitCode = 1;
});

async function runIn({ name, url, counts, suites }) {
  const browser = await launchBrowser(name);
  try {
    for (const suite of suites) {
      const test = async (title, body) => {
        try {
          await body();
          counts.passed++;
        } catch (error) {
          counts.failed++;
          say(`FAILED in ${name}: ${title}\n${error.stack}`);
        }
      };
      const start = performance.now();
      await suite({ browser, name, url, test });
      say(`${name}: ${suite.name}, ${seconds(start)}`);
    }
    say(`${name} ${await browser.version()}: done`);
  } finally {
    await browser.close();
  }
}
