// SPDX-License-Identifier: MIT
// npm start -- --check: the page loads, the race is run, and nothing complains.

import { BROWSER_NAMES, findBrowser, launchBrowser } from '../../scripts/browsers.mjs';
import { ScriptError } from '../../scripts/run.mjs';
import { newPage, textOf } from './browsers.mjs';

/** Resolves with what the page said at the end of its race. */
export async function checkPage(url) {
  const name = BROWSER_NAMES.find((candidate) => findBrowser(candidate));
  if (!name) {
    throw new ScriptError(
      'no browser is on PATH to load the page in',
      'install chromium or firefox-esr',
    );
  }
  const browser = await launchBrowser(name);
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
