// SPDX-License-Identifier: MIT
// What holds of the page as a whole: accessibility, size, places it can be served from, no network.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { say } from '../../scripts/run.mjs';
import { siteFolder } from '../../web-demo/build.mjs';
import { serveDemo } from '../../web-demo/serve.mjs';
import { newPage, openView, textOf, until } from './browsers.mjs';

const VIEW = '#workload=ls&at=6000';
const MOST_SCRIPT_BYTES = 150_000;

async function scripts() {
  const files = await readdir(siteFolder, { recursive: true });
  return files.filter((file) => /\.m?js$/.test(file)).map((file) => path.join(siteFolder, file));
}

/** What axe-core finds of WCAG A and AA, serious or worse. */
async function violations(page) {
  const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
  await page.evaluate(await readFile(axe, 'utf8'));
  return page.evaluate(async () => {
    const found = await axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return found.violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
  });
}

async function accessibility({ browser, url, name, test }) {
  for (const width of [1280, 390]) {
    for (const dark of [false, true]) {
      await test(`axe-core finds nothing serious, ${width} pixels wide, ${dark ? 'dark' : 'light'}`, async () => {
        const { page } = await newPage(browser, { width });
        // The page's policy forbids foreign scripts; the test brings one. Not in Firefox's protocol.
        if (name === 'chrome') await page.setBypassCSP(true);
        await openView(page, url, VIEW);
        if (dark !== (await page.evaluate(() => document.documentElement.dataset.theme === 'dark')))
          await page.click('#theme');
        await page.evaluate(() => {
          for (const details of document.querySelectorAll('details')) details.open = true;
          [...document.querySelectorAll('#handles button')]
            .find((b) => b.textContent === 'A cycle')
            .click();
        });
        await page.evaluate(() => heapletDemo.session.refresh());
        await until(page, () => document.querySelector('#graph svg') !== null);
        assert.deepEqual(await violations(page), []);
        assert.ok(
          await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
          'nothing sticks out at the side',
        );
        await page.evaluate(() => localStorage.clear());
        await page.close();
      });
    }
  }
}

async function motion({ browser, url, test }) {
  await test('reduced motion: nothing plays by itself, and the fullest moment is shown', async () => {
    const { page } = await newPage(browser);
    await page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
    await openView(page, url, '');
    const { position, peakAt } = await page.evaluate(() => ({
      position: heapletDemo.session.position,
      peakAt: heapletDemo.session.trace.peakAt,
    }));
    assert.equal(position, peakAt);
    assert.match(await textOf(page, '#sentence'), /^After 28\d,\d\d\d of/);
    await page.close();
  });

  await test('nothing moves once it is painted', async () => {
    const { page } = await newPage(browser);
    await page.evaluateOnNewDocument(() => {
      globalThis.shifts = [];
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) shifts.push(entry.value);
      }).observe({ type: 'layout-shift', buffered: true });
    });
    await openView(page, url, '');
    const { shift, paint } = await page.evaluate(() => ({
      shift: shifts.reduce((sum, value) => sum + value, 0),
      paint: performance.getEntriesByName('first-contentful-paint')[0].startTime,
    }));
    say(`first contentful paint after ${Math.round(paint)} ms; layout shift ${shift.toFixed(4)}`);
    assert.ok(shift < 0.02, `${shift}`);
    await page.close();
  });
}

async function places({ browser, test }) {
  await test('the page runs under a sub-path and without isolation, and says that it is not', async () => {
    const server = await serveDemo({ isolated: false, base: '/some/where/' });
    const { page, complaints } = await newPage(browser);
    try {
      await openView(page, server.url, VIEW);
      assert.match(await textOf(page, '#isolation'), /not cross-origin isolated/);
      assert.deepEqual(complaints, []);
    } finally {
      await page.close();
      await server.close();
    }
  });

  await test('once loaded the page needs no server, for any of its programs', async () => {
    const server = await serveDemo();
    const { page } = await newPage(browser);
    let running = true;
    try {
      await openView(page, server.url, VIEW);
      await until(page, () => document.documentElement.dataset.offline === 'ready');
      await server.close();
      running = false;
      await openView(page, server.url, '#workload=openssl&at=900');
      assert.equal(await page.evaluate(() => heapletDemo.session.trace.name), 'openssl');
      await until(page, () => document.querySelectorAll('#compare-results tbody tr').length === 4);
    } finally {
      await page.close();
      if (running) await server.close();
    }
  });
}

export async function qualitySuite(context) {
  const { name, url, browser, test } = context;
  await test('all scripts together are small', async () => {
    let sum = 0;
    for (const file of await scripts()) sum += gzipSync(await readFile(file), { level: 9 }).length;
    say(`${sum} bytes of JavaScript, by gzip`);
    assert.ok(sum < MOST_SCRIPT_BYTES, `${sum} bytes`);
  });

  await test('no request leaves the page’s own origin', async () => {
    const { page } = await newPage(browser);
    const asked = [];
    page.on('request', (request) => asked.push(request.url()));
    await openView(page, url, VIEW);
    assert.ok(asked.length > 5);
    assert.deepEqual(
      asked.filter((address) => !address.startsWith(url) && !/^(about|data|blob):/.test(address)),
      [],
    );
    await page.close();
  });

  await places(context);
  // Emulation and shifts are of Chromium's protocol; the rules are the same in both.
  if (name !== 'chrome') return;
  await accessibility(context);
  await motion(context);
}
