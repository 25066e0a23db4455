// SPDX-License-Identifier: MIT
// The race, as a visitor meets it.

import assert from 'node:assert/strict';
import { newPage } from './browsers.mjs';

export async function raceSuite({ browser, url, test }) {
  const { page, complaints } = await newPage(browser);
  await page.goto(url);

  await test('the race runs without a click and ends with a sentence of four figures', async () => {
    await page.waitForFunction(() => document.documentElement.dataset.race === 'finished', {
      timeout: 60_000,
    });
    const text = await page.$eval('#sentence', (element) => element.textContent);
    assert.match(
      text,
      /^After [\d,]+ of 368,515 operations, with 5\.79 MiB of live data, linear memory is heaplet [\d.]+ MiB, dlmalloc [\d.]+ MiB, emmalloc [\d.]+ MiB and mimalloc [\d.]+ MiB: /,
    );
  });

  await test('nothing complains', () => assert.deepEqual(complaints, []));
  await page.close();
}
