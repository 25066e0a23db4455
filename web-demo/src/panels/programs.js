// SPDX-License-Identifier: MIT
//
// Programs of other tabs that call announce(): which there are, and one that is watched.

import { Watcher } from '../../../js/sight/live.js';
import { element, setText } from '../dom.js';
import { bytes, count } from '../format.js';

/** Milliseconds between two profiles of a program that is watched. */
const PROFILE_MS = 2000;
const MOMENTS = 1200;

export class Programs {
  #watcher = new Watcher();
  #watched = '';
  #moments = [];
  #timer;
  #asking = false;

  /**
   * @param {{onProfile: (profile: object) => void, onMoments: (moments: object[] | undefined) => void,
   *   onProblem: (error: Error) => void}} panel
   */
  constructor(panel) {
    this.panel = panel;
    this.list = element('div', { className: 'tools', id: 'programs', role: 'group' });
    this.list.setAttribute('aria-label', 'Programs of other tabs');
    this.figures = element('p', { className: 'where', id: 'program-figures' });
    const button = (id, text, onclick) => element('button', { type: 'button', id, onclick }, text);
    this.actions = element(
      'div',
      { className: 'tools', hidden: true },
      button('program-snapshot', 'Take a snapshot, and look for leaks', () => this.#snapshot()),
      button('program-leave', 'Stop watching', () => this.#watch('')),
      this.figures,
    );
    this.body = element('div', { hidden: true }, this.list, this.actions);
    this.#watcher.addEventListener('programs', () => this.#name());
    this.#watcher.addEventListener('figures', ({ detail }) => this.#figures(detail));
  }

  #name() {
    const { programs } = this.#watcher;
    if (this.#watched && !programs.has(this.#watched)) this.#watch('');
    this.body.hidden = programs.size === 0;
    this.list.replaceChildren(
      ...[...programs.values()].map(({ id, program, mode }) =>
        element(
          'button',
          {
            type: 'button',
            'aria-pressed': `${id === this.#watched}`,
            onclick: () => this.#watch(id),
          },
          `Watch ${program} (${mode})`,
        ),
      ),
    );
  }

  #watch(id) {
    this.#watched = id;
    this.#moments = [];
    this.#watcher.watch(id);
    this.actions.hidden = id === '';
    setText(this.figures, '');
    this.panel.onMoments(id ? this.#moments : undefined);
    this.#name();
    this.#follow(id !== '');
  }

  /** Asks for a profile now and again, unless a snapshot is looked at. */
  #follow(wanted) {
    clearInterval(this.#timer);
    if (!wanted) return;
    const ask = () => this.#take({});
    this.#timer = setInterval(ask, PROFILE_MS);
    ask();
  }

  async #snapshot() {
    this.#follow(false);
    await this.#take({ label: `snapshot at ${new Date().toISOString()}`, references: true });
  }

  async #take(options) {
    const id = this.#watched;
    if (this.#asking && !options.label) return;
    this.#asking = true;
    try {
      const profile = await this.#watcher.take(id, options);
      if (id === this.#watched) this.panel.onProfile(profile);
    } catch (error) {
      this.panel.onProblem(error);
    } finally {
      this.#asking = false;
    }
  }

  #figures(figures) {
    if (figures.id !== this.#watched) return;
    const { milliseconds, liveBytes, liveBlocks, memoryBytes, growths, operations } = figures;
    this.#moments.push({ milliseconds, liveBytes, memoryBytes });
    if (this.#moments.length > MOMENTS) this.#moments.shift();
    setText(
      this.figures,
      `live ${bytes(liveBytes)} in ${count(liveBlocks)} blocks, memory ${bytes(memoryBytes)} after ${count(growths)} growths, ${count(operations)} operations`,
    );
    this.panel.onMoments(this.#moments);
  }
}
