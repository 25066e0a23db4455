// SPDX-License-Identifier: MIT
//
// A report as what the panel shows: figures, and rows of cells. A cell is a text, or a stack.

import { holderWords, largestGrowths } from '../../../js/sight/words.js';
import { bytes, count, percent } from '../format.js';

/** What the table of stacks can show. */
export const TABLES = {
  live: { title: 'Holds memory now', rows: 'liveBy', whole: 'live' },
  peak: { title: 'Held memory at the peak', rows: 'peakBy', whole: 'peak' },
  allocated: { title: 'Allocated most', rows: 'allocatedBy', whole: 'allocated' },
  temporary: { title: 'Was freed at once (churn)', rows: 'temporaryBy', whole: 'temporary' },
};

const amount = ({ bytes: sum, blocks }) => `${count(sum)} bytes in ${count(blocks)} blocks`;
const estimated = ({ samplingBytes }) =>
  samplingBytes > 0 ? `, estimated from a sample in ${bytes(samplingBytes)}` : '';

/** Pairs of name and text. */
export const reportFigures = (report) => [
  ['Live', amount(report.live)],
  ['At the peak', amount(report.peak)],
  ['Allocated ever', amount(report.allocated)],
  ['Linear memory', bytes(report.memoryBytes)],
  ['Operations', count(report.operations)],
];

/** One sentence on what is shown. */
export const reportSentence = (report) =>
  `${report.program || 'A program'}: ${(report.milliseconds / 1000).toFixed(2)} s, mode ${report.mode}${estimated(report)}.`;

/** Rows of one of TABLES. */
export function stackRows(report, value) {
  const { rows, whole } = TABLES[value];
  const all = report[whole].bytes;
  return report[rows].map((row) => [
    count(row.bytes),
    all > 0 ? percent(row.bytes / all) : '',
    count(row.blocks),
    { stack: row.stack },
  ]);
}

/** The largest growths of linear memory. */
export const growthRows = ({ growths }, most = 20) =>
  largestGrowths(growths, most, bytes, count).map(({ growth, words }) => [
    ...words,
    { stack: growth.stack },
  ]);

/** What is lost, or what is held: `leaks.groups` or `leaks.held`. */
export const blockRows = (groups, most = 50) =>
  groups
    .slice(0, most)
    .map((group) => [
      count(group.bytes),
      count(group.blocks),
      group.fate,
      { stack: group.stack },
      holderWords(group.heldBy) || 'nothing',
    ]);

/** What was found of leaks, in a sentence. */
export function leakSentence({ leaks }) {
  if (!leaks) return 'Memory was not searched for what points at its blocks.';
  if (leaks.lostBlocks === 0) return 'Nothing leaked: something points at every block.';
  return `Leaked: ${count(leaks.lostBytes)} bytes in ${count(leaks.lostBlocks)} blocks that nothing points at.`;
}
