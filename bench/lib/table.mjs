// SPDX-License-Identifier: MIT
// Figures and text tables.

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

export const geometricMean = (values) =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

/** Columns aligned for a terminal: the first to the left, the others to the right. */
export function textTable(rows) {
  const widths = rows[0].map((_, column) =>
    Math.max(...rows.map((row) => String(row[column] ?? '').length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const text = String(cell ?? '');
          return column ? text.padStart(widths[column]) : text.padEnd(widths[column]);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** @param {string} [align] one letter a column, l or r; the default is l for the first only */
export function markdownTable(rows, align = 'l'.padEnd(rows[0].length, 'r')) {
  const line = (cells) =>
    `| ${cells.map((cell) => String(cell ?? '').replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = `|${[...align].map((letter) => (letter === 'l' ? '---|' : '--:|')).join('')}`;
  return [line(rows[0]), rule, ...rows.slice(1).map(line)].join('\n');
}

/** A ratio with enough digits to tell neighbours apart. */
export const ratio = (value) =>
  !Number.isFinite(value)
    ? '–'
    : value >= 100
      ? value.toFixed(0)
      : value >= 10
        ? value.toFixed(1)
        : value.toFixed(3);
