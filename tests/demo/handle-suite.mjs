// SPDX-License-Identifier: MIT
// The handles panel: the package at work in the page.

import assert from 'node:assert/strict';
import { newPage, openView, textOf, until } from './browsers.mjs';

const scene = (page, name) =>
  page.evaluate(
    (text) =>
      [...document.querySelectorAll('#handles button')].find((b) => b.textContent === text).click(),
    name,
  );
const logged = (page, text) =>
  until(page, (part) => document.querySelector('#log').textContent.includes(part), text);

export async function handleSuite({ browser, url, test }) {
  const { page, complaints } = await newPage(browser);
  await openView(page, url, '#workload=file&at=100');

  await test('a move leaves the first name empty, and the error says so', async () => {
    await scene(page, 'Moving');
    await logged(page, 'error[E0382]');
    assert.match(await textOf(page, '#log'), /b\.value→ 41/);
    assert.match(await textOf(page, '#graph'), /b: i321 strong/);
  });

  await test('borrows conflict as they do in Rust, and are drawn', async () => {
    await scene(page, 'Borrowing');
    await logged(page, 'let writer');
    const log = await textOf(page, '#log');
    assert.match(log, /error\[E0502\]/);
    assert.match(log, /error\[E0505\]/);
    assert.match(await textOf(page, '#graph'), /borrowed to write/);
  });

  await test('a cycle is drawn as one, survives dropping everything, and can be collected', async () => {
    await scene(page, 'A cycle');
    await until(page, () => document.querySelector('#graph svg')?.dataset.cycles === '1');
    assert.equal(await page.$$eval('#graph .edge.cycle', (edges) => edges.length), 3);
    await page.click('#drop-all');
    assert.match(await textOf(page, '#leaks'), /Node3.*Cycle: /);
    await page.click('#collect');
    assert.match(await textOf(page, '#leaks'), /^3 values ended/);
    assert.match(await textOf(page, '#graph'), /Nothing lives/);
  });

  await test('lines are tried by keyboard', async () => {
    await page.evaluate(() =>
      [...document.querySelectorAll('#handles button')]
        .find((b) => b.textContent === 'Start afresh')
        .click(),
    );
    await until(page, () => document.querySelector('#log').children.length === 0);
    for (const line of [
      "let r = heaplet.rc('i32', 7)",
      'let w = r.downgrade()',
      'r.drop()',
      'w.upgrade()',
      'nonsense',
    ]) {
      await page.$eval('#line', (input) => input.select());
      await page.type('#line', line);
      await page.keyboard.press('Enter');
    }
    assert.match(await textOf(page, '#log'), /w\.upgrade\(\)→ null.*nonsensethere is no nonsense/);
    await page.click('#drop-all');
    assert.match(await textOf(page, '#leaks'), /no leak/);
  });

  await test('nothing complains', () => assert.deepEqual(complaints, []));
  await page.close();
}
