// SPDX-License-Identifier: MIT
// What viewers of the browser read from our files: valgrind's page, speedscope, and DevTools as they
// come with Chromium.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exportProfile, formatOf } from '../../js/sight/exporters/index.js';
import { repository } from '../../scripts/run.mjs';
import { launch } from '../demo/browsers.mjs';
import { retainedBytes } from './dominators.mjs';
import { sampleProfile } from './sample.mjs';
import { valgrindViewers } from './viewers.mjs';

const SLOW_MS = 60_000;
const { profile } = sampleProfile();
const sumOf = (key) => profile.totals.reduce((sum, total) => sum + total[key], 0);
const grouped = (value) => value.toLocaleString('en-US');

let folder;
let browser;
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'heaplet-exports-'));
  browser = await launch('chrome');
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
    const { dhView } = await valgrindViewers();
    const page = await browser.newPage();
    await page.goto(`file://${dhView}`);
    const input = await page.$('input[type=file]');
    await input.uploadFile(await written('a.dhat.json'));
    await page.waitForFunction(() => /At t-end/.test(document.body.innerText));
    const text = await page.evaluate(() => document.body.innerText);
    // The first node is the root, whose numbers are the sums.
    const root = text.replace(/ +/g, ' ').split('Allocated at', 1)[0];
    expect(root).toContain(`Total: ${grouped(sumOf('allocatedBytes'))} bytes`);
    expect(root).toContain(`in ${grouped(sumOf('allocatedBlocks'))} blocks`);
    expect(root).toMatch(shown('At t-gmax', profile.peakBytes, profile.peakBlocks));
    expect(root).toMatch(shown('At t-end', profile.liveBytes, profile.liveBlocks));
    expect(text).toContain('alloc_texture(int, int) (src/gfx.cpp:88:5)');
    await page.close();
  },
  SLOW_MS,
);

const shown = (label, bytes, blocks) =>
  new RegExp(`${label}: ${grouped(bytes)} bytes \\([^)]*\\) in ${grouped(blocks)} blocks`);

describe('speedscope', () => {
  let server;
  beforeAll(async () => {
    const release = path.join(repository, 'node_modules/speedscope/dist/release');
    server = createServer((request, response) => {
      const name = path.basename(new URL(request.url, 'http://localhost').pathname);
      const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
      try {
        const inside = name.startsWith('a.') ? folder : release;
        const body = readFileSync(path.join(inside, name));
        response.setHeader('Content-Type', types[path.extname(name)] ?? 'application/octet-stream');
        response.end(body);
      } catch {
        response.writeHead(404).end();
      }
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => server.close());

  /** What speedscope itself saves after importing one of our files. */
  async function imported(file) {
    await written(file);
    const origin = `http://127.0.0.1:${server.address().port}`;
    const page = await browser.newPage();
    await page.evaluateOnNewDocument(() => {
      const create = URL.createObjectURL;
      URL.createObjectURL = (blob) => {
        if (blob.type.includes('json')) globalThis.saved = blob.text();
        return create.call(URL, blob);
      };
      HTMLAnchorElement.prototype.click = () => {};
    });
    await page.goto(`${origin}/index.html#profileURL=${origin}/${file}`);
    await page.waitForFunction(() => /Sandwich/.test(document.body.innerText));
    await page.waitForFunction(() => !/Loading|Importing/.test(document.body.innerText));
    let saved;
    for (let attempt = 0; saved === undefined && attempt < 40; attempt++) {
      await page.keyboard.down('Control');
      await page.keyboard.press('KeyS');
      await page.keyboard.up('Control');
      saved = await page.evaluate(async () =>
        globalThis.saved ? await globalThis.saved : undefined,
      );
      if (saved === undefined) await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await page.close();
    return JSON.parse(saved);
  }
  const weight = ({ type, weights, endValue, startValue }) =>
    type === 'sampled' ? weights.reduce((a, b) => a + b, 0) : endValue - startValue;

  test(
    'imports the four values of its own format',
    async () => {
      const { profiles, shared } = await imported('a.speedscope.json');
      expect(profiles.map(weight)).toEqual(
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
      expect(profiles.map(weight)).toEqual([sumOf('liveBytes')]);
    },
    SLOW_MS,
  );
});

describe('DevTools', () => {
  const frontend = () =>
    `${browser.wsEndpoint().replace(/^ws:(.*)\/devtools\/.*$/, 'http:$1')}/devtools`;

  test(
    'read a heap snapshot: bytes and retained bytes of every block, and who retains it',
    async () => {
      const snapshot = JSON.parse(readFileSync(await written('a.heapsnapshot'), 'utf8'));
      const page = await browser.newPage();
      await page.goto(`${frontend()}/devtools_app.html`);
      const worker = `${frontend()}/entrypoints/heap_snapshot_worker`;
      const seen = await page.evaluate(parsedByDevTools, worker, JSON.stringify(snapshot));
      await page.close();

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
      const socket = `${new URL(frontend()).host}/devtools/page/${id}`;
      await page.goto(`${frontend()}/devtools_app.html?ws=${socket}&panel=heap-profiler`);
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

/** Loads a snapshot by the code that DevTools' own worker runs. */
async function parsedByDevTools(folderUrl, json) {
  const { HeapSnapshotLoader } = await import(`${folderUrl}/heap_snapshot_worker.js`);
  const secondary = new Worker(`${folderUrl}/heap_snapshot_worker-entrypoint.js`, {
    type: 'module',
  });
  await new Promise((resolve) => secondary.addEventListener('message', resolve, { once: true }));
  const channel = new MessageChannel();
  secondary.postMessage({ disposition: 'setupForSecondaryInit', objectId: 1 }, [channel.port1]);
  const status = { updateStatus() {}, updateProgress() {}, sendEvent() {} };
  const loader = new HeapSnapshotLoader.HeapSnapshotLoader(status);
  for (let at = 0; at < json.length; at += 1000) loader.write(json.slice(at, at + 1000));
  loader.close();
  const snapshot = await loader.buildSnapshot(channel.port2);
  const blocks = [];
  let third;
  for (const it = snapshot.allNodes(); it.hasNext(); it.next()) {
    const node = it.item();
    if (node.type() !== 'native') continue;
    if (blocks.length === 3) third = node.nodeIndex;
    blocks.push({
      id: node.id(),
      name: node.name(),
      bytes: node.selfSize(),
      retainedBytes: node.retainedSize(),
    });
  }
  const retainers = snapshot.createRetainingEdgesProvider(third).serializeItemsRange(0, 9).items;
  secondary.terminate();
  return {
    totalBytes: snapshot.totalSize,
    blocks,
    retainersOfThird: retainers.map(({ name, node }) => `${name} in block ${node.id}`),
  };
}

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
