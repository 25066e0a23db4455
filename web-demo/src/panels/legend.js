// SPDX-License-Identifier: MIT
// Legends: each entry a swatch in the colour and the texture of the cells.

import { AGE_BOUNDS, BUCKET, CLASS_BOUNDS } from '../engine/cells.js';
import { element } from '../dom.js';
import { bytes, count } from '../format.js';
import { paint } from '../paint.js';
import { STATES, bucketsOf, readPalette } from '../palette.js';

const SWATCH = { columns: 1, rows: 1, cellWidth: 18, cellHeight: 12 };

function swatch(value, palette) {
  const canvas = element('canvas', { width: SWATCH.cellWidth, height: SWATCH.cellHeight });
  canvas.setAttribute('aria-hidden', 'true');
  const context = canvas.getContext('2d');
  const image = context.createImageData(canvas.width, canvas.height);
  paint(new Uint8Array([value]), SWATCH, palette, new Uint32Array(image.data.buffer));
  context.putImageData(image, 0, 0);
  return canvas;
}

/**
 * Fills `list` with the states.
 * @returns {Array<[number, HTMLElement]>} for each state where its amount may be written
 */
export function stateLegend(list) {
  const palette = readPalette();
  const amounts = STATES.map(({ state }) => [state, element('span', { className: 'amount' })]);
  list.replaceChildren(
    ...STATES.map(({ state, words }, index) =>
      element('li', {}, swatch(state, palette), element('span', {}, words), amounts[index][1]),
    ),
  );
  return amounts;
}

const upTo = {
  class: (bound, before) => (bound === Infinity ? `over ${bytes(before)}` : `to ${bytes(bound)}`),
  age: (bound, before) => (bound === Infinity ? `over ${count(before)}` : `to ${count(bound)}`),
};

/** Fills `list` with what the colours of live cells mean. */
export function bucketLegend(list, colour, sites) {
  const palette = readPalette(colour);
  const bounds = colour === 'age' ? AGE_BOUNDS : CLASS_BOUNDS;
  const words =
    colour === 'site'
      ? [...sites.slice(0, bucketsOf('site') - 1), 'others']
      : bounds.map((bound, index) => upTo[colour](bound, bounds[index - 1]));
  const title = { class: 'Size:', age: 'Age in operations:', site: 'Call site:' }[colour];
  list.replaceChildren(
    element('li', {}, title),
    ...words.map((text, index) => element('li', {}, swatch(BUCKET + index, palette), text)),
  );
}
