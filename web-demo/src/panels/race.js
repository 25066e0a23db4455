// SPDX-License-Identifier: MIT
// The race on the page: four lanes, one scale, one sentence.

import { element, find, setText } from '../dom.js';
import { bytes } from '../format.js';
import { paint } from '../paint.js';
import { laneGrid, laneView, pixelOf, scaleFor, sentence, ticks } from './race-view.js';

const CELL = { cellWidth: 3, cellHeight: 4, rows: 12 };

export class Race {
  /** @type {Map<string, any>} */
  #rows = new Map();
  #scale = 2 ** 20;
  #fitAll = false;
  #times;
  #root = find('#race');

  /**
   * @param {import('../session.js').Session} session
   * @param {{palette: () => Uint32Array, onSubject: (name: string) => void}} page
   */
  constructor(session, page) {
    this.session = session;
    this.page = page;
    const lanes = find('.lanes', this.#root);
    for (const { name } of session.lanes) lanes.append(this.#row(name));
    session.addEventListener('open', () => this.#open());
    session.addEventListener('lane', ({ detail }) => this.#show(detail));
    find('#fit-all').addEventListener('change', ({ target }) => {
      this.#fitAll = target.checked;
      this.#rescale();
    });
    new ResizeObserver(() => this.#measure()).observe(lanes);
    this.#measure();
  }

  /** What a lane is asked for. */
  wanted(name) {
    const { grid } = this.#rows.get(name);
    const { columns, rows, cellBytes } = grid;
    return { from: 0, cellBytes, count: columns * rows };
  }

  subject(name) {
    for (const [key, { button }] of this.#rows)
      button.setAttribute('aria-pressed', `${key === name}`);
  }

  set times(times) {
    this.#times = times;
    this.#sentence(true);
  }

  repaint() {
    for (const lane of this.session.lanes) if (lane.snapshot) this.#show(lane);
  }

  #row(name) {
    const canvas = element('canvas', { role: 'img', 'aria-label': `memory of ${name}` });
    const button = element(
      'button',
      { type: 'button', className: 'lane-name', onclick: () => this.page.onSubject(name) },
      name,
    );
    const memory = element('span', { className: 'lane-memory' }, '–');
    const detail = element('span', { className: 'lane-detail' });
    const beyond = element('span', { className: 'beyond', hidden: true });
    const end = element('span', { className: 'end' });
    const strip = element('div', { className: 'strip' }, canvas, end, beyond);
    this.#rows.set(name, { button, memory, detail, beyond, canvas, end, strip, grid: undefined });
    return element(
      'li',
      { className: 'lane' },
      element('div', { className: 'lane-head' }, button, memory, detail),
      strip,
    );
  }

  #open() {
    this.#times = undefined;
    this.#rescale();
  }

  #rescale() {
    const { trace, lanes } = this.session;
    const least = trace ? scaleFor(trace.peakBytes) : 2 ** 20;
    const all = lanes.map(({ snapshot }) => (snapshot?.memoryBytes ?? 0) * 1.02);
    this.#scale = this.#fitAll ? Math.max(least, ...all) : least;
    this.#measure();
  }

  #measure() {
    const { width } = find('.strip', this.#root).getBoundingClientRect();
    for (const row of this.#rows.values()) {
      row.grid = { ...CELL, ...laneGrid(width, CELL, this.#scale), downFirst: true };
      const { columns, rows } = row.grid;
      row.canvas.width = columns * CELL.cellWidth;
      row.canvas.height = rows * CELL.cellHeight;
      row.canvas.style.width = `${row.canvas.width}px`;
    }
    this.#axis(width);
    this.session.refresh();
  }

  #axis(width) {
    const axis = find('.axis', this.#root);
    const [{ grid }] = this.#rows.values();
    const wanted = Math.max(2, Math.floor(width / 110));
    axis.replaceChildren(
      ...ticks(this.#scale, wanted).map((at) => {
        const mark = element('span', {}, bytes(at));
        mark.style.left = `${pixelOf(grid, at)}px`;
        return mark;
      }),
    );
  }

  #show({ name, snapshot }) {
    const row = this.#rows.get(name);
    const { grid } = row;
    const view = laneView(snapshot, this.#scale);
    setText(row.memory, view.memory);
    setText(row.detail, view.detail);
    // Where memory ends; another value of the attribute lights it up again.
    row.end.hidden = view.beyond > 0;
    row.end.style.left = `${pixelOf(grid, snapshot.memoryBytes)}px`;
    row.end.dataset.grown = `${snapshot.growthCount % 2}`;
    row.beyond.hidden = view.beyond === 0;
    setText(row.beyond, view.beyond ? `goes on to ${bytes(view.beyond)} →` : '');
    row.canvas.setAttribute(
      'aria-label',
      `${name}: ${view.memory} of linear memory, ${view.detail}`,
    );
    if (snapshot.lane?.length !== grid.columns * grid.rows) return; // of another width
    const context = row.canvas.getContext('2d');
    const image = context.createImageData(row.canvas.width, row.canvas.height);
    paint(snapshot.lane, grid, this.page.palette(), new Uint32Array(image.data.buffer));
    context.putImageData(image, 0, 0);
    this.#sentence(!this.session.isPlaying);
  }

  #sentence(isFinal) {
    const { trace, lanes } = this.session;
    if (!trace || lanes.some(({ snapshot }) => !snapshot)) return;
    const snapshots = lanes.map(({ name, snapshot }) => ({ name, ...snapshot }));
    // A number stays with its unit.
    const text = sentence(trace, snapshots, this.#times).replace(
      /(\d) (?=[KM]?i?B|ms|%)/g,
      '$1\u00a0',
    );
    setText(find('#sentence'), text);
    // For screen readers only what stays.
    if (isFinal) setText(find('#announcement'), text);
  }
}
