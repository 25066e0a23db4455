// SPDX-License-Identifier: MIT
//
// The timeline on the page: uPlot for the lines, growths and the moment drawn over them. Drag to see
// a window, click to go to a moment.

import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { element, find, setText, table } from '../dom.js';
import { bytes, count } from '../format.js';
import { chartStyle, widthOf } from './chart.js';
import {
  columns,
  growthWords,
  nextGrowth,
  sampleAt,
  windowFigures,
  windowSentence,
} from './timeline-view.js';

const HEIGHT = 260;
const KEYS =
  'Drag over the chart to look into a window, click to go to a moment. With the chart chosen: left and right move, G goes to the next growth, plus and minus change the window, 0 shows all.';
/** Pixels that make a drag of a click. */
const LEAST_DRAG = 4;
const SERIES = [
  { label: 'live data', colour: '--series-live', fill: true },
  { label: 'linear memory', colour: '--series-memory', stepped: true, width: 2 },
  { label: 'highest address used', colour: '--series-top', dash: [6, 4] },
  { label: 'bytes asked for per operation', colour: '--series-rate', scale: 'rate', dash: [1, 3] },
];

export class Timeline {
  #series;
  #chart;
  /** @type {[number, number] | null} */
  #window = null;

  /**
   * @param {import('../session.js').Session} session
   * @param {{subject: () => string}} page
   */
  constructor(session, page) {
    this.session = session;
    this.page = page;
    this.#build(find('#timeline-body'));
    session.addEventListener('open', () => this.#zoom(null));
    session.addEventListener('lane', ({ detail }) => {
      if (detail.name === page.subject() && detail.series) this.#show(detail.series);
    });
    new ResizeObserver(() => this.#resize()).observe(this.frame);
  }

  repaint() {
    this.#chart?.destroy();
    this.#chart = undefined;
    const { series } = this.session.lane(this.page.subject());
    this.#series = undefined;
    if (series) this.#show(series);
  }

  #build(body) {
    this.frame = element('div', {
      className: 'chart',
      id: 'timeline-chart',
      tabIndex: 0,
      role: 'application',
      'aria-roledescription': 'chart over time',
      'aria-describedby': 'timeline-keys',
      onkeydown: (event) => this.#key(event),
    });
    this.text = element('p', { className: 'window', id: 'timeline-window' });
    this.details = element('div', {
      className: 'scroll',
      tabIndex: 0,
      role: 'region',
      'aria-label': 'The timeline as a table',
    });
    const button = (text, onclick) => element('button', { type: 'button', onclick }, text);
    const note = element(
      'details',
      {},
      element('summary', {}, 'The timeline as a table'),
      this.details,
    );
    note.addEventListener('toggle', () => this.#tabulate());
    body.append(
      this.frame,
      this.text,
      element(
        'div',
        { className: 'tools' },
        button('Look closer', () => this.#scale(0.5)),
        button('Look from further', () => this.#scale(2)),
        button('All of the run', () => this.#zoom(null)),
        button('Previous growth', () => this.#growth(true)),
        button('Next growth', () => this.#growth(false)),
      ),
      element('p', { className: 'hint', id: 'timeline-keys' }, KEYS),
      note,
    );
  }

  #show(series) {
    this.#series = series;
    if (!this.#chart) this.#chart = this.#make();
    this.#chart.setData(columns(series.samples), false);
    const [min, max] = this.#shown();
    this.#chart.setScale('x', { min, max });
    const figures = windowFigures(series, min, Math.min(max, series.samples.at(-1)[0]));
    const sentence = windowSentence(this.page.subject(), figures);
    setText(this.text, sentence);
    this.frame.setAttribute('aria-label', sentence);
    if (!this.session.isPlaying) this.#tabulate();
  }

  #shown() {
    return this.#window ?? [0, Math.max(1, this.session.trace.count)];
  }

  #make() {
    const { colour, axis, byteAxis } = chartStyle();
    const width = widthOf(this.frame);
    const wide = width > 560;
    return new uPlot(
      {
        width,
        height: HEIGHT,
        legend: { live: false },
        cursor: { drag: { x: true, y: false, setScale: false }, points: { show: false } },
        scales: {
          x: { time: false },
          y: { range: (u, min, max) => [0, max * 1.08] },
          rate: { range: (u, min, max) => [0, max * 1.6] },
        },
        axes: [
          { ...axis, values: (u, ticks) => ticks.map(count), space: 90 },
          byteAxis,
          {
            ...byteAxis,
            show: wide,
            scale: 'rate',
            side: 1,
            grid: { show: false },
            size: 76,
            values: (u, ticks) => ticks.map((tick) => bytes(tick)),
          },
        ],
        series: [
          { label: 'operation' },
          ...SERIES.map(
            ({ label, colour: name, fill, stepped, width = 1.5, dash, scale = 'y' }) => ({
              label,
              scale,
              dash,
              width,
              stroke: colour(name),
              fill: fill ? `${colour(name)}33` : undefined,
              paths: stepped ? uPlot.paths.stepped({ align: 1 }) : undefined,
              points: { show: false },
            }),
          ),
        ],
        hooks: {
          ready: [(u) => this.#click(u)],
          draw: [(u) => this.#over(u, colour)],
          setSelect: [(u) => this.#select(u)],
        },
      },
      columns(this.#series.samples),
      this.frame,
    );
  }

  #over(u, colour) {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.setLineDash([]);
    ctx.lineWidth = devicePixelRatio;
    const tall = { granted: 10 * devicePixelRatio, refused: bbox.height };
    for (const [kind, name] of [
      ['granted', '--series-memory'],
      ['refused', '--alarm'],
    ]) {
      ctx.strokeStyle = colour(name);
      ctx.beginPath();
      let before = -1; // one line a pixel, however many growths there are
      for (const { at, beforeBytes, afterBytes } of this.#series.growths) {
        if (afterBytes > beforeBytes !== (kind === 'granted')) continue;
        const x = Math.round(u.valToPos(at + 1, 'x', true));
        if (x === before || x < bbox.left || x > bbox.left + bbox.width) continue;
        before = x;
        ctx.moveTo(x, bbox.top + bbox.height);
        ctx.lineTo(x, bbox.top + bbox.height - tall[kind]);
      }
      ctx.stroke();
    }
    const x = Math.round(u.valToPos(this.session.position, 'x', true));
    if (x >= bbox.left && x <= bbox.left + bbox.width) {
      ctx.strokeStyle = colour('--ink');
      ctx.lineWidth = 2 * devicePixelRatio;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
    }
    ctx.restore();
  }

  #select(u) {
    const { left, width } = u.select;
    if (width < LEAST_DRAG) return;
    const from = u.posToVal(left, 'x');
    u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    this.#zoom([Math.max(0, Math.round(from)), Math.round(u.posToVal(left + width, 'x'))]);
  }

  // A click is a drag of next to no width, which uPlot does not tell of.
  #click(u) {
    let down = 0;
    u.over.addEventListener('mousedown', ({ clientX }) => {
      down = clientX;
    });
    u.over.addEventListener('click', ({ clientX }) => {
      if (Math.abs(clientX - down) >= LEAST_DRAG) return;
      this.session.pause();
      this.session.seek(u.posToVal(clientX - u.over.getBoundingClientRect().left, 'x'));
    });
  }

  #zoom(window) {
    const count = this.session.trace?.count ?? 1;
    this.#window =
      window && window[1] - window[0] >= 2 ? [window[0], Math.min(window[1], count)] : null;
    if (this.#series && this.session.trace) this.#show(this.#series);
  }

  #scale(factor) {
    const [from, to] = this.#shown();
    const half = Math.max(2, ((to - from) * factor) / 2);
    const { count } = this.session.trace;
    if (half * 2 >= count) return this.#zoom(null);
    const middle = Math.max(half, Math.min(this.session.position, count - half));
    this.#zoom([Math.floor(middle - half), Math.ceil(middle + half)]);
  }

  #growth(backwards) {
    const growth =
      this.#series &&
      nextGrowth(this.#series.growths, Math.floor(this.session.position), backwards);
    if (!growth) return;
    this.session.pause();
    this.session.seek(growth.at + 1);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.session.trace) return;
    const [from, to] = this.#shown();
    const stride = Math.max(1, Math.round((to - from) / 100));
    const move = (by) => this.session.step(by);
    const actions = {
      ArrowLeft: () => move(-stride),
      ArrowRight: () => move(stride),
      g: () => this.#growth(false),
      G: () => this.#growth(event.shiftKey),
      '+': () => this.#scale(0.5),
      '=': () => this.#scale(0.5),
      '-': () => this.#scale(2),
      0: () => this.#zoom(null),
    };
    if (!(event.key in actions)) return;
    event.preventDefault();
    actions[event.key]();
  }

  #tabulate() {
    if (!this.#series || !this.details.parentElement.open) return;
    const { samples, growths } = this.#series;
    const [from, to] = this.#shown();
    const rows = Array.from({ length: 11 }, (_, step) => {
      const [position, live, memory, top, blocks] = sampleAt(
        samples,
        from + ((to - from) * step) / 10,
      );
      return [count(position), bytes(live), count(blocks), bytes(memory), bytes(top)];
    });
    const inside = growths.filter(({ at }) => at >= from && at <= to).slice(-12);
    this.details.replaceChildren(
      table(
        'Moments of the window',
        ['Operation', 'Live data', 'Blocks', 'Linear memory', 'Highest address'],
        rows,
      ),
      element(
        'p',
        {},
        inside.length ? 'The last growths in the window:' : 'No growth in the window.',
      ),
      element(
        'ul',
        {},
        inside.map((growth) => element('li', {}, growthWords(growth))),
      ),
    );
  }

  #resize() {
    const width = widthOf(this.frame);
    if (this.#chart && this.#chart.width !== width) this.#chart.setSize({ width, height: HEIGHT });
  }
}
