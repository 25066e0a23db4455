// SPDX-License-Identifier: MIT
// The little that the page needs to make elements.

/** @returns {any} */
export const find = (selector, root = document) => root.querySelector(selector);

/**
 * An element: attributes and properties by name, `on…` as listeners, children as nodes or text.
 * @returns {any}
 */
export function element(tag, settings = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (name in made && name !== 'list') made[name] = value;
    else made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

const SVG = 'http://www.w3.org/2000/svg';

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

/** A table: head and rows of cells, texts or whole `td`s; the first of a row is its heading. */
export function table(caption, head, rows) {
  return element(
    'table',
    {},
    element('caption', {}, caption),
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        head.map((text) => element('th', { scope: 'col' }, text)),
      ),
    ),
    element(
      'tbody',
      {},
      rows.map(([first, ...rest]) =>
        element(
          'tr',
          {},
          element('th', { scope: 'row' }, first),
          rest.map((cell) => (cell instanceof Node ? cell : element('td', {}, cell))),
        ),
      ),
    ),
  );
}

/** Writes text only where it differs, so that nothing is announced or laid out again for nothing. */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}
