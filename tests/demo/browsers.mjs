// SPDX-License-Identifier: MIT
// Pages in a browser that remember everything that went wrong.

/** A new page; `complaints` fills with console messages, errors and requests that failed. */
export async function newPage(browser, { width = 1280, height = 900 } = {}) {
  const page = await browser.newPage();
  const complaints = [];
  page.on('console', (message) => complaints.push(`console ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('requestfailed', (request) => complaints.push(`request failed: ${request.url()}`));
  await page.setViewport({ width, height });
  return { page, complaints };
}

/** Waits until `condition`, a function of the page, holds. */
export const until = (page, condition, ...values) =>
  page.waitForFunction(condition, { timeout: 60_000, polling: 100 }, ...values);

/** Opens a view of the page, all of it settled. */
export async function openView(page, url, view) {
  // Another address after '#' alone would not load the page again.
  await page.goto('about:blank');
  await page.goto(`${url}${view}`);
  await until(page, () => document.documentElement.dataset.race === 'finished');
}

/** With plain spaces between numbers and units. */
export const textOf = (page, selector) =>
  page.$eval(selector, (element) => element.textContent.replaceAll('\u00a0', ' '));
