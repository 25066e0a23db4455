// SPDX-License-Identifier: MIT
// The comparison on the page.

import { element, find, setText, table } from '../dom.js';
import { timeAll } from '../compare.js';
import { count } from '../format.js';
import { CAVEAT, compareRows, medians } from './compare-view.js';

const QUICK_ROUNDS = 3;

export class Compare {
  #running;

  /**
   * @param {import('../session.js').Session} session
   * @param {{base: URL, onTimes: (times: object[]) => void}} page
   */
  constructor(session, page) {
    this.session = session;
    this.page = page;
    const body = find('#compare-body');
    this.rounds = element(
      'select',
      { id: 'rounds' },
      [3, 9, 25].map((value) => element('option', { value: `${value}` }, count(value))),
    );
    this.button = element(
      'button',
      { type: 'button', id: 'compare-run', onclick: () => this.#press() },
      'Measure',
    );
    this.status = element('span', { className: 'where', role: 'status' });
    this.results = element('div', {
      className: 'scroll',
      id: 'compare-results',
      tabIndex: 0,
      role: 'region',
      'aria-label': 'Results of the comparison',
    });
    body.append(
      element(
        'div',
        { className: 'tools' },
        this.button,
        element('label', {}, 'Rounds ', this.rounds),
        this.status,
      ),
      this.results,
      element('p', { className: 'hint' }, CAVEAT),
    );
    session.addEventListener('open', () => {
      this.#running?.abort();
      this.results.replaceChildren(element('p', { className: 'hint' }, 'Not measured yet.'));
    });
  }

  repaint() {}

  #press() {
    if (this.#running) this.#running.abort();
    else this.measure(Number(this.rounds.value));
  }

  /** Measures; does nothing while it is at it. */
  async measure(rounds = QUICK_ROUNDS) {
    const { trace, lanes } = this.session;
    if (this.#running || !trace) return;
    this.#running = new AbortController();
    setText(this.button, 'Stop');
    try {
      const { signal } = this.#running;
      const onRound = (round) => setText(this.status, `round ${round + 1} of ${rounds}`);
      setText(this.status, 'warming up');
      const names = lanes.map(({ name }) => name);
      const timed = await timeAll(names, trace, this.page.base, { rounds, onRound, signal });
      const times = medians(timed);
      const memory = await Promise.all(lanes.map((lane) => this.#memory(lane, trace)));
      signal.throwIfAborted();
      this.#show(
        times.map((time, index) => ({ ...time, ...memory[index] })),
        rounds,
      );
      this.page.onTimes(times);
    } catch (error) {
      setText(this.status, error.name === 'AbortError' ? 'stopped' : error.message);
    } finally {
      this.#running = undefined;
      setText(this.button, 'Measure');
    }
  }

  async #memory({ caller, moduleBytes }, { count: end, peakAt }) {
    const { memoryBytes } = await caller.call('snapshot', { position: end });
    const { liveBytes, free } = await caller.call('snapshot', { position: peakAt, free: true });
    this.session.refresh();
    return { moduleBytes, memoryBytes, liveBytes, free };
  }

  #show(results, rounds) {
    const { head, rows } = compareRows(results);
    setText(
      this.status,
      `${count(rounds)} rounds of ${count(this.session.trace.count)} operations`,
    );
    const cell = ({ text, ratio, isBest }) =>
      element(
        'td',
        { className: isBest ? 'best' : '' },
        text,
        element('span', { className: 'ratio' }, ratio === null ? ' ' : `× ${ratio.toFixed(2)}`),
        isBest ? element('span', { className: 'visually-hidden' }, ' (best)') : null,
      );
    this.results.replaceChildren(
      table(
        'Less is better in every column; the best is marked ◆, ratios are to dlmalloc.',
        head,
        rows.map(({ name, cells }) => [name, ...cells.map(cell)]),
      ),
    );
  }
}
