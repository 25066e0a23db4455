// SPDX-License-Identifier: MIT
// Tables, sizes and sparklines for terminals.

import { styleText } from 'node:util';

const UNITS = ['B', 'KiB', 'MiB', 'GiB'];
const BARS = '▁▂▃▄▅▆▇█';

/** `1.50 MiB`; whole bytes below 1 KiB. */
export function size(bytes) {
  let unit = 0;
  let value = Math.abs(bytes);
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 ? 0 : value < 10 ? 2 : value < 100 ? 1 : 0;
  return `${bytes < 0 ? '-' : ''}${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** `12,345,678` */
export const count = (value) => Math.round(value).toLocaleString('en-US');

export const percent = (part, whole) => (whole > 0 ? `${((100 * part) / whole).toFixed(1)} %` : '');

/** One character for each of at most `width` parts of a series, the highest value of each part. */
export function sparkline(values, width = 60) {
  if (values.length === 0) return '';
  const cells = Math.min(width, values.length);
  const most = Math.max(...values);
  return Array.from({ length: cells }, (_, cell) => {
    const from = Math.floor((cell * values.length) / cells);
    const to = Math.max(from + 1, Math.floor(((cell + 1) * values.length) / cells));
    const highest = Math.max(...values.slice(from, to));
    return BARS[most > 0 ? Math.round((highest / most) * (BARS.length - 1)) : 0];
  }).join('');
}

/**
 * Rows of text in columns: the first row is the head; columns whose name begins with < are to the left.
 * The last column is cut so that lines fit the terminal, if there is one.
 */
export function table([head, ...rows], { width = process.stdout.columns } = {}) {
  const left = head.map((name) => name.startsWith('<'));
  const names = head.map((name) => name.replace(/^</, ''));
  const widths = names.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column].length)),
  );
  const line = (row) => {
    const cells = row.map((cell, column) =>
      left[column] ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
    );
    const whole = cells.join('  ').trimEnd();
    return width && whole.length > width ? `${whole.slice(0, width - 1)}…` : whole;
  };
  return [strong(line(names)), ...rows.map(line)].join('\n');
}

/** Bold on a terminal that shows it. */
export function strong(text) {
  const plain = !process.stdout.isTTY || process.env.NO_COLOR !== undefined;
  return plain ? text : styleText('bold', text);
}

/** One line on stderr that is written over, on a terminal; nothing elsewhere. */
export function progress(label) {
  if (!process.stderr.isTTY) return { update() {}, end() {} };
  let last = 0;
  return {
    update(part) {
      const now = Date.now();
      if (now - last < 100) return;
      last = now;
      process.stderr.write(`\r${label} ${Math.round(part * 100)} %\x1b[K`);
    },
    end: () => process.stderr.write('\r\x1b[K'),
  };
}
