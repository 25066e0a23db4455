// SPDX-License-Identifier: MIT
//
// DHAT's file, version 2: opens in valgrind's dh_view.html and in Firefox Profiler. Of all formats it
// says most about a line of code: what it allocated ever, how long that lived, at its own maximum, at
// the peak of the program and at the end. Time is counted in operations.

import { resolve } from './resolved.js';

/** Blocks that live for fewer operations are called short-lived. */
const SHORT_LIVED_OPERATIONS = 500;

/**
 * @param {import('../profile.js').Profile} profile
 * @returns {string}
 */
export function exportDhat(profile) {
  const { program, places, stacks, rows } = resolve(profile);
  return JSON.stringify({
    dhatFileVersion: 2,
    mode: 'heap',
    verb: 'Allocated',
    bklt: true,
    bkacc: false,
    tu: 'operations',
    Mtu: 'Mops',
    tuth: SHORT_LIVED_OPERATIONS,
    cmd: program,
    pid: 0,
    tg: operationsAtPeak(profile),
    te: profile.operations,
    pps: rows.map((row) => ({
      tb: row.allocatedBytes,
      tbk: row.allocatedBlocks,
      tl: row.lifetimeOperations,
      mb: row.maxBytes,
      mbk: row.maxBlocks,
      gb: row.peakBytes,
      gbk: row.peakBlocks,
      eb: row.liveBytes,
      ebk: row.liveBlocks,
      fs: stacks[row.stack].map((place) => place + 1), // 0 is the root
    })),
    ftbl: ['[root]', ...places.map((place) => frameText(place, program))],
  });
}

/**
 * Firefox Profiler takes names, files and lines apart only in this form.
 * @param {import('./resolved.js').Place} place
 * @param {string} program
 */
function frameText({ name, file, line, column, offset }, program) {
  const address = `0x${offset.toString(16).toUpperCase()}`;
  if (file === '') return `${address}: ${name} (in ${program})`;
  const position = [file, line, column].slice(0, line === 0 ? 1 : column === 0 ? 2 : 3).join(':');
  return `${address}: ${name} (${position})`;
}

/** The model has the peak's time; its operation is that of the point of the timeline nearest to it. */
function operationsAtPeak(/** @type {import('../profile.js').Profile} */ profile) {
  let nearest = { liveBytes: -1, operations: profile.operations };
  for (const moment of profile.timeline) {
    if (moment.liveBytes > nearest.liveBytes) nearest = moment;
  }
  return nearest.operations;
}
