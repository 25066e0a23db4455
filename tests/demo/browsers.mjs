// SPDX-License-Identifier: MIT
// The browsers of this machine, and pages in them that remember everything that went wrong.

import { nodeModules } from '../../scripts/node-modules.mjs';
import { which } from '../../scripts/run.mjs';

const CHROME_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
];
export const BROWSERS = {
  chrome: { programs: ['chromium', 'google-chrome', 'chrome'], args: CHROME_ARGS },
  firefox: { programs: ['firefox-esr', 'firefox'], args: [] },
};

/** Launches a browser by its name here; null if there is none. */
export async function launch(name) {
  const { programs, args } = BROWSERS[name];
  const executablePath = programs.map((program) => which(program)).find(Boolean);
  if (!executablePath) return null;
  await nodeModules();
  const { default: puppeteer } = await import('puppeteer-core');
  return puppeteer.launch({ browser: name, executablePath, args });
}

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
