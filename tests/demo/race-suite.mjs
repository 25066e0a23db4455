// SPDX-License-Identifier: MIT
// The race, as a visitor meets it: numbers against the modules, and the comparison that follows.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { loadTrace } from '../../bench/lib/node.mjs';
import { siteFolder } from '../../web-demo/build.mjs';
import { bytes } from '../../web-demo/src/format.js';
import { Run } from '../../web-demo/src/engine/run.js';
import { newPage, textOf, until } from './browsers.mjs';

const ALLOCATORS = ['heaplet', 'dlmalloc', 'emmalloc', 'mimalloc'];

/** What the page's own modules report in Node after as many operations: runs are deterministic. */
async function measured(name, trace, position) {
  const module = await WebAssembly.compile(
    await readFile(path.join(siteFolder, `players/${name}.wasm`)),
  );
  const { operations, count, peakBlocks } = trace;
  const run = new Run(module, { operations, count, slots: peakBlocks });
  const { memoryBytes } = run.at(position);
  return bytes(memoryBytes);
}

export async function raceSuite({ browser, url, test }) {
  const { page, complaints } = await newPage(browser);
  await page.goto(url);

  await test('the race runs without a click and ends with a sentence of four figures', async () => {
    await until(page, () => document.documentElement.dataset.race === 'finished');
    assert.match(
      await textOf(page, '#sentence'),
      /^After [\d,]+ of 368,515 operations, with 5\.79 MiB of live data, linear memory is heaplet [\d.]+ MiB, dlmalloc [\d.]+ MiB, emmalloc [\d.]+ MiB and mimalloc [\d.]+ MiB: /,
    );
  });

  await test('each lane shows what its module has taken', async () => {
    const trace = loadTrace('lua-wasm');
    const position = Number((await textOf(page, '#moment')).split(' ')[0].replaceAll(',', ''));
    const shown = await page.$$eval('.lane-memory', (lanes) =>
      lanes.map((lane) => lane.textContent),
    );
    const expected = [];
    for (const name of ALLOCATORS) expected.push(await measured(name, trace, position));
    assert.deepEqual(shown, expected);
  });

  await test('the lanes share one scale: more memory is a longer lane', async () => {
    const lengths = await page.evaluate(() =>
      heapletDemo.session.lanes.map(({ snapshot }) => [
        snapshot.memoryBytes,
        snapshot.lane.findLastIndex((cell) => cell !== 0),
      ]),
    );
    const byMemory = [...lengths].sort((a, b) => a[0] - b[0]);
    const cells = byMemory.map(([, cell]) => cell);
    assert.deepEqual(
      cells,
      [...cells].sort((a, b) => a - b),
    );
  });

  await test('the comparison follows, with four results and the best of each column marked', async () => {
    await until(page, () => document.querySelectorAll('#compare-results tbody tr').length === 4);
    const rows = await page.$$eval('#compare-results tbody tr', (all) =>
      all.map((row) => [...row.cells].map((cell) => cell.textContent)),
    );
    assert.deepEqual(
      rows.map(([name]) => name),
      ALLOCATORS,
    );
    for (const [, cold, warm] of rows) {
      assert.ok(parseFloat(cold) > 0 && parseFloat(warm) > 0, `${cold}, ${warm}`);
    }
    for (let column = 1; column < 7; column++) {
      assert.ok(
        rows.some((row) => row[column].includes('(best)')),
        `no best in column ${column}`,
      );
    }
    assert.match(
      await textOf(page, '#sentence'),
      /The whole run in a fresh heap takes heaplet [\d.]+ ms, .*: \w+ is fastest/,
    );
  });

  await test('nothing complains', () => assert.deepEqual(complaints, []));
  await page.close();
}
