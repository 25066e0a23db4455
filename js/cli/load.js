// SPDX-License-Identifier: MIT
// Files that commands are given: profiles and traces, compressed or not.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { FORMATS } from '../sight/exporters/index.js';
import { ProfileError, parseProfile } from '../sight/profile.js';
import { MAGIC, TraceError } from '../sight/trace-format.js';
import { profileOfTrace } from '../sight/trace-profile.js';
import { CommandError } from './errors.js';
import { SYMBOL_OPTIONS, joinSymbols } from './symbols.js';

/** The bytes of a file, decompressed. */
export async function bytesOf(file) {
  let bytes;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const what = error.code === 'ENOENT' ? 'there is no such file' : error.message;
    throw new CommandError(`${file}: ${what}`, 'give the name of a file that heaplet wrote');
  }
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new CommandError(`${file}: broken gzip: ${error.message}`, 'write the file again');
  }
}

export const isTrace = (bytes) => MAGIC.every((byte, at) => bytes[at] === byte);

/**
 * A profile from a file that `run` wrote, or from the trace that `record` wrote; with names and lines,
 * where a program of the same build is at hand, or `named`.
 */
export async function loadProfile(file, named = {}) {
  const profile = await plainProfile(file);
  const wanted = Object.keys(SYMBOL_OPTIONS).some((name) => named[name] !== undefined);
  if (profile.frames.some((frame) => frame.file !== 0 && frame.functionIndex >= 0) && !wanted) {
    return profile;
  }
  const near = [named['debug-wasm'], file].filter(Boolean).map((name) => path.dirname(name));
  return joinSymbols(profile, [...near, '.'], named);
}

async function plainProfile(file) {
  const bytes = await bytesOf(file);
  if (isTrace(bytes)) return profileOfWholeTrace(file, bytes);
  try {
    return parseProfile(bytes.toString('utf8'));
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    const export_ = exportedAs(file);
    throw new CommandError(
      `${file}: ${error.message}`,
      export_
        ? `${export_.name} files are for ${export_.opensIn}; heaplet reads its own: --profile out.heaplet.json`
        : 'heaplet reads profiles of its own: heaplet run --profile out.heaplet.json app.mjs',
    );
  }
}

function profileOfWholeTrace(file, bytes) {
  try {
    return profileOfTrace(bytes);
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    throw new CommandError(`${file}: ${error.message}`, 'record it again: a trace must be whole');
  }
}

/** The trace in a file. */
export async function loadTrace(file) {
  const bytes = await bytesOf(file);
  if (isTrace(bytes)) return bytes;
  throw new CommandError(
    `${file}: byte 0: not a heaplet trace`,
    'make one: heaplet record -o out.trace app.mjs',
  );
}

function exportedAs(file) {
  return FORMATS.find(
    ({ name, endings }) => name !== 'heaplet' && endings.some((ending) => file.endsWith(ending)),
  );
}
