// SPDX-License-Identifier: MIT
// Light or dark: as the system has it until the button says otherwise.

import { find, setText } from './dom.js';

const KEY = 'heaplet-theme';

/** @param {() => void} onChange */
export function theme(onChange) {
  const button = find('#theme');
  const system = matchMedia('(prefers-color-scheme: dark)');
  const stored = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage is forbidden here: the choice lasts as long as the page
    }
  };
  let chosen = stored();
  const apply = () => {
    const dark = chosen ? chosen === 'dark' : system.matches;
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
    setText(button, dark ? 'Light' : 'Dark');
    button.setAttribute('aria-label', `Change to ${dark ? 'light' : 'dark'} colours`);
    onChange();
  };
  button.addEventListener('click', () => {
    chosen = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    try {
      localStorage.setItem(KEY, chosen);
    } catch {
      // see above
    }
    apply();
  });
  system.addEventListener('change', apply);
  apply();
}
