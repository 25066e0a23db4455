// SPDX-License-Identifier: MIT
// Runs the bench page in the browsers this machine has.

import { findBrowser, launchBrowser } from '../../scripts/browsers.mjs';
import { serve } from '../browser/serve.mjs';
import { timeRows } from './times.mjs';

const TITLES = { chrome: 'Chromium', firefox: 'Firefox' };

async function runPage(launched, url) {
  const page = await launched.newPage();
  page.setDefaultTimeout(0);
  const refused = new Promise((_, reject) => {
    page.on('response', (response) => {
      const path = new URL(response.url()).pathname;
      if (response.status() >= 400 && path !== '/favicon.ico') {
        reject(new Error(`the bench's page wants ${path}, which is not served`));
      }
    });
  });
  const finished = async () => {
    await page.goto(url);
    const ends = 'window.benchResults !== undefined || window.benchError !== undefined';
    await page.waitForFunction(ends, { polling: 500 });
    return page.evaluate(() => ({ results: window.benchResults, error: window.benchError }));
  };
  const { results, error } = await Promise.race([finished(), refused]);
  if (error) throw new Error(`in the browser: ${error}`);
  return results;
}

/**
 * @param {string} name of a browser that this machine has
 * @param {string} url of the page, with what it is to do
 */
async function measured(name, url) {
  const launched = await launchBrowser(name, { protocolTimeout: 0 });
  try {
    const version = /(\d+)\./.exec(await launched.version())?.[1];
    return { runtime: `${TITLES[name]} ${version}`, results: await runPage(launched, url) };
  } finally {
    await launched.close();
  }
}

/** Whether the page does its work: a trace on one allocator beside dlmalloc, in the first browser there is. */
export async function tryPage() {
  const name = Object.keys(TITLES).find(findBrowser);
  if (!name) return { within: true, text: 'the page: no browser on this machine, left out' };
  const server = await serve(0, ['heaplet', 'dlmalloc']);
  try {
    const url = `${server.url}?traces=ls&rounds=1`;
    const { runtime, results } = await measured(name, url);
    const within = ['heaplet', 'dlmalloc'].every((allocator) => results.ls[allocator][0].warm > 0);
    return { within, text: `the page replays a trace in ${runtime}` };
  } catch (error) {
    return { within: false, text: `the page in ${TITLES[name]}: ${error.message}` };
  } finally {
    await server.close();
  }
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
        const names = [...traces.keys()].join(',');
        const url = `${server.url}?traces=${names}&rounds=${rounds}`;
        const process = await measured(name, url);
        runtime = process.runtime;
        results.push(process.results);
      }
      rows.push(...timeRows(runtime, results, traces));
    }
  } finally {
    await server.close();
  }
  return rows;
}
