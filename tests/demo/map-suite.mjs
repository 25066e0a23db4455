// SPDX-License-Identifier: MIT
// The heap map and the timeline: what is painted, and every way to move in them.

import assert from 'node:assert/strict';
import { newPage, openView, textOf, until } from './browsers.mjs';

/** How many cells of the canvas look like each state, by the legend's own textures. */
function paintedCounts() {
  const { map, session } = heapletDemo;
  const { grid, cells } = map.painted;
  const canvas = document.querySelector('#map-cells');
  const pixels = new Uint32Array(
    canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer,
  );
  const lookup = map.page.palette(map.colour);
  const looksLike = (column, row, state) => {
    for (let y = row * grid.cellHeight; y < (row + 1) * grid.cellHeight; y++) {
      for (let x = column * grid.cellWidth; x < (column + 1) * grid.cellWidth; x++) {
        if (pixels[y * canvas.width + x] !== lookup[(state * 12 + (y % 12)) * 12 + (x % 12)])
          return false;
      }
    }
    return true;
  };
  const states = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const painted = states.map(() => 0);
  for (let row = 0; row < grid.rows; row++) {
    for (let column = 0; column < grid.columns; column++) {
      const [state, ...others] = states.filter((candidate) => looksLike(column, row, candidate));
      if (state === undefined || others.length > 0)
        throw new Error(`cell ${column}, ${row} looks like ${[state, ...others]}`);
      painted[state]++;
    }
  }
  const { from, zoom, columns, rows } = map.view;
  const wanted = { from, cellBytes: 2 ** zoom, count: columns * rows };
  const lane = session.lane(map.page.subject());
  return lane.caller
    .call('snapshot', { position: Math.floor(session.position), map: wanted })
    .then((snapshot) => ({
      painted,
      counted: states.map((state) => snapshot.map.filter((cell) => cell === state).length),
    }))
    .finally(() => session.refresh());
}

const view = (page) => page.evaluate(() => heapletDemo.map.view);
const shows = (page, zoom) =>
  until(
    page,
    (wanted) =>
      heapletDemo.map.view.zoom === wanted &&
      heapletDemo.session.lanes.every(({ caller }) => caller.pending === 0),
    zoom,
  );
const card = (page) => page.$eval('#block', (list) => list.innerText);

async function chartBox(page) {
  const chart = await page.$('#timeline-chart .u-over');
  await chart.evaluate((element) => element.scrollIntoView({ block: 'center' }));
  return chart.boundingBox();
}

