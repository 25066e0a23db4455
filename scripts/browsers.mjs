// SPDX-License-Identifier: MIT
// The browsers of this machine, driven by puppeteer.

import { nodeModules } from './node-modules.mjs';
import { ScriptError, which } from './run.mjs';

const BROWSERS = {
  chrome: {
    programs: ['chromium', 'google-chrome', 'chrome'],
    // And quiet: no network of its own while something is tested or timed.
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
  firefox: { programs: ['firefox-esr', 'firefox'], args: [] },
};

export const BROWSER_NAMES = Object.keys(BROWSERS);

/** The path of one of BROWSER_NAMES, or undefined. */
export function findBrowser(name) {
  return BROWSERS[name].programs.map((program) => which(program)).find(Boolean);
}

/** Starts one of BROWSER_NAMES without a window; `options` are puppeteer's. The caller closes it. */
export async function launchBrowser(name, options = {}) {
  await nodeModules();
  const { default: puppeteer } = await import('puppeteer-core');
  const { programs, args } = BROWSERS[name];
  const executablePath = findBrowser(name);
  if (!executablePath) throw new ScriptError(`${name} is not on PATH`, `install ${programs[0]}`);
  return puppeteer.launch({ browser: name, executablePath, args, ...options });
}
