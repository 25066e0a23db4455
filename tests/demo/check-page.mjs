// SPDX-License-Identifier: MIT
// npm start -- --check: the page loads, the race is run, and nothing complains.

import { ScriptError } from '../../scripts/run.mjs';
import { launch, newPage, textOf } from './browsers.mjs';

/** Resolves with what the page said at the end of its race. */
export async function checkPage(url) {
  const browser = (await launch('chrome')) ?? (await launch('firefox'));
  if (!browser) {
    throw new ScriptError(
      'no browser is on PATH to load the page in',
      'install chromium or firefox-esr',
    );
  }
  try {
    const { page, complaints } = await newPage(browser);
    await page.goto(url);
    await page.waitForFunction(() => document.documentElement.dataset.race === 'finished', {
      timeout: 60_000,
    });
    const sentence = await textOf(page, '#sentence');
    if (complaints.length > 0)
      throw new ScriptError(`the page complains:\n${complaints.join('\n')}`);
    return `the page says: ${sentence}`;
  } finally {
    await browser.close();
  }
}