export async function mapSuite({ browser, url, test }) {
  const { page, complaints } = await newPage(browser, { height: 1400 });
  await openView(page, url, '#workload=ls&at=6000');

  for (const allocator of ['heaplet', 'dlmalloc', 'mimalloc']) {
    await test(`what is painted of ${allocator} is what the snapshot counts`, async () => {
      await page.evaluate(
        (name) =>
          [...document.querySelectorAll('.lane-name')].find((b) => b.textContent === name).click(),
        allocator,
      );
      await until(
        page,
        (name) =>
          document.querySelector('#map-cells').getAttribute('aria-label')?.startsWith(`${name},`),
        allocator,
      );
      const { painted, counted } = await page.evaluate(paintedCounts);
      assert.deepEqual(painted, counted);
      assert.ok(painted[1] + painted[2] + painted[3] > 0, 'something is live');
    });
  }
  await page.evaluate(() => document.querySelector('.lane-name').click());
  await until(page, () => {
    const { session, map } = heapletDemo;
    const label = document.querySelector('#map-cells').getAttribute('aria-label');
    const { columns, rows } = map.view;
    return (
      label.startsWith('heaplet,') &&
      session.lane('heaplet').snapshot.map?.length === columns * rows &&
      session.lane('heaplet').series?.samples.at(-1)[0] === session.trace.count
    );
  });

  await test('the map zooms to a block and back by keyboard, and tells what is there', async () => {
    const { zoom: fit } = await view(page);
    await page.focus('#map-cells');
    await page.keyboard.press('End');
    await page.keyboard.press('Home');
    for (let step = 0; step < 12; step++) await page.keyboard.press('PageDown');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('+');
    await page.keyboard.press('+');
    await shows(page, fit - 2);
    await until(page, () => /Address/.test(document.querySelector('#block').innerText));
    await page.keyboard.press('Enter');
    await page.keyboard.press('0');
    await shows(page, fit);
    await page.keyboard.press('Escape');
    await until(page, () => /Point at a cell/.test(document.querySelector('#block').innerText));
  });

  await test('the block under the pointer is the one the worker knows there', async () => {
    const places = await page.evaluate(async () => {
      const { session, map } = heapletDemo;
      const lane = session.lane('heaplet');
      const cell = map.painted.cells.findIndex((value) => value === 1 || value === 2);
      const { from, zoom, columns } = map.view;
      const box = document.querySelector('#map-cells').getBoundingClientRect();
      const size = map.painted.grid.cellWidth;
      const block = await lane.caller.call('blockIn', {
        position: Math.floor(session.position),
        address: from + cell * 2 ** zoom,
        cellBytes: 2 ** zoom,
      });
      return {
        block,
        x: box.x + ((cell % columns) + 0.5) * size,
        y: box.y + (Math.floor(cell / columns) + 0.5) * size,
      };
    });
    await page.mouse.move(places.x, places.y);
    const address = `0x${places.block.address.toString(16).padStart(6, '0')}`;
    await until(page, (text) => document.querySelector('#block').innerText.includes(text), address);
    const text = await card(page);
    assert.match(text, /live/);
    assert.match(text, new RegExp(`${places.block.call}, operation`));
  });

  await test('the map zooms by wheel and by button once it is chosen, and its colours change', async () => {
    const { zoom: fit } = await view(page);
    const box = await (await page.$('#map-cells')).boundingBox();
    await page.mouse.click(box.x + 50, box.y + 20);
    await page.mouse.wheel({ deltaY: -100 });
    await shows(page, fit - 1);
    await page.click('[aria-label="Zoom in"]');
    await shows(page, fit - 2);
    await page.click('[aria-label="Zoom out"]');
    await shows(page, fit - 1);
    for (const colour of ['class', 'age', 'state']) {
      await page.select('#map-colour', colour);
      const first = { class: /Size:/, age: /Age/, state: /live/ }[colour];
      assert.match(await textOf(page, '#map-legend'), first);
    }
    await page.click('[aria-label="Show all of memory"]');
    await shows(page, fit);
  });

  await test('a drag over the timeline makes a window, keys and buttons move in it', async () => {
    const all = await textOf(page, '#timeline-window');
    assert.match(all, /^Operations 0 to 8,897: /);
    const box = await chartBox(page);
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width * 0.25, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, y, { steps: 4 });
    await page.mouse.up();
    await until(
      page,
      (before) => document.querySelector('#timeline-window').textContent !== before,
      all,
    );
    assert.match(await textOf(page, '#timeline-window'), /^Operations 2,\d\d\d to 4,4\d\d: /);

    await page.focus('#timeline-chart');
    const position = () => page.evaluate(() => Math.floor(heapletDemo.session.position));
    const before = await position();
    await page.keyboard.press('ArrowRight');
    assert.ok((await position()) > before);
    await page.keyboard.press('ArrowLeft');
    assert.equal(await position(), before);
    await page.keyboard.press('0');
    await until(
      page,
      (text) => document.querySelector('#timeline-window').textContent === text,
      all,
    );
  });

  await test('a click on the timeline goes to that moment, and growths are found from there', async () => {
    const box = await chartBox(page);
    await page.mouse.click(box.x + 2, box.y + box.height / 2);
    const position = () => page.evaluate(() => Math.floor(heapletDemo.session.position));
    assert.ok((await position()) < 100);
    await page.focus('#timeline-chart');
    await page.keyboard.press('g');
    const first = await position();
    const growths = await page.evaluate(() =>
      heapletDemo.session.lane('heaplet').series.growths.map(({ at }) => at + 1),
    );
    assert.ok(growths.includes(first), `${first} is not among ${growths}`);
  });

  await test('nothing complains', () => assert.deepEqual(complaints, []));
  await page.close();
}
