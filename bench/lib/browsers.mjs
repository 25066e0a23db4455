// SPDX-License-Identifier: MIT
// Runs the bench page in the browsers this machine has.

import { nodeModules } from '../../scripts/node-modules.mjs';
import { which } from '../../scripts/run.mjs';
import { serve } from '../browser/serve.mjs';
import { timeRows } from './times.mjs';

// `isolated` and quiet: no network of their own while something is timed.
const browsers = [
  {
    title: 'Chromium',
    browser: 'chrome',
    commands: ['chromium', 'google-chrome'],
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  },
  { title: 'Firefox', browser: 'firefox', commands: ['firefox-esr', 'firefox'], args: [] },
];

async function runPage(launched, url) {
  const page = await launched.newPage();
  page.setDefaultTimeout(0);
  await page.goto(url);
  const finished = 'window.benchResults !== undefined || window.benchError !== undefined';
  await page.waitForFunction(finished, { polling: 500 });
  const { results, error } = await page.evaluate(() => ({
    results: window.benchResults,
    error: window.benchError,
  }));
  if (error) throw new Error(`in the browser: ${error}`);
  return results;
}

/**
 * @param {Map<string, object>} traces by name
 * @param {{processes: number, rounds: number}} options
 * @param {(text: string) => void} say
 * @returns {Promise<object[]>} rows as timeRows makes them; none of a browser that is not here
 */
export async function browserTimes(traces, { processes, rounds }, say) {
  await nodeModules();
  const { default: puppeteer } = await import('puppeteer-core');
  const server = await serve();
  const rows = [];
  try {
    for (const { title, browser, commands, args } of browsers) {
      const executablePath = commands.map((command) => which(command)).find(Boolean);
      if (!executablePath) {
        say(`time: no ${title} on this machine, left out`);
        continue;
      }
      const results = [];
      let runtime = title;
      for (let n = 1; n <= processes; n++) {
        say(`time: ${title}, process ${n} of ${processes}`);
        const options = { browser, executablePath, args, headless: true, protocolTimeout: 0 };
        const launched = await puppeteer.launch(options);
        try {
          const version = /(\d+)\./.exec(await launched.version())?.[1];
          runtime = `${title} ${version}`;
          const names = [...traces.keys()].join(',');
          results.push(await runPage(launched, `${server.url}?traces=${names}&rounds=${rounds}`));
        } finally {
          await launched.close();
        }
      }
      rows.push(...timeRows(runtime, results, traces));
    }
  } finally {
    await server.close();
  }
  return rows;
}
