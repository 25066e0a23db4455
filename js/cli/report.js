// SPDX-License-Identifier: MIT
// What a profile says, for a terminal: who holds memory, what churns, why it grew, what is lost.

import { labelOf, resolve, sumOf } from '../sight/exporters/resolved.js';
import { leaksOf } from '../sight/leaks.js';
import { count, percent, size, sparkline, strong, table } from './text.js';

/** What rows can be sorted by: `[column of bytes, column of blocks]`. */
export const VALUES = {
  live: ['liveBytes', 'liveBlocks'],
  peak: ['peakBytes', 'peakBlocks'],
  allocated: ['allocatedBytes', 'allocatedBlocks'],
  temporary: ['temporaryBytes', 'temporaryBlocks'],
};

/** Everything that a report says, as data: what `--json` prints. */
export function reportOf(profile, { top = 10 } = {}) {
  const resolved = resolve(profile);
  const { places, stacks, rows, stackOf } = resolved;
  const frames = (stack) => stacks[stack].map((place) => labelOf(places[place]));
  const largest = ([bytes, blocks]) =>
    byName(
      rows
        .filter((row) => row[blocks] > 0)
        .map((row) => ({ bytes: row[bytes], blocks: row[blocks], stack: frames(row.stack) })),
    ).slice(0, top);
  return {
    program: profile.program,
    buildId: profile.buildId,
    mode: profile.mode,
    samplingBytes: profile.samplingBytes,
    milliseconds: profile.milliseconds,
    operations: profile.operations,
    live: { bytes: profile.liveBytes, blocks: profile.liveBlocks },
    peak: { bytes: profile.peakBytes, blocks: profile.peakBlocks },
    allocated: { bytes: profile.allocatedBytes, blocks: profile.allocatedBlocks },
    temporary: {
      bytes: sumOf(rows, 'temporaryBytes'),
      blocks: sumOf(rows, 'temporaryBlocks'),
    },
    memoryBytes: profile.memoryBytes,
    timeline: profile.timeline,
    ...Object.fromEntries(
      Object.entries(VALUES).map(([name, columns]) => [`${name}By`, largest(columns)]),
    ),
    growths: profile.growths.map(({ stack, tag, ...growth }) => ({
      ...growth,
      stack: frames(stackOf(stack, tag)),
    })),
    leaks: leaksIn(profile, (stack, tag) => frames(stackOf(stack, tag))),
  };
}

/** One row for rows of the same names (a line has several places, as loops are unrolled), sorted. */
function byName(rows) {
  const found = new Map();
  for (const row of rows) {
    const key = [row.fate, ...row.stack].join('\n');
    const same = found.get(key);
    if (!same) {
      found.set(key, { ...row });
      continue;
    }
    same.bytes += row.bytes;
    same.blocks += row.blocks;
    same.heldBy?.push(...row.heldBy);
  }
  return [...found.values()].sort((a, b) => b.bytes - a.bytes || b.blocks - a.blocks);
}

/** Blocks that nothing points at, by stack, in the last snapshot that was searched; null without. */
export function leaksIn(profile, framesOf) {
  const searched = profile.snapshots.filter(({ references }) => references !== null).at(-1);
  if (!searched) return null;
  const { lostBlocks, lostBytes, groups } = leaksOf(searched.blocks, searched.references);
  return {
    lostBlocks,
    lostBytes,
    groups: byName(
      groups
        .filter(({ fate }) => fate !== 'reachable')
        .map(({ fate, blocks, bytes, stack, tag, heldBy }) => ({
          fate,
          blocks,
          bytes,
          stack: framesOf(stack, tag),
          heldBy: heldBy.map((holder) => ({ ...holder, stack: framesOf(holder.stack, 0) })),
        })),
    ),
  };
}

/** The same as text. */
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

const REASONS = {
  first: 'there was nothing yet',
  full: 'all that was free together was less than was asked for',
  fragmented: 'enough was free, but in pieces too small',
  alignment: 'the free pieces do not lie where the alignment wants',
  outside: 'not malloc: sbrk, or a growth by hand',
  unknown: 'not known',
};

function growthText({ growths }, top, wholeStacks) {
  if (growths.length === 0) return [];
  const rows = [...growths]
    .sort((a, b) => b.afterBytes - b.beforeBytes - (a.afterBytes - a.beforeBytes))
    .slice(0, top)
    .map((growth) => [
      growth.afterBytes > growth.beforeBytes
        ? `${size(growth.beforeBytes)} → ${size(growth.afterBytes)}`
        : `refused at ${size(growth.beforeBytes)}`,
      growth.askedBytes > 0 ? count(growth.askedBytes) : '?',
      growth.largestFreeBytes === null ? '?' : count(growth.largestFreeBytes),
      REASONS[growth.reason],
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
  if (leaks.lostBlocks === 0)
    return ['', strong('Nothing leaked: something points at every block')];
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
  return ['', strong(title), table([['bytes', 'blocks', '<fate', '<where'], ...rows])];
}

/** The innermost places, files without their folders; or the whole stack as it is. */
function where(stack, whole) {
  if (whole) return stack.join(' ← ');
  return stack
    .slice(0, 3)
    .map((place) => place.replace(/\((?:[^()]*\/)?([^/()]+)\)$/, '($1)'))
    .join(' ← ');
}
