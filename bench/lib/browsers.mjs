// SPDX-License-Identifier: MIT
// Runs the bench page in the browsers this machine has.

import { findBrowser, launchBrowser } from '../../scripts/browsers.mjs';
import { serve } from '../browser/serve.mjs';
import { timeRows } from './times.mjs';

const TITLES = { chrome: 'Chromium', firefox: 'Firefox' };

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
  const server = await serve();
  const rows = [];
  try {
    for (const [name, title] of Object.entries(TITLES)) {
      if (!findBrowser(name)) {
        say(`time: no ${title} on this machine, left out`);
        continue;
      }
      const results = [];
      let runtime = title;
      for (let n = 1; n <= processes; n++) {
        say(`time: ${title}, process ${n} of ${processes}`);
        const launched = await launchBrowser(name, { protocolTimeout: 0 });
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
