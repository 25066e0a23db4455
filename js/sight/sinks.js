// SPDX-License-Identifier: MIT
//
// Sinks: where the pieces of a trace go while it is recorded. Each is a function for
// `new Profiler({ trace })`, with close() to be called after profiler.stop().

/** @typedef {import('./trace-writer.js').TraceSink & {close: () => void}} ClosableSink */

/**
 * Keeps the trace in memory.
 * @returns {import('./trace-writer.js').TraceSink & {bytes: () => Uint8Array}} bytes() has it so far
 */
export function memorySink() {
  /** @type {Uint8Array[]} */
  const pieces = [];
  const sink = (/** @type {Uint8Array} */ piece) => void pieces.push(piece.slice());
  const bytes = () => {
    const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  };
  return Object.assign(sink, { bytes });
}

/**
 * Writes to a new file, in Node.
 * @param {string} path
 * @returns {Promise<ClosableSink>}
 */
export async function fileSink(path) {
  // Not through an import that bundlers for browsers would follow.
  const { closeSync, openSync, writeSync } = await import(/* @vite-ignore */ `${'node:'}fs`);
  const file = openSync(path, 'w');
  return Object.assign(
    (/** @type {Uint8Array} */ piece) => {
      for (let at = 0; at < piece.length;) at += writeSync(file, piece, at);
    },
    { close: () => closeSync(file) },
  );
}

/**
 * Writes to a new file of the origin private file system, in a dedicated worker of a browser: the
 * program must run in the same worker.
 * @param {string} name
 * @returns {Promise<ClosableSink>}
 */
export async function opfsSink(name) {
  const folder = await navigator.storage.getDirectory();
  const file = /** @type {any} */ (await folder.getFileHandle(name, { create: true }));
  if (!file.createSyncAccessHandle) {
    throw new TypeError(
      'files of the origin can be written piece by piece in dedicated workers alone',
    );
  }
  const access = await file.createSyncAccessHandle();
  access.truncate(0);
  return Object.assign((/** @type {Uint8Array} */ piece) => void access.write(piece), {
    close() {
      access.flush();
      access.close();
    },
  });
}
