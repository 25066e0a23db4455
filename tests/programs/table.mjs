// SPDX-License-Identifier: MIT
// The main job's rows as a table for the terminal.

const COLUMNS = [
  { title: 'program', cell: ({ program }) => program, left: true },
  { title: 'allocator', cell: ({ allocator }) => allocator, left: true },
  { title: 'result', cell: ({ problem }) => (problem ? 'WRONG' : 'equal'), left: true },
  { title: 'time', cell: ({ milliseconds }) => `${number(milliseconds, 0)} ms` },
  { title: '÷ dlmalloc', cell: ({ ratio }) => number(ratio, 3) },
  { title: 'peak memory', cell: ({ memoryBytes }) => `${number(memoryBytes / 2 ** 20, 2)} MiB` },
  { title: '.wasm', cell: ({ wasmBytes }) => `${number(wasmBytes, 0)} B` },
];

export function table(rows) {
  const lines = [COLUMNS.map(({ title }) => title)];
  for (const row of rows) lines.push(COLUMNS.map(({ cell }) => cell(row)));
  const widths = COLUMNS.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  const text = lines.map((line) =>
    line
      .map((cell, i) => pad(cell, i, widths))
      .join('  ')
      .trimEnd(),
  );
  text.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '));
  for (let i = rows.length - 1; i > 0; i--) {
    if (rows[i].program !== rows[i - 1].program) text.splice(i + 2, 0, '');
  }
  return text.join('\n');
}

function pad(cell, column, widths) {
  return COLUMNS[column].left ? cell.padEnd(widths[column]) : cell.padStart(widths[column]);
}

function number(value, digits) {
  if (!Number.isFinite(value)) return '-';
  const format = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return value.toLocaleString('en', format);
}
