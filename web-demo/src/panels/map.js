// SPDX-License-Identifier: MIT
//
// The heap map on the page. A canvas of cells, another over it for the cursor and the block under it.
// The worker makes the cells; here they are only coloured.

import { countCells } from '../engine/cells.js';
import { element, find, setText, table } from '../dom.js';
import { address as hex, bytes, count } from '../format.js';
import { paint } from '../paint.js';
import { STATES } from '../palette.js';
import {
  addressOf,
  byState,
  cellBytes,
  cellOf,
  describe,
  fitZoom,
  placed,
  rowBytes,
  showing,
  summary,
  zoomedAt,
} from './map-view.js';
import { bucketLegend, stateLegend } from './legend.js';
import { drawOutline } from './map-outline.js';

const ROWS = 96;
const KEYS =
  'Arrow keys move, plus and minus zoom, 0 shows all, Enter holds a block, Escape lets go.';

export class HeapMap {
  /** @type {{from: number, zoom: number, columns: number, rows: number}} */
  view = { from: 0, zoom: 12, columns: 256, rows: ROWS };
  colour = 'state';
  #cell = 4;
  #fitted = true;
  #cursor = null;
  #held = false;
  #block = null;
  #asking = false;
  #counts = countCells(new Uint8Array(0));

  /**
   * @param {import('../session.js').Session} session
   * @param {{palette: (colour: string) => Uint32Array, subject: () => string, onView: () => void,
   *   sites: () => string[]}} page
   */
  constructor(session, page) {
    this.session = session;
    this.page = page;
    this.#build(find('#map-body'));
    session.addEventListener('open', () => this.#open());
    session.addEventListener('lane', ({ detail }) => {
      if (detail.name === page.subject()) this.#show(detail.snapshot);
    });
    new ResizeObserver(() => this.#measure()).observe(this.frame);
    this.#measure();
  }

  /** What the subject's worker is asked for. */
  wanted() {
    const { from, columns, rows } = this.view;
    return { from, cellBytes: cellBytes(this.view), count: columns * rows, colour: this.colour };
  }

  /** Shows what a link asks for. */
  restore({ from, zoom, colour }) {
    if (colour && [...this.select.options].some(({ value }) => value === colour)) {
      this.select.value = this.colour = colour;
    }
    if (zoom === undefined) return;
    this.#fitted = false;
    this.view = { ...this.view, zoom, from: from ?? 0 };
  }

  /** The part of a link that shows the same again. */
  get link() {
    const colour = this.colour === 'state' ? undefined : this.colour;
    return this.#fitted ? { colour } : { colour, from: this.view.from, zoom: this.view.zoom };
  }

  /** Another allocator is shown. */
  subject() {
    if (this.#fitted) this.#fit();
  }

  repaint() {
    const snapshot = this.session.lane(this.page.subject()).snapshot;
    this.#legend();
    if (snapshot) this.#show(snapshot);
  }

  #build(body) {
    const button = (text, label, onclick) =>
      element('button', { type: 'button', 'aria-label': label, title: label, onclick }, text);
    this.select = element(
      'select',
      { id: 'map-colour', onchange: ({ target }) => this.#recolour(target.value) },
      element('option', { value: 'state' }, 'state'),
      element('option', { value: 'class' }, 'size'),
      element('option', { value: 'age' }, 'age'),
      (this.siteOption = element('option', { value: 'site' }, 'call site')),
    );
    this.where = element('span', { className: 'where' });
    this.canvas = element('canvas', {
      id: 'map-cells',
      tabIndex: 0,
      role: 'application',
      'aria-roledescription': 'heap map',
      'aria-describedby': 'map-keys',
    });
    this.overlay = element('canvas', { className: 'overlay', 'aria-hidden': 'true' });
    this.frame = element('div', { className: 'map-frame' }, this.canvas, this.overlay);
    this.card = element('dl', { className: 'card', id: 'block', 'aria-live': 'polite' });
    this.legend = element('ul', { className: 'legend', id: 'map-legend' });
    this.numbers = element('div', {
      className: 'scroll',
      tabIndex: 0,
      role: 'region',
      'aria-label': 'Cells of the map as a table',
    });
    body.append(
      element(
        'div',
        { className: 'tools' },
        element('label', {}, 'Colour live memory by ', this.select),
        button('+', 'Zoom in', () => this.#zoom(1)),
        button('−', 'Zoom out', () => this.#zoom(-1)),
        button('Show all', 'Show all of memory', () => this.#fit()),
        this.where,
      ),
      element('div', { className: 'map-and-card' }, this.frame, this.card),
      this.legend,
      element('p', { className: 'hint', id: 'map-keys' }, KEYS),
      element('details', {}, element('summary', {}, 'The map as a table'), this.numbers),
    );
    this.#listen();
    this.#describe(null);
  }

  #listen() {
    const { canvas } = this;
    canvas.addEventListener('pointermove', (event) => {
      if (event.buttons === 1 && this.drag) return this.#pan(event);
      if (!this.#held) this.#point(this.#cellAt(event));
    });
    canvas.addEventListener('pointerdown', (event) => {
      this.drag = { y: event.clientY, from: this.view.from, moved: false };
    });
    canvas.addEventListener('click', (event) => {
      if (this.drag?.moved) return;
      this.#point(this.#cellAt(event));
      this.#held = true;
    });
    canvas.addEventListener('pointerleave', () => {
      if (!this.#held && document.activeElement !== canvas) this.#point(null);
    });
    canvas.addEventListener('dblclick', () => this.#zoom(2));
    canvas.addEventListener(
      'wheel',
      (event) => {
        // The page scrolls unless the map was chosen first.
        if (document.activeElement !== canvas && !event.ctrlKey) return;
        event.preventDefault();
        this.#point(this.#cellAt(event));
        this.#zoom(event.deltaY < 0 ? 1 : -1);
      },
      { passive: false },
    );
    canvas.addEventListener('keydown', (event) => this.#key(event));
  }

  #key(event) {
    const { columns, rows } = this.view;
    const moves = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -columns,
      ArrowDown: columns,
      PageUp: -columns * (rows >> 2),
      PageDown: columns * (rows >> 2),
    };
    const actions = {
      '+': () => this.#zoom(1),
      '=': () => this.#zoom(1),
      '-': () => this.#zoom(-1),
      0: () => this.#fit(),
      Home: () => this.#moveTo(0),
      End: () => this.#moveTo(this.#memoryBytes - 1),
      Enter: () => (this.#held = true),
      Escape: () => {
        this.#held = false;
        this.#point(null);
      },
    };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in moves) {
      const start = this.#cursor ?? this.view.from;
      this.#moveTo(start + (this.#cursor === null ? 0 : moves[event.key] * cellBytes(this.view)));
    } else if (event.key in actions) actions[event.key]();
    else return;
    event.preventDefault();
  }

  get #memoryBytes() {
    const { snapshot, series } = this.session.lane(this.page.subject());
    const most = series?.samples.at(-1)?.[2] ?? 0;
    return Math.max(65536, most, snapshot?.memoryBytes ?? 0);
  }

  #moveTo(address) {
    const inside = Math.max(0, Math.min(address, this.#memoryBytes - 1));
    this.#held = false;
    this.#change(showing(this.view, inside, this.#memoryBytes));
    this.#point(cellOf(this.view, inside));
  }

  #cellAt({ offsetX, offsetY }) {
    const { columns, rows } = this.view;
    const column = Math.min(Math.floor(offsetX / this.#cell), columns - 1);
    const row = Math.min(Math.floor(offsetY / this.#cell), rows - 1);
    return row * columns + column;
  }

  #pan(event) {
    const rows = Math.round((this.drag.y - event.clientY) / this.#cell);
    if (rows === 0 && !this.drag.moved) return;
    this.drag.moved = true;
    this.#fitted = false;
    this.#change(placed(this.view, this.drag.from + rows * rowBytes(this.view), this.#memoryBytes));
  }

  #zoom(steps) {
    const middle = addressOf(this.view, (this.view.columns * this.view.rows) >> 1);
    const address = this.#cursor ?? Math.min(middle, this.#memoryBytes >> 1);
    this.#fitted = false;
    this.#change(zoomedAt(this.view, address, steps, this.#memoryBytes));
  }

  #fit() {
    this.#fitted = true;
    this.#change({ ...this.view, from: 0, zoom: this.#fittingZoom() });
  }

  #fittingZoom() {
    const { columns, rows } = this.view;
    const expected = (this.session.trace?.peakBytes ?? 0) * 1.2;
    return fitZoom(Math.max(expected, this.#memoryBytes), columns, rows);
  }

  #change(view) {
    this.view = view;
    this.#where();
    this.page.onView();
  }

  #recolour(colour) {
    this.colour = colour;
    this.#legend();
    this.page.onView();
  }

  #open() {
    this.#held = false;
    this.#cursor = null;
    this.siteOption.hidden = this.siteOption.disabled = this.page.sites().length === 0;
    if (this.siteOption.disabled && this.colour === 'site') {
      this.select.value = this.colour = 'state';
    }
    if (this.#fitted) this.view = { ...this.view, from: 0, zoom: this.#fittingZoom() };
    this.#legend();
    this.#where();
  }

  #measure() {
    const { width } = this.frame.getBoundingClientRect();
    this.#cell = width < 560 ? 3 : 4;
    const columns = Math.max(16, Math.floor(width / this.#cell / 16) * 16);
    for (const canvas of [this.canvas, this.overlay]) {
      canvas.width = columns * this.#cell;
      canvas.height = ROWS * this.#cell;
    }
    this.view = { ...this.view, columns };
    if (this.#fitted) this.view.zoom = this.#fittingZoom();
    this.view = placed(this.view, this.view.from, this.#memoryBytes);
    this.#where();
    this.page.onView();
  }

  #show({ map, position }) {
    if (!map) return;
    if (this.#fitted && this.#fittingZoom() !== this.view.zoom) return this.#fit();
    const { columns, rows } = this.view;
    if (map.length !== columns * rows) return; // of another width
    const context = this.canvas.getContext('2d', { willReadFrequently: true });
    const image = context.createImageData(this.canvas.width, this.canvas.height);
    const grid = { columns, rows, cellWidth: this.#cell, cellHeight: this.#cell };
    paint(map, grid, this.page.palette(this.colour), new Uint32Array(image.data.buffer));
    context.putImageData(image, 0, 0);
    this.painted = { cells: map, grid, position };
    this.#counts = countCells(map);
    const text = summary(this.page.subject(), this.view, this.#counts, STATES);
    this.canvas.setAttribute('aria-label', text);
    this.#tabulate();
    this.#outline();
    if (this.#cursor !== null && !this.session.isPlaying) this.#ask();
  }

  #tabulate() {
    const sums = byState(this.#counts);
    for (const [state, label] of this.amounts ?? []) {
      setText(label, ` ${bytes(sums[state] * cellBytes(this.view))}`);
    }
    if (!this.numbers.parentElement.open) return;
    const rows = STATES.map(({ state, words }) => [
      words,
      count(sums[state]),
      bytes(sums[state] * cellBytes(this.view)),
    ]);
    const caption = `Cells of ${bytes(cellBytes(this.view))} in the view`;
    this.numbers.replaceChildren(table(caption, ['What', 'Cells', 'Memory'], rows));
  }

  #legend() {
    if (this.colour === 'state') this.amounts = stateLegend(this.legend);
    else {
      bucketLegend(this.legend, this.colour, this.page.sites());
      this.amounts = undefined;
    }
  }

  #where() {
    const end = this.view.from + this.view.rows * rowBytes(this.view);
    const cell = bytes(cellBytes(this.view));
    setText(this.where, `${hex(this.view.from)} – ${hex(end)}, ${cell} a cell`);
  }

  #point(cell) {
    const address = cell === null ? null : addressOf(this.view, cell);
    if (address === this.#cursor) return;
    this.#cursor = address;
    this.#held = false;
    if (address === null) this.#describe(null);
    else this.#ask();
    this.#outline();
  }

  async #ask() {
    if (this.#asking) return;
    this.#asking = true;
    const lane = this.session.lane(this.page.subject());
    let asked;
    try {
      do {
        asked = this.#cursor;
        const position = Math.floor(this.session.position);
        this.#describe(
          await lane.caller.call('blockIn', {
            position,
            address: asked,
            cellBytes: cellBytes(this.view),
          }),
        );
      } while (asked !== this.#cursor && this.#cursor !== null);
    } finally {
      this.#asking = false;
    }
    if (this.#cursor === null) this.#describe(null);
  }

  #describe(block) {
    this.#block = block;
    const rows = block
      ? describe(block, this.page.sites()[block.site])
      : [['Block', 'Point at a cell, or choose the map and use the arrow keys.']];
    this.card.replaceChildren(
      ...rows.flatMap(([name, text]) => [element('dt', {}, name), element('dd', {}, text)]),
    );
    this.#outline();
  }

  #outline() {
    drawOutline(this.overlay, this.view, this.#cell, this.#cursor, this.#block);
  }
}
