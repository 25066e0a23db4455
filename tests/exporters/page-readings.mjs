// SPDX-License-Identifier: MIT
// What viewers of the browser make of a file: valgrind's page, speedscope, and DevTools as they come
// with Chromium.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { repository } from '../../scripts/run.mjs';
import { valgrindViewers } from './viewers.mjs';

/** `{text, root}` of valgrind's page; the root's numbers are the sums. */
export async function shownByDhView(browser, file) {
  const { dhView } = await valgrindViewers();
  const page = await browser.newPage();
  await page.goto(`file://${dhView}`);
  const input = await page.$('input[type=file]');
  await input.uploadFile(file);
  await page.waitForFunction(() => /At t-end/.test(document.body.innerText));
  const text = await page.evaluate(() => document.body.innerText);
  await page.close();
  return { text, root: text.replace(/ +/g, ' ').split('Allocated at', 1)[0] };
}

const grouped = (value) => value.toLocaleString('en-US');

/** How it shows an amount. */
export const dhViewLine = (label, bytes, blocks) =>
  new RegExp(`${label}: ${grouped(bytes)} bytes (\\([^)]*\\) )?in ${grouped(blocks)} blocks`);

/** speedscope, and the files `a.*` of a folder; `imported` is what it saves after importing one. */
export async function serveSpeedscope(folder) {
  const release = path.join(repository, 'node_modules/speedscope/dist/release');
  const server = createServer((request, response) => {
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
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    imported: (browser, file) => savedBySpeedscope(browser, origin, file),
    close: () => server.close(),
  };
}

async function savedBySpeedscope(browser, origin, file) {
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
  for (let attempt = 0; saved === undefined && attempt < 100; attempt++) {
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

/** The sum of one of its profiles. */
export const weightOf = ({ type, weights, endValue, startValue }) =>
  type === 'sampled' ? weights.reduce((a, b) => a + b, 0) : endValue - startValue;

/** Where Chromium keeps its DevTools. */
export const devToolsOf = (browser) =>
  `${browser.wsEndpoint().replace(/^ws:(.*)\/devtools\/.*$/, 'http:$1')}/devtools`;

/** A heap snapshot as DevTools' own worker reads it. */
export async function readByDevTools(browser, file) {
  const page = await browser.newPage();
  await page.goto(`${devToolsOf(browser)}/devtools_app.html`);
  const worker = `${devToolsOf(browser)}/entrypoints/heap_snapshot_worker`;
  const seen = await page.evaluate(parsedByDevTools, worker, readFileSync(file, 'utf8'));
  await page.close();
  return seen;
}

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
