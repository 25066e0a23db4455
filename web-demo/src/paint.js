// SPDX-License-Identifier: MIT
//
// Purpose: cells as pixels. Pure: bytes in, 32-bit pixels out. Each state has a colour and a
// texture, so that nobody has to tell two colours apart.

import { BUCKET, State } from './engine/cells.js';

/** Where a state's second colour goes, by the pixel's place in the whole picture. */
const TEXTURES = {
  [State.free]: (x, y) => (x + y) % 6 === 0,
  [State.cached]: (x, y) => (x - y) % 4 === 0,
  [State.untouched]: (x, y) => x % 6 === 3 && y % 6 === 3,
  [State.program]: (x, y) => (x + y) % 4 === 0 || (x - y) % 4 === 0,
  [State.mixed]: (x, y) => (x + y) % 2 === 0,
  [State.slab]: (x, y) => y % 4 === 1,
  [State.metadata]: (x, y) => x % 3 === 1,
};
const PATTERN = 12; // every texture repeats within this many pixels

/**
 * A lookup of pixels by value of a cell and place, for paint().
 * @param {(value: number) => [number, number]} coloursOf ground and texture, as 0xAABBGGRR
 * @returns {Uint32Array}
 */
export function texturesOf(coloursOf) {
  const values = BUCKET + 16;
  const lookup = new Uint32Array(values * PATTERN * PATTERN);
  for (let value = 0; value < values; value++) {
    const [ground, mark] = coloursOf(value);
    const isMarked = TEXTURES[value] ?? (() => false);
    for (let y = 0; y < PATTERN; y++) {
      for (let x = 0; x < PATTERN; x++) {
        lookup[(value * PATTERN + y) * PATTERN + x] = isMarked(x, y) ? mark : ground;
      }
    }
  }
  return lookup;
}

/**
 * @typedef {object} Grid
 * @property {number} columns
 * @property {number} rows
 * @property {number} cellWidth in pixels
 * @property {number} cellHeight
 * @property {boolean} [downFirst] whether addresses go down a column first, and not along a row
 */

/**
 * Paints `cells` into `pixels`, which has columns × cellWidth pixels a row.
 * @param {Uint8Array} cells
 * @param {Grid} grid
 * @param {Uint32Array} lookup
 * @param {Uint32Array} pixels
 */
export function paint(cells, { columns, rows, cellWidth, cellHeight, downFirst }, lookup, pixels) {
  const width = columns * cellWidth;
  for (let row = 0; row < rows; row++) {
    for (let inner = 0; inner < cellHeight; inner++) {
      const y = row * cellHeight + inner;
      const line = (y % PATTERN) * PATTERN;
      let at = y * width;
      let x = 0; // within the pattern
      for (let column = 0; column < columns; column++) {
        const cell = cells[downFirst ? column * rows + row : row * columns + column];
        const base = cell * PATTERN * PATTERN + line;
        for (const end = at + cellWidth; at < end; at++) {
          pixels[at] = lookup[base + x];
          x = x === PATTERN - 1 ? 0 : x + 1;
        }
      }
    }
  }
}
