// SPDX-License-Identifier: MIT
//
// The files that a profile can be written as. docs/SIGHT.md says which viewer opens which.

import { exportCollapsed } from './collapsed.js';
import { exportDhat } from './dhat.js';
import { ExportError } from './error.js';
import { exportHeapProfile } from './heapprofile.js';
import { exportHeapSnapshot } from './heapsnapshot.js';
import { exportHeaptrack } from './heaptrack.js';
import { exportMassif } from './massif.js';
import { exportPprof } from './pprof.js';
import { exportSpeedscope } from './speedscope.js';

export { ExportError };

/** @typedef {import('../profile.js').Profile} Profile */
/** @typedef {'live' | 'peak' | 'allocated'} Value which bytes a format with one value a stack shows */

/**
 * @typedef {object} Format
 * @property {string} name
 * @property {string[]} endings of file names; the first is the usual one
 * @property {string} opensIn
 * @property {(profile: Profile, options?: ExportOptions) => string | Uint8Array} write
 * @property {boolean} [gzip] the file is compressed
 */

/**
 * @typedef {object} ExportOptions
 * @property {Value} [value] of collapsed and heapprofile; 'live' by default
 * @property {number} [maxBlocks] of heaptrack: how many blocks that were freed the file may hold
 * @property {string} [snapshot] of heapsnapshot: the label of the snapshot to write
 */

/** @type {readonly Format[]} */
export const FORMATS = [
  {
    name: 'heaplet',
    endings: ['.heaplet.json'],
    opensIn: 'heaplet itself: report, diff, convert and the demo page',
    write: (profile) => JSON.stringify(profile),
  },
  {
    name: 'dhat',
    endings: ['.dhat.json', '.dhat'],
    opensIn: "valgrind's dh_view.html, Firefox Profiler",
    write: exportDhat,
  },
  {
    name: 'pprof',
    endings: ['.pb.gz', '.pprof'],
    opensIn: 'go tool pprof, speedscope, Pyroscope, Parca',
    write: exportPprof,
    gzip: true,
  },
  {
    name: 'speedscope',
    endings: ['.speedscope.json'],
    opensIn: 'speedscope',
    write: exportSpeedscope,
  },
  {
    name: 'heaptrack',
    endings: ['.heaptrack.gz'],
    opensIn: 'heaptrack_gui, heaptrack_print',
    write: exportHeaptrack,
    gzip: true,
  },
  {
    name: 'massif',
    endings: ['.massif'],
    opensIn: 'ms_print, massif-visualizer',
    write: exportMassif,
  },
  {
    name: 'heapprofile',
    endings: ['.heapprofile'],
    opensIn: "Chrome DevTools' Memory panel, speedscope, VS Code",
    write: exportHeapProfile,
  },
  {
    name: 'heapsnapshot',
    endings: ['.heapsnapshot'],
    opensIn: "Chrome DevTools' Memory panel: retainers, retained sizes, comparison",
    write: exportHeapSnapshot,
  },
  {
    name: 'collapsed',
    endings: ['.folded', '.collapsed'],
    opensIn: 'flamegraph.pl, inferno, speedscope, Firefox Profiler',
    write: exportCollapsed,
  },
];

/**
 * The format of this name, or the one that a file name ends like.
 * @param {{name?: string, file?: string}} which
 * @returns {Format}
 */
export function formatOf({ name, file = '' }) {
  const found =
    name !== undefined
      ? FORMATS.find((format) => format.name === name)
      : FORMATS.find(({ endings }) => endings.some((ending) => file.endsWith(ending)));
  if (found) return found;
  const what =
    name !== undefined
      ? `there is no format ${JSON.stringify(name)}`
      : `the name ${JSON.stringify(file)} does not say which format is meant`;
  const known = FORMATS.map((format) => `${format.name} (${format.endings.join(', ')})`);
  throw new ExportError(what, `the formats are ${known.join(', ')}`);
}

/**
 * A file for a viewer.
 * @param {Profile} profile
 * @param {Format} format
 * @param {ExportOptions} [options]
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function exportProfile(profile, format, options) {
  const content = format.write(profile, options);
  const blob = new Blob([/** @type {BlobPart} */ (content)]);
  const stream = format.gzip
    ? blob.stream().pipeThrough(new CompressionStream('gzip'))
    : blob.stream();
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
