// SPDX-License-Identifier: MIT
// What a profile says, for a terminal.

import { holderWords, innermost, largestGrowths } from '../sight/words.js';
import { count, percent, size, sparkline, strong, table } from './text.js';

/** A report as text. */
export function reportText(report, { top = 10, wholeStacks = false } = {}) {
  const out = [heading(report), ...timelineText(report)];
  const section = (title, rows, whole) => {
    if (rows.length === 0) return;
    const lines = rows.map(({ bytes, blocks, stack }) => [
      count(bytes),
      percent(bytes, whole),
      count(blocks),
      where(stack, wholeStacks),
    ]);
    out.push('', strong(title), table([['bytes', '', 'blocks', '<where'], ...lines.slice(0, top)]));
  };
  section('What holds memory now', report.liveBy, report.live.bytes);
  section('What held memory at the peak', report.peakBy, report.peak.bytes);
  section('What allocated most', report.allocatedBy, report.allocated.bytes);
  section('What was freed at once (churn)', report.temporaryBy, report.temporary.bytes);
  out.push(...growthText(report, top, wholeStacks), ...leakText(report, top, wholeStacks));
  return out.join('\n');
}

function heading(report) {
  const { program, mode, samplingBytes, milliseconds, operations, live, peak, allocated } = report;
  const how = samplingBytes > 0 ? `${mode}, one sample in ${size(samplingBytes)}` : mode;
  const amount = ({ bytes, blocks }) => `${count(bytes)} bytes in ${count(blocks)} blocks`;
  return [
    strong(
      `${program || 'program'}: ${count(operations)} operations, ${(milliseconds / 1000).toFixed(2)} s (${how})`,
    ),
    `live           ${amount(live)}`,
    `at the peak    ${amount(peak)}`,
    `allocated      ${amount(allocated)}`,
    `linear memory  ${count(report.memoryBytes)} bytes`,
  ].join('\n');
}

function timelineText({ timeline }) {
  if (timeline.length < 2) return [];
  const live = timeline.map(({ liveBytes }) => liveBytes);
  const memory = timeline.map(({ memoryBytes }) => memoryBytes);
  return [
    '',
    `live    ${sparkline(live)}  up to ${size(Math.max(...live))}`,
    `memory  ${sparkline(memory)}  up to ${size(Math.max(...memory))}`,
  ];
}

function growthText({ growths }, top, wholeStacks) {
  if (growths.length === 0) return [];
  const rows = largestGrowths(growths, top, size, count).map(({ growth, words }) => [
    ...words,
    where(growth.stack, wholeStacks),
  ]);
  const title = `Why memory grew (${growths.length} ${growths.length === 1 ? 'time' : 'times'})`;
  return [
    '',
    strong(title),
    table([['memory', 'asked', 'largest free', '<reason', '<for'], ...rows]),
  ];
}

function leakText({ leaks }, top, wholeStacks) {
  if (leaks === null) return [];
  const held = heldText(leaks.held, top, wholeStacks);
  if (leaks.lostBlocks === 0)
    return ['', strong('Nothing leaked: something points at every block'), ...held];
  const rows = leaks.groups
    .slice(0, top)
    .map(({ bytes, blocks, fate, stack }) => [
      count(bytes),
      count(blocks),
      fate,
      where(stack, wholeStacks),
    ]);
  const { lostBytes, lostBlocks } = leaks;
  const title = `Leaked: ${count(lostBytes)} bytes in ${count(lostBlocks)} blocks that nothing points at`;
  return ['', strong(title), table([['bytes', 'blocks', '<fate', '<where'], ...rows]), ...held];
}

/** What is live at the end, and what points at it. */
function heldText(held, top, wholeStacks) {
  if (held.length === 0) return [];
  const rows = held
    .slice(0, top)
    .map(({ bytes, blocks, stack, heldBy }) => [
      count(bytes),
      count(blocks),
      where(stack, wholeStacks),
      holderWords(heldBy),
    ]);
  return [
    '',
    strong('What is held, and by what'),
    table([['bytes', 'blocks', '<where', '<held by'], ...rows]),
  ];
}

/** The innermost places; or the whole stack as it is. */
const where = (stack, whole) => (whole ? stack.join(' ← ') : innermost(stack));
