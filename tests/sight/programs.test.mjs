// SPDX-License-Identifier: MIT
// The profiler on Lua, SQLite and Debian's cjson, against the ground truth, to the byte.

import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { checkProfile } from '../../js/sight/profile.js';
import { Profiler } from '../../js/sight/profiler.js';
import { readTrace } from '../../js/sight/trace.js';
import { buildSightPrograms, runProgram, wasmOf } from './programs.mjs';
import { recordedEvents, sumsOf } from './truth.mjs';

const NAMES = ['lua', 'sqlite', 'cjson'];
// For a busy machine; nothing here is judged by its time.
jest.setTimeout(600_000);
let built;
beforeAll(async () => {
  const variants = ['profiled', 'recorded', 'plain'];
  built = await buildSightPrograms(
    NAMES.flatMap((name) => variants.map((variant) => `${name}.${variant}`)).concat('lua.dlmalloc'),
  );
});

/** Runs a program under a profiler; `{profile, events, output}`, the events read from its trace. */
async function profiled(target, options) {
  const wasm = await wasmOf(built, target);
  const pieces = [];
  const profiler = new Profiler({
    program: target,
    wasm,
    trace: options.mode === 'sampled' ? undefined : (bytes) => pieces.push(bytes.slice()),
    ...options,
  });
  const { output, program } = await runProgram(built, target, profiler.moduleOptions());
  const profile = profiler.profile();
  profiler.stop();
  checkProfile(profile);
  const events = [];
  if (pieces.length > 0) {
    readTrace(Buffer.concat(pieces), {
      event: ({ kind, log2Alignment, size, taken, block }) =>
        events.push({ kind, log2Alignment, size, taken, block }),
    });
  }
  return { profile, events, output, program };
}

const summed = (profile, field) => profile.totals.reduce((sum, total) => sum + total[field], 0);
const FIELDS = ['operations', 'allocatedBlocks', 'allocatedBytes', 'liveBytes', 'liveBlocks'];
const figures = (profile) =>
  Object.fromEntries([...FIELDS, 'peakBytes', 'peakBlocks'].map((name) => [name, profile[name]]));

describe.each(NAMES)('%s', (name) => {
  let truth;
  beforeAll(async () => {
    truth = await recordedEvents(built, name);
  });

  test.each(['exact', 'sites'])('in mode %s is counted to the byte', async (mode) => {
    const { profile, events, output } = await profiled(`${name}.profiled`, { mode });
    expect(output).toBe(truth.output);
    expect(figures(profile)).toEqual(sumsOf(truth.events));
    const different = events.findIndex((event, i) =>
      Object.keys(event).some((name) => event[name] !== truth.events[i]?.[name]),
    );
    expect({ different, count: events.length }).toEqual({
      different: -1,
      count: truth.events.length,
    });
    for (const field of ['allocatedBlocks', 'allocatedBytes', 'liveBlocks', 'liveBytes']) {
      expect(summed(profile, field)).toBe(profile[field]);
    }
    expect(summed(profile, 'peakBytes')).toBe(profile.peakBytes);
    expect(summed(profile, 'peakBlocks')).toBe(profile.peakBlocks);
    const unknown = profile.totals.find(({ stack }) => stack === 0);
    expect(unknown).toBeUndefined();
  });

  test('prints the same and grows alike when nothing is looked at', async () => {
    const { profile, output } = await profiled(`${name}.profiled`, {
      mode: 'sampled',
      samplingBytes: 4e9,
    });
    expect(output).toBe(truth.output);
    expect(profile.growths.map(({ stack }) => stack)).not.toContain(0);
  });

  test('is estimated without bias by samples', async () => {
    const { profile } = await profiled(`${name}.profiled`, {
      mode: 'sampled',
      samplingBytes: 4096,
      overhead: 1,
      random: mulberry(7),
    });
    const { allocatedBytes } = sumsOf(truth.events);
    // The variance of the sum is at most the interval times the bytes.
    const spread = Math.sqrt(4096 / allocatedBytes) + 0.001;
    expect(Math.abs(profile.allocatedBytes / allocatedBytes - 1)).toBeLessThan(5 * spread);
  });
});

test('contexts give the stacks that a capture for each allocation gives', async () => {
  const stacksOf = (profile) =>
    new Map(
      profile.totals.map(({ stack, allocatedBytes, liveBytes, allocatedBlocks }) => [
        profile.stacks[stack]
          .map((index) => profile.frames[index])
          .filter(({ functionIndex }) => functionIndex >= 0)
          .map(({ functionIndex, offset }) => `${functionIndex}:${offset}`)
          .join(' '),
        { allocatedBytes, liveBytes, allocatedBlocks },
      ]),
    );
  const byContext = await profiled('cjson.profiled', { mode: 'exact' });
  const profiler = new Profiler({ mode: 'exact' });
  await runProgram(built, 'cjson.profiled', profiler.moduleOptions());
  const byCapture = profiler.profile();
  expect(stacksOf(byContext.profile)).toEqual(stacksOf(byCapture));
  expect(byCapture.stacks.length).toBeGreaterThan(5);
});

test('any allocator can be profiled', async () => {
  const { profile } = await profiled('lua.dlmalloc', { mode: 'sites' });
  expect(figures(profile)).toEqual(sumsOf((await recordedEvents(built, 'lua')).events));
});

/** Numbers from 0 to 1, the same each time. */
function mulberry(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
