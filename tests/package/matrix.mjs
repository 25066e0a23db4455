// SPDX-License-Identifier: MIT
// The table of docs/CONSUMERS.md: each consumer that says something to users, and what it passes with.

import { LOWEST_VERSION } from '../../scripts/emscripten.mjs';
import { CPP_CONSUMERS } from './cpp.mjs';
import { NPM_CONSUMERS } from './npm.mjs';
import { PAGES } from './pages.mjs';
import { PROJECTS } from './third-party.mjs';

/** `[name, place]` of each row. */
function rowsOf(lowest, newest) {
  const both = `Emscripten ${lowest} and ${newest}`;
  const groups = [
    [[...CPP_CONSUMERS, ...PROJECTS], both],
    [NPM_CONSUMERS, 'npm'],
    [PAGES, 'Chromium, Firefox'],
  ];
  return groups.flatMap(([consumers, place]) =>
    consumers
      .filter(({ row = true }) => row)
      .map((consumer) => [consumer.name, consumer.newest ? `Emscripten ${newest}` : place]),
  );
}

/** The part of the document between its two comments. @param {string} newest Emscripten's version */
export function consumersTable(newest) {
  const rows = rowsOf(LOWEST_VERSION, newest);
  const all = [['consumer', 'passes with'], ['', ''], ...rows];
  const widths = [0, 1].map((column) => Math.max(...all.map((row) => row[column].length)));
  const lines = all.map((row, at) =>
    row.map((cell, column) => cell.padEnd(widths[column], at === 1 ? '-' : ' ')).join(' | '),
  );
  return `\n${lines.map((line) => `| ${line} |\n`).join('')}`;
}

export function consumerNames() {
  return rowsOf().map(([name]) => name);
}

/** Splits the document: `[before, table, after]`. */
export function partsOf(document) {
  return /^([^]*<!-- consumers -->\n)([^]*)(\n<!-- end -->[^]*)$/.exec(document).slice(1);
}
