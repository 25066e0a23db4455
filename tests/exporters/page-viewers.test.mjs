// SPDX-License-Identifier: MIT
// What viewers of the browser read from our files: valgrind's page, speedscope, and DevTools as they
// come with Chromium.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exportProfile, formatOf } from '../../js/sight/exporters/index.js';
import { launchBrowser } from '../../scripts/browsers.mjs';
import { retainedBytes } from './dominators.mjs';
import {
  devToolsOf,
  dhViewLine,
  readByDevTools,
  serveSpeedscope,
  shownByDhView,
  weightOf,
} from './page-readings.mjs';
import { sampleProfile } from './sample.mjs';

const SLOW_MS = 60_000;
const { profile } = sampleProfile();
const sumOf = (key) => profile.totals.reduce((sum, total) => sum + total[key], 0);
const grouped = (value) => value.toLocaleString('en-US');

let folder;
let browser;
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'heaplet-exports-'));
  browser = await launchBrowser('chrome');
}, SLOW_MS);
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

async function written(file) {
  const name = path.join(folder, file);
  writeFileSync(name, await exportProfile(profile, formatOf({ file })));
  return name;
}

test(
  "valgrind's dh_view.html shows totals, the peak and the end",
  async () => {
    const { text, root } = await shownByDhView(browser, await written('a.dhat.json'));
    expect(root).toContain(`Total: ${grouped(sumOf('allocatedBytes'))} bytes`);
    expect(root).toContain(`in ${grouped(sumOf('allocatedBlocks'))} blocks`);
    expect(root).toMatch(dhViewLine('At t-gmax', profile.peakBytes, profile.peakBlocks));
    expect(root).toMatch(dhViewLine('At t-end', profile.liveBytes, profile.liveBlocks));
    expect(text).toContain('alloc_texture(int, int) (src/gfx.cpp:88:5)');
  },
  SLOW_MS,
);

describe('speedscope', () => {
  let speedscope;
  beforeAll(async () => {
    speedscope = await serveSpeedscope(folder);
  });
  afterAll(() => speedscope.close());

  const imported = async (file) => {
    await written(file);
    return speedscope.imported(browser, file);
  };

  test(
    'imports the four values of its own format',
    async () => {
      const { profiles, shared } = await imported('a.speedscope.json');
      expect(profiles.map(weightOf)).toEqual(
        ['liveBytes', 'peakBytes', 'allocatedBytes', 'allocatedBlocks'].map(sumOf),
      );
      expect(profiles.map(({ unit }) => unit)).toEqual(['bytes', 'bytes', 'bytes', 'none']);
      const texture = shared.frames.find(({ name }) => name === 'alloc_texture(int, int)');
      expect(texture).toMatchObject({ file: 'src/gfx.cpp', line: 88 });
    },
    SLOW_MS,
  );

  test.each(['a.pb.gz', 'a.heapprofile', 'a.folded'])(
    'imports the live bytes of %s',
    async (file) => {
      const { profiles } = await imported(file);
      expect(profiles.map(weightOf)).toEqual([sumOf('liveBytes')]);
    },
    SLOW_MS,
  );
});

describe('DevTools', () => {
  test(
    'read a heap snapshot: bytes and retained bytes of every block, and who retains it',
    async () => {
      const seen = await readByDevTools(browser, await written('a.heapsnapshot'));
      const { blocks, references, liveBytes } = profile.snapshots.at(-1);
      expect(seen.totalBytes).toBe(liveBytes);
      const bySerial = new Map(blocks.map((block, index) => [block.serial * 2 + 5, index]));
      const retained = retainedBytes(blocks, references);
      expect(seen.blocks).toHaveLength(blocks.length);
      for (const { id, bytes, retainedBytes: found } of seen.blocks) {
        const index = bySerial.get(id);
        expect([bytes, found]).toEqual([blocks[index].bytes, retained[index]]);
      }
      const names = new Set(seen.blocks.map(({ name }) => name));
      expect(names).toContain('alloc_texture(int, int) (src/gfx.cpp:88)');
      expect(seen.retainersOfThird).toEqual([`+0x0 in block ${blocks[1].serial * 2 + 5}`]);
    },
    SLOW_MS,
  );

  test(
    'open an allocation profile in the Memory panel',
    async () => {
      const file = await written('a.heapprofile');
      const target = await browser.newPage();
      const page = await browser.newPage();
      const id = target.target()._targetId;
      const socket = `${new URL(devToolsOf(browser)).host}/devtools/page/${id}`;
      await page.goto(`${devToolsOf(browser)}/devtools_app.html?ws=${socket}&panel=heap-profiler`);
      const chooserHandle = await page.waitForFunction(fileChooser, { polling: 100 });
      await chooserHandle.asElement().uploadFile(file);
      const loaded = await page.waitForFunction(placeOfText, { polling: 100 }, '(Loaded)');
      await page.mouse.click(...(await loaded.jsonValue()));
      await page.waitForFunction(deepText, { polling: 100 }, 'gfx.cpp:88');
      const shownText = await page.evaluate(deepText, 'alloc_texture(int, int)');
      const text = shownText.replace(/\s+/g, ' '); // some of its spaces are not to be broken
      const texture = profile.totals.filter(({ stack }) => profile.stacks[stack][0] === 3);
      const bytes = texture.reduce((sum, { liveBytes }) => sum + liveBytes, 0);
      expect(bytes).toBeLessThan(1000); // larger sizes are shown in rounded kB
      expect(text).toMatch(new RegExp(` ${bytes} B [\\d.]+ % alloc_texture`));
      await page.close();
      await target.close();
    },
    SLOW_MS,
  );
});

// What follows runs in the page.

function fileChooser() {
  const search = (root) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.matches('input[type=file]')) return element;
      const inner = element.shadowRoot && search(element.shadowRoot);
      if (inner) return inner;
    }
    return null;
  };
  return search(document);
}

/** Where an element with this text is: `[x, y]`. */
function placeOfText(part) {
  const search = (root) => {
    for (const element of root.querySelectorAll('*')) {
      const inner = element.shadowRoot && search(element.shadowRoot);
      if (inner) return inner;
      const own = [...element.childNodes].some(
        ({ nodeType, data }) => nodeType === Node.TEXT_NODE && data.includes(part),
      );
      if (!own) continue;
      const { x, y, width, height } = element.getBoundingClientRect();
      if (width > 0) return [x + width / 2, y + height / 2];
    }
    return null;
  };
  return search(document);
}

/** All text of the page, shadow trees included, if it has `part`. */
function deepText(part) {
  let text = '';
  const walk = (node) => {
    if (node.nodeName === 'STYLE') return;
    if (node.nodeType === Node.TEXT_NODE) text += `${node.data} `;
    if (node.shadowRoot) walk(node.shadowRoot);
    for (const child of node.childNodes) walk(child);
  };
  walk(document.body);
  return text.includes(part) && text;
}
