// SPDX-License-Identifier: MIT
// The moment, the workloads and the links.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { TraceWriter } from '../../js/sight/trace.js';
import { newPage, openView, textOf, until } from './browsers.mjs';

const position = (page) => page.evaluate(() => Math.floor(heapletDemo.session.position));
const opened = (page, operations) =>
  until(
    page,
    (count) =>
      heapletDemo.session.trace?.count === count &&
      document.documentElement.dataset.race === 'finished',
    operations,
  );

function ownTrace() {
  const writer = new TraceWriter({ name: 'a program of mine' });
  const blocks = [];
  writer.tag('reader');
  for (let n = 0; n < 300; n++) blocks.push(writer.malloc(100 + n));
  writer.tag('index');
  for (let n = 0; n < 300; n += 2) writer.free(blocks[n]);
  for (let n = 0; n < 60; n++) writer.malloc(5000);
  return writer.finish();
}

export async function controlSuite({ browser, url, test }) {
  const { page, complaints } = await newPage(browser);
  const start = 4000;
  await openView(page, url, `#workload=ls&at=${start}&allocator=dlmalloc`);

  await test('a link shows its workload, allocator and moment', async () => {
    assert.equal(await position(page), start);
    assert.equal(
      await page.$eval('.lane-name[aria-pressed="true"]', (button) => button.textContent),
      'dlmalloc',
    );
    assert.equal(await page.$eval('#recorded', (select) => select.value), 'ls');
  });

  await test('the moment moves by button, by slider and by key, and the link with it', async () => {
    await page.click('#step');
    await page.click('#step');
    await page.click('#step-back');
    assert.equal(await position(page), start + 1);
    await page.focus('#scrub');
    await page.keyboard.press('ArrowRight');
    assert.equal(await position(page), start + 2);
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press('.');
    await page.keyboard.press('.');
    await page.keyboard.press(',');
    assert.equal(await position(page), start + 3);
    assert.match(
      await page.evaluate(() => location.hash),
      /workload=ls&allocator=dlmalloc&at=4003/,
    );
    await until(page, () =>
      heapletDemo.session.lanes.every(({ snapshot }) => snapshot.position === 4003),
    );
  });

  await test('space plays and pauses, at the speed that is chosen', async () => {
    await page.select('#speed', '1000');
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press(' ');
    await until(page, () => heapletDemo.session.position > 4200);
    await page.keyboard.press(' ');
    const paused = await position(page);
    assert.ok(paused < 7000, `${paused}`);
    await page.click('#play');
    assert.equal(await textOf(page, '#play'), 'Pause');
    await page.click('#play');
    assert.equal(await textOf(page, '#play'), 'Play');
  });

  await test('reset goes to the beginning; a refused growth is counted and the run goes on', async () => {
    await page.click('#reset');
    await until(page, () =>
      heapletDemo.session.lanes.every(({ snapshot }) => snapshot.position === 0),
    );
    const before = await page.evaluate(
      () => heapletDemo.session.lane('dlmalloc').snapshot.memoryBytes,
    );
    await page.click('#refuse');
    await page.evaluate(() => heapletDemo.session.seek(8897));
    await until(page, () =>
      heapletDemo.session.lanes.every(({ snapshot }) => snapshot.position === 8897),
    );
    for (const name of ['heaplet', 'dlmalloc', 'emmalloc', 'mimalloc']) {
      const { refused, memoryBytes } = await page.evaluate(
        (lane) => heapletDemo.session.lane(lane).snapshot,
        name,
      );
      assert.ok(refused > 0 && memoryBytes > before, `${name}: ${refused} refused, ${memoryBytes}`);
    }
    assert.match(await textOf(page, '.lane-detail'), /\d refused/);
    await page.click('#reset');
  });

  await test('lanes are chosen and the scale fitted by keyboard', async () => {
    await page.focus('.lane-name');
    await page.keyboard.press('Enter');
    assert.equal(
      await page.$eval('.lane-name[aria-pressed="true"]', (button) => button.textContent),
      'heaplet',
    );
    await page.focus('#fit-all');
    await page.keyboard.press(' ');
    await until(page, () =>
      [...document.querySelectorAll('.beyond')].every((label) => label.hidden),
    );
    await page.keyboard.press(' ');
  });

  await test('a pattern is made from its parameters, and bad ones are refused', async () => {
    await page.click('#kind-pattern');
    await page.select('#pattern', 'comb');
    const set = (id, value) =>
      page.$eval(
        id,
        (input, text) => {
          input.value = text;
          input.dispatchEvent(new Event('input'));
        },
        value,
      );
    await set('#pattern-count', '0');
    assert.match(
      await page.$eval('#pattern-count', (input) => input.validationMessage),
      /^count must be/,
    );
    await set('#pattern-count', '1000');
    await page.click('#make-pattern');
    await opened(page, 1000 + 500 + 250);
    assert.match(
      await page.evaluate(() => location.hash),
      /workload=pattern%3Acomb.*seed=1&size=64&count=1000/,
    );
  });

  await test('a script of the visitor’s runs in Lua, is recorded and raced', async () => {
    await page.click('#kind-run');
    await page.$eval('#script', (area) => {
      area.value =
        "local t = {} for i = 1, 2000 do t[i] = ('x'):rep(i % 50) .. i end print('made ' .. #t)";
    });
    await page.click('#run-program');
    await until(
      page,
      () =>
        heapletDemo.session.trace?.name === 'script.lua' &&
        document.documentElement.dataset.race === 'finished',
    );
    assert.equal(await textOf(page, '#output'), 'made 2000');
    assert.ok((await page.evaluate(() => heapletDemo.session.trace.count)) > 4000);
  });

  await test('the programs’ own examples run in SQLite and QuickJS', async () => {
    for (const [program, said] of [
      ['sqlite', /left\|13334/],
      ['quickjs', /round 3 \d+ people/],
    ]) {
      await page.select('#program', program);
      await page.click('#run-program');
      await until(
        page,
        (text) => new RegExp(text).test(document.querySelector('#output').textContent),
        said.source,
      );
    }
    await page.evaluate(() => heapletDemo.session.pause());
  });

  await test('a trace file plays, with its call sites', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'heaplet-demo-'));
    try {
      const file = path.join(folder, 'mine.trace');
      await writeFile(file, ownTrace());
      await page.click('#kind-file');
      await (await page.$('#trace-file')).uploadFile(file);
      await opened(page, 510);
      assert.match(await textOf(page, '.status'), /^a program of mine.*: 510 operations/);
      await page.select('#map-colour', 'site');
      assert.match(await textOf(page, '#map-legend'), /Call site:indexreader/);
      await until(page, () => document.querySelectorAll('#compare-results tbody tr').length === 4);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  await test('a dropped file that is no trace is refused with the reason, and the page goes on', async () => {
    await page.evaluate(() => {
      const data = new DataTransfer();
      data.items.add(new File(['not a trace'], 'x.trace'));
      document.body.dispatchEvent(
        new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }),
      );
    });
    await until(page, () =>
      /not a heaplet trace/.test(document.querySelector('.status').textContent),
    );
    assert.equal(await page.evaluate(() => heapletDemo.session.trace.count), 510);
  });

  await test('nothing complains', () => assert.deepEqual(complaints, []));
  await page.close();
}
