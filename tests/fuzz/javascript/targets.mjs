// SPDX-License-Identifier: MIT
//
// What is fuzzed in JavaScript: all that reads files of others.

import { strict as assert } from 'node:assert';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { ExportError, FORMATS } from '../../../js/sight/exporters/index.js';
import { ProfileError, parseProfile } from '../../../js/sight/profile.js';
import { Kind, TraceError, TraceWriter, decodeTrace, readTrace } from '../../../js/sight/trace.js';
import { profileOfTrace } from '../../../js/sight/trace-profile.js';
import { sampleProfile } from '../../exporters/sample.mjs';
import { mutateBytes, mutateJson, randomFrom } from './fuzzer.mjs';

const corpusFolder = path.join(import.meta.dirname, '../corpus');

/** Kept inputs of a target: bytes, by file name. */
function kept(name) {
  const folder = path.join(corpusFolder, name);
  const names = readdirSync(folder).sort();
  return names.map((file) => readFileSync(path.join(folder, file)));
}

/** Every exporter writes the profile, or says what it cannot. */
function exportAll(profile) {
  for (const { name, write } of FORMATS) {
    try {
      const file = write(profile);
      assert(file.length >= 0, `${name} wrote nothing`);
    } catch (error) {
      if (!(error instanceof ExportError))
        throw new Error(`${name}: ${error.stack}`, { cause: error });
    }
  }
}

/** All that is read of a trace, so that two can be compared. */
function contentsOf(bytes) {
  const found = [];
  const { meta } = readTrace(bytes, {
    event: (event) => found.push({ ...event, slot: 0 }),
    stack: (frames) => found.push({ frames }),
    tag: (tag) => found.push({ tag }),
    growth: (growth) => found.push({ growth }),
  });
  return { meta, found };
}

/** Writes again what was read. */
function rewrite({ meta, found }) {
  const writer = new TraceWriter(meta);
  for (const each of found) {
    if (each.frames) writer.stack(each.frames);
    else if (each.growth) writer.growth(each.growth, each.growth.stack);
    else if (each.kind === undefined) writer.tag(each.tag);
    else {
      const details = { stack: each.stack, microseconds: each.microseconds };
      if (each.kind === Kind.free) writer.free(each.taken, details);
      else if (each.kind === Kind.realloc) writer.realloc(each.taken, each.size, details);
      else if (each.kind === Kind.calloc) writer.calloc(each.size, details);
      else if (each.kind === Kind.reallocNew) writer.reallocNew(each.size, details);
      else if (each.kind === Kind.malloc) writer.malloc(each.size, details);
      else writer.aligned(2 ** each.log2Alignment, each.size, details);
    }
  }
  return writer.finish();
}

/** Any bytes are refused with an offset, or are a trace that all else can use. */
function readBytes(bytes) {
  let decoded;
  try {
    decoded = decodeTrace(bytes);
  } catch (error) {
    if (error instanceof TraceError && error.offset <= bytes.length) return;
    throw error;
  }
  const { counts, count, operations } = decoded;
  assert.equal(
    Object.values(counts).reduce((a, b) => a + b, 0),
    count,
  );
  assert.equal(operations.length, 2 * count);
  const profile = profileOfTrace(bytes);
  parseProfile(JSON.stringify(profile));
  exportAll(profile);
}

/** A program that the bytes stand for, three a step: what is written is read, and written again alike. */
function runProgram(bytes) {
  const writer = new TraceWriter({ name: 'fuzz', bytes: bytes.length });
  const live = [];
  let stacks = 0;
  let microseconds = 0;
  for (let at = 0; at + 3 <= bytes.length; at += 3) {
    const [what, first, second] = bytes.subarray(at, at + 3);
    const size = second * 2 ** (first % 25);
    const details = {};
    if (what & 0x10 && stacks > 0) details.stack = 1 + (second % stacks);
    if (what & 0x20) details.microseconds = microseconds += first * second;
    const takeOne = () => live.splice(first % live.length, 1)[0];
    const kind = what % 16;
    if (kind < 3) live.push(writer.malloc(size, details));
    else if (kind === 3) live.push(writer.calloc(size, details));
    else if (kind === 4) live.push(writer.reallocNew(size, details));
    else if (kind === 5) live.push(writer.aligned(2 ** (first % 32), second, details));
    else if (kind < 9 && live.length > 0) writer.free(takeOne(), details);
    else if (kind < 11 && live.length > 0) live.push(writer.realloc(takeOne(), size, details));
    else if (kind === 11) writer.tag(String.fromCodePoint(first * 256 + (second & 0x7f)));
    else if (kind === 12) {
      const frame = (i) => ({ functionIndex: first * i - 1, offset: second * i });
      stacks = writer.stack(Array.from({ length: 1 + (first % 4) }, (_, i) => frame(i)));
    } else if (kind === 13) {
      const known = {
        liveBytes: first,
        freeBytes: second % 2 ? second : null,
        largestFreeBytes: null,
      };
      const asked = { beforeBytes: 65536 * first, afterBytes: 65536 * second, askedBytes: size };
      writer.growth({ ...asked, alignment: first % 3, ...known }, stacks && second % stacks);
    }
  }
  const trace = writer.finish();
  readBytes(trace);
  decodeTrace(trace); // and is not refused
  assert.deepEqual(contentsOf(rewrite(contentsOf(trace))), contentsOf(trace));
}

/** Any value is refused with a reason, or is a profile that can be exported. */
function readProfile(value) {
  let profile;
  try {
    profile = parseProfile(JSON.stringify(value));
  } catch (error) {
    if (error instanceof ProfileError) return;
    throw error;
  }
  exportAll(profile);
}

function randomBytes(seed, count) {
  const random = randomFrom(seed);
  return Uint8Array.from({ length: count }, () => random(256));
}

export const TARGETS = {
  trace_fuzz: {
    seeds: kept('trace_fuzz'),
    mutate: mutateBytes,
    run: readBytes,
  },
  trace_program_fuzz: {
    seeds: [3, 30, 300, 900].map((count) => randomBytes(count, count)),
    mutate: mutateBytes,
    run: runProgram,
  },
  profile_fuzz: {
    seeds: [1, 2].map((seed) => sampleProfile({ seed, operations: 20 * seed }).profile),
    mutate: mutateJson,
    run: readProfile,
  },
};
