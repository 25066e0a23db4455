// SPDX-License-Identifier: MIT
//
// A view of the page as the part of an address after '#', so that a link shows the same again.

const TEXT = ['workload', 'allocator', 'colour', 'profile'];
const NUMBERS = ['at', 'seed', 'size', 'count', 'from', 'zoom'];

/**
 * @param {string} hash with or without '#'
 * @returns {{workload?: string, allocator?: string, colour?: string, profile?: string, at?: number, seed?: number,
 *   size?: number, count?: number, from?: number, zoom?: number}}
 */
export function parseView(hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const view = {};
  for (const name of TEXT) if (given.get(name)) view[name] = given.get(name);
  for (const name of NUMBERS) {
    const value = Number(given.get(name) ?? NaN);
    if (Number.isSafeInteger(value) && value >= 0) view[name] = value;
  }
  return view;
}

/** The inverse; undefined and null entries are left out. */
export function formatView(view) {
  const out = new URLSearchParams();
  for (const name of [...TEXT, ...NUMBERS]) {
    if (view[name] !== undefined && view[name] !== null) out.set(name, view[name]);
  }
  return `#${out}`;
}
