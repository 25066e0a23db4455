// SPDX-License-Identifier: MIT
// From what was measured to CSV files and docs/BENCHMARKS.md.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allocators } from './allocators.mjs';
import { root } from './lib/compile.mjs';
import { geometricMean, markdownTable, ratio } from './lib/table.mjs';
import { judge } from './targets.mjs';
import { text } from './report-text.mjs';

const names = allocators.map(({ name }) => name);
const real = allocators.filter(({ role }) => role !== 'limit').map(({ name }) => name);

function csv(rows) {
  const columns = Object.keys(rows[0]);
  const cell = (value) => {
    const said =
      typeof value === 'number' && !Number.isInteger(value)
        ? value.toPrecision(6)
        : String(value ?? '');
    return /[",\n]/.test(said) ? `"${said.replaceAll('"', '""')}"` : said;
  };
  return `${[columns, ...rows.map((row) => columns.map((column) => row[column]))]
    .map((cells) => cells.map(cell).join(','))
    .join('\n')}\n`;
}

const meanRow = (label, rows, columns, value) => [
  `**${label}**`,
  ...columns.map((column) => {
    const values = rows.filter((row) => row.allocator === column).map(value);
    return values.length && values.every(Number.isFinite)
      ? `**${ratio(geometricMean(values))}**`
      : '–';
  }),
];

/** Rows are traces, columns allocators; `cell` says what to show of the row measured for both. */
function byTrace(rows, columns, cell) {
  const traces = [...new Set(rows.map(({ trace }) => trace))];
  return traces.map((trace) => [
    trace,
    ...columns.map((column) => {
      const row = rows.find((one) => one.trace === trace && one.allocator === column);
      return row ? cell(row) : '–';
    }),
  ]);
}

function timeTable(data, runtime, what) {
  const rows = data.times.filter((row) => row.runtime === runtime);
  const columns = names.filter((name) => rows.some(({ allocator }) => allocator === name));
  const recorded = rows.filter((row) => row.recorded);
  return markdownTable([
    ['trace', ...columns],
    meanRow('mean of recorded', recorded, columns, (row) => row[what]),
    ...byTrace(rows, columns, (row) => ratio(row[what])),
  ]);
}

function memoryTable(data) {
  const recorded = data.memory.filter((row) => row.recorded);
  const show = (row) =>
    row.error
      ? 'failed'
      : [row.pass1, row.pass3, row.pass10].map((bytes) => ratio(bytes / row.peakBytes)).join(' ');
  const means = ['pass1', 'pass3', 'pass10'].map((pass) =>
    meanRow(`mean, ${pass}`, recorded, real, (row) => row[pass] / row.peakBytes),
  );
  return markdownTable([['trace', ...real], ...means, ...byTrace(data.memory, real, show)]);
}

function growthTable(data, runtime) {
  const rows = data.memory.filter((row) => row.recorded);
  const times = data.times.filter((row) => row.runtime === runtime);
  return markdownTable([
    ['trace', ...real],
    ...byTrace(rows, real, (row) => {
      const time = times.find((one) => one.trace === row.trace && one.allocator === row.allocator);
      const share = time ? `${(time.growthShare * 100).toFixed(1)} %` : '–';
      return `${row.growths} (${share}) ${ratio(row.memoryPass1 / row.pass1)}`;
    }),
  ]);
}

function worstTable(data) {
  const columns = [...real, 'null'];
  const rows = data.worst.map((row) => ({ ...row, trace: `${row.trace}, ${row.pass}` }));
  return markdownTable([
    ['trace, pass', ...columns],
    ...byTrace(
      rows,
      columns,
      (row) =>
        `${row.microseconds.toFixed(1)}${row.allocator === 'null' ? '' : ` ${row.call} ${row.bytes}`}`,
    ),
  ]);
}

function scenarioTable(data) {
  const scenarios = [...new Set(data.scenarios.map(({ scenario }) => scenario))];
  const at = (scenario, allocator) =>
    data.scenarios.find((row) => row.scenario === scenario && row.allocator === allocator).value;
  return markdownTable([
    ['situation', ...real],
    ...scenarios.map((scenario) => [
      scenario,
      ...real.map((name) => Number(at(scenario, name).toPrecision(5)).toLocaleString('en')),
    ]),
  ]);
}

const sizeTable = (data) =>
  markdownTable(
    [
      ['allocator', 'built', 'functions', 'code', 'raw', 'brotli', 'static data'],
      ...data.sizes.map((row) => [
        row.allocator,
        row.building,
        row.functions,
        row.code,
        row.raw,
        row.brotli,
        row.statics,
      ]),
    ],
    'lllrrrr',
  );

const programTable = (data) =>
  markdownTable(
    [
      ['program', 'allocator', 'result', 'ms', '÷ dlmalloc', 'peak MiB', '.wasm bytes'],
      ...data.programs.map((row) => [
        row.program,
        row.allocator,
        row.problem ? 'wrong' : 'equal',
        row.milliseconds.toFixed(0),
        ratio(row.ratio),
        (row.memoryBytes / 2 ** 20).toFixed(2),
        row.wasmBytes,
      ]),
    ],
    'lllrrrr',
  );

/** Writes the files and returns the judged targets. */
export function report(data) {
  const results = join(root, 'bench/results');
  mkdirSync(results, { recursive: true });
  for (const table of ['sizes', 'scenarios', 'memory', 'times', 'worst', 'programs']) {
    writeFileSync(join(results, `${table}.csv`), csv(data[table]));
  }
  const targets = judge(data);
  const tables = {
    targets: markdownTable(
      [
        ['target', 'met', 'measured'],
        ...targets.map(({ target, met, measured }) => [target, met ? 'yes' : '**no**', measured]),
      ],
      'lll',
    ),
    times: data.made.runtimes.map((runtime) => ({
      runtime,
      cold: timeTable(data, runtime, 'coldRatio'),
      warm: timeTable(data, runtime, 'warmRatio'),
    })),
    memory: memoryTable(data),
    growth: growthTable(data, data.made.runtimes[0]),
    worst: worstTable(data),
    scenarios: scenarioTable(data),
    sizes: sizeTable(data),
    programs: programTable(data),
  };
  mkdirSync(join(root, 'docs'), { recursive: true });
  writeFileSync(join(root, 'docs/BENCHMARKS.md'), text(data.made, tables));
  return targets;
}
