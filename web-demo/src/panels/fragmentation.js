// SPDX-License-Identifier: MIT
// Free memory and size classes on the page.

import { element, find } from '../dom.js';
import { barList } from './bars.js';
import {
  classBars,
  figures,
  fragmentationSummary,
  freeBars,
  slabBars,
} from './fragmentation-view.js';

export class Fragmentation {
  #shown;

  /**
   * @param {import('../session.js').Session} session
   * @param {{subject: () => string}} page
   */
  constructor(session, page) {
    this.session = session;
    this.page = page;
    this.body = find('#fragmentation-body');
    session.addEventListener('lane', ({ detail }) => {
      if (detail.name === page.subject()) this.#show(detail);
    });
  }

  repaint() {
    this.#shown = undefined;
  }

  #show({ name, snapshot }) {
    const { free } = snapshot;
    if (!free || free === this.#shown) return;
    this.#shown = free;
    const list = element('dl', { className: 'figures' });
    for (const [term, text] of figures(free, snapshot)) {
      list.append(element('div', {}, element('dt', {}, term), element('dd', {}, text)));
    }
    const gaps =
      'Of this allocator only the gaps between live blocks are known: its headers and rounding are in them.';
    this.body.replaceChildren(
      element('p', { className: 'visually-hidden' }, fragmentationSummary(name, free, snapshot)),
      list,
      element(
        'div',
        { className: 'bar-columns' },
        barList('Free pieces by size', freeBars(free), 'Nothing is free below the top.'),
        barList('Live blocks by size', classBars(free)),
        free.source === 'heap'
          ? barList(
              'Slabs by size of object',
              slabBars(free),
              'No slabs yet: the heap is below 256 KiB.',
            )
          : element('p', { className: 'hint' }, gaps),
      ),
    );
  }
}
