// SPDX-License-Identifier: MIT
//
// The heap map as arithmetic: which addresses a view shows, where a block lies in it, what the cells
// amount to. A view is `{from, zoom, columns, rows}`: a cell is 2^zoom bytes, addresses go along the
// rows, and `from` begins a row.

import { BUCKET, State } from '../engine/cells.js';
import { address as hex, bytes, count } from '../format.js';

/** A cell of the closest view: less than any block. */
export const LEAST_ZOOM = 2;
const MOST_ZOOM = 26;

export const cellBytes = ({ zoom }) => 2 ** zoom;
export const rowBytes = (view) => view.columns * cellBytes(view);
export const viewBytes = (view) => view.rows * rowBytes(view);

/** The zoom at which `memoryBytes` just fit. */
export function fitZoom(memoryBytes, columns, rows) {
  let zoom = LEAST_ZOOM;
  while (2 ** zoom * columns * rows < memoryBytes && zoom < MOST_ZOOM) zoom++;
  return zoom;
}

/** The view with its beginning on a row, and within memory. */
export function placed(view, from, memoryBytes) {
  const row = rowBytes(view);
  const last = Math.max(0, Math.ceil((memoryBytes - viewBytes(view)) / row) * row);
  return { ...view, from: Math.min(Math.max(0, Math.floor(from / row) * row), last) };
}

/** Another zoom, with `address` in the row where it was. */
export function zoomedAt(view, address, steps, memoryBytes) {
  const fit = fitZoom(memoryBytes, view.columns, view.rows);
  const zoom = Math.max(LEAST_ZOOM, Math.min(view.zoom - steps, fit));
  const row = Math.floor((address - view.from) / rowBytes(view));
  const next = { ...view, zoom };
  return placed(next, address - row * rowBytes(next), memoryBytes);
}

/** The view moved so that `address` is in it. */
export function showing(view, address, memoryBytes) {
  if (address < view.from) return placed(view, address, memoryBytes);
  const beyond = address - (view.from + viewBytes(view));
  return beyond < 0 ? view : placed(view, view.from + beyond + rowBytes(view), memoryBytes);
}

export const cellOf = (view, address) => Math.floor((address - view.from) / cellBytes(view));
export const addressOf = (view, cell) => view.from + cell * cellBytes(view);

/**
 * The rectangles that outline `bytes` at `address`: one, or up to three where they go over rows.
 * @returns {Array<{column: number, row: number, columns: number, rows: number}>} in cells
 */
export function outline(view, address, length) {
  const { columns, rows } = view;
  const first = Math.max(0, cellOf(view, address));
  const last = Math.min(columns * rows - 1, cellOf(view, address + Math.max(length, 1) - 1));
  if (last < first) return [];
  const [top, bottom] = [Math.floor(first / columns), Math.floor(last / columns)];
  const [left, right] = [first % columns, last % columns];
  if (top === bottom) return [{ column: left, row: top, columns: right - left + 1, rows: 1 }];
  const parts = [{ column: left, row: top, columns: columns - left, rows: 1 }];
  if (bottom - top > 1) parts.push({ column: 0, row: top + 1, columns, rows: bottom - top - 1 });
  parts.push({ column: 0, row: bottom, columns: right + 1, rows: 1 });
  return parts;
}

/** Cells by state, live ones of all colours together. @param {number[]} counts by value */
export function byState(counts) {
  const sums = new Array(BUCKET).fill(0);
  counts.forEach((amount, value) => {
    sums[value < BUCKET ? value : State.live] += amount;
  });
  return sums;
}

/** One sentence for those who do not see the cells. */
export function summary(name, view, counts, states) {
  const sums = byState(counts);
  const inside = sums.reduce((sum, amount) => sum + amount, 0) - sums[State.outside];
  if (inside === 0) return `${name}: no memory in this view`;
  const parts = states
    .filter(({ state }) => sums[state] > 0)
    .map(({ state, words }) => `${((sums[state] / inside) * 100).toFixed(1)} % ${words}`);
  const end = view.from + viewBytes(view);
  return `${name}, ${hex(view.from)} to ${hex(end)}, ${bytes(cellBytes(view))} a cell: ${parts.join('; ')}.`;
}

const WORDS = {
  live: 'live',
  free: 'free',
  cached: 'free, kept in a slab',
  metadata: 'metadata of the heap',
  untouched: 'never touched',
  'not live': 'not live: free, or the allocator’s own',
  program: 'stack and statics of the program',
  outside: 'beyond the end of memory',
};

/**
 * What is known of a block, as pairs of name and text.
 * @param {object} block as the engine's blockAt() gives it
 * @param {string} [site] what asked for it, when the trace says
 */
export function describe(block, site) {
  const rows = [
    ['Address', hex(block.address)],
    ['State', WORDS[block.state] + (block.inSlab && block.state === 'live' ? ', in a slab' : '')],
  ];
  if (block.requested !== undefined) {
    const more = block.bytes - block.requested;
    rows.push(['Size', `${bytes(block.requested)}${more > 0 ? ` + ${more} B of rounding` : ''}`]);
    rows.push(['Asked for by', `${block.call}, operation ${count(block.birth + 1)}`]);
    rows.push(['Age', `${count(block.age)} operations`]);
    rows.push(['Slot', count(block.slot)]);
    if (site) rows.push(['Call site', site]);
  } else if (block.bytes !== undefined) rows.push(['Size', bytes(block.bytes)]);
  return rows;
}
