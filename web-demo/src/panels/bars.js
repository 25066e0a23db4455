// SPDX-License-Identifier: MIT
// Horizontal bars as a list: text first, so that they read as one without being seen.

import { element } from '../dom.js';

/**
 * @param {string} title
 * @param {Array<{label: string, words: string, share: number}>} bars
 * @param {string} [none] what is said when there are none
 */
export function barList(title, bars, none = 'None.') {
  const items = bars.map(({ label, words, share }) => {
    const fill = element('span', { className: 'fill' });
    fill.style.width = `${(share * 100).toFixed(2)}%`;
    return element(
      'li',
      {},
      element('span', { className: 'bar-label' }, label),
      element('span', { className: 'bar', 'aria-hidden': 'true' }, fill),
      element('span', { className: 'bar-words' }, words),
    );
  });
  return element(
    'div',
    { className: 'bars' },
    element('h3', {}, title),
    bars.length > 0 ? element('ul', {}, items) : element('p', { className: 'hint' }, none),
  );
}
