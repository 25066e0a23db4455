// SPDX-License-Identifier: MIT
// A program whose leak, churn and growth are known: the report must name functions, lines and bytes.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Profiler } from '../../js/sight/profiler.js';
import { fileSink, memorySink } from '../../js/sight/sinks.js';
import { symbolise } from '../../js/sight/symbols.js';
import { profileOfTrace } from '../../js/sight/trace-profile.js';
import { repository, run } from '../../scripts/run.mjs';
import { buildSightPrograms, runProgram, wasmOf } from './programs.mjs';

jest.setTimeout(600_000);

const SOURCE = 'tests/sight/programs/known.cpp';
const source = readFileSync(path.join(repository, SOURCE), 'utf8').split('\n');
const lineOf = (text) => source.findIndex((line) => line.includes(text)) + 1;
const LINES = {
  leak: lineOf('std::malloc(sizeof(Node))'),
  keep: lineOf('std::calloc(1, sizeof(Node))'),
  churn: lineOf('std::malloc(static_cast'),
  cache: lineOf('cache.push_back'),
  buffer: lineOf('std::realloc(buffer'),
  texture: lineOf('std::malloc(777)'),
};

let built;
beforeAll(async () => {
  built = await buildSightPrograms(['known.profiled', 'known.symbols', 'known.dwarf']);
});

const sideFile = (name) => readFileSync(path.join(built.folder, name), 'utf8');

async function profiled(target, options = {}) {
  const wasm = await wasmOf(built, target);
  const profiler = new Profiler({ mode: 'exact', wasm, ...options });
  const { program, code } = await runProgram(built, target, profiler.moduleOptions());
  expect(code).toBe(0);
  return { wasm, profiler, program };
}

/** Totals by the innermost line of known.cpp. */
function byLine({ totals, stacks, frames, strings }) {
  const sums = {};
  for (const total of totals) {
    const frame = stacks[total.stack]
      .map((index) => frames[index])
      .find(({ file }) => strings[file].endsWith(SOURCE));
    const sum = (sums[frame?.line ?? 0] ??= {
      allocatedBlocks: 0,
      allocatedBytes: 0,
      liveBytes: 0,
      peakBytes: 0,
      temporaryBlocks: 0,
    });
    for (const name of Object.keys(sum)) sum[name] += total[name];
  }
  return sums;
}

const KNOWN = {
  [LINES.leak]: {
    allocatedBlocks: 200,
    allocatedBytes: 12800,
    liveBytes: 12800,
    temporaryBlocks: 0,
  },
  [LINES.keep]: { allocatedBlocks: 10, allocatedBytes: 640, liveBytes: 640, temporaryBlocks: 0 },
  [LINES.churn]: {
    allocatedBlocks: 3000,
    allocatedBytes: 373500,
    liveBytes: 0,
    temporaryBlocks: 3000,
  },
  [LINES.texture]: { allocatedBlocks: 1, allocatedBytes: 777, liveBytes: 777 },
  // Each realloc ends a block that the one before it made.
  [LINES.buffer]: { allocatedBlocks: 11, allocatedBytes: 131008, liveBytes: 0, peakBytes: 65536 },
};

describe('the report', () => {
  test('names functions and lines by DWARF', async () => {
    const { wasm, profiler } = await profiled('known.dwarf');
    const profile = symbolise(profiler.profile(), { wasm });
    expect(byLine(profile)).toMatchObject(KNOWN);
    const { strings, frames } = profile;
    const functionAt = (line) =>
      strings[
        frames.find((frame) => frame.line === line && strings[frame.file].endsWith(SOURCE)).function
      ];
    expect(functionAt(LINES.leak)).toBe('(anonymous namespace)::leak_nodes()');
    expect(functionAt(LINES.churn)).toBe('(anonymous namespace)::churn()');
    expect(functionAt(LINES.cache)).toBe('(anonymous namespace)::fill_cache()');
  });

  test('names lines of a stripped release build by symbols that stayed at home', async () => {
    const { profiler } = await profiled('known.profiled');
    const stripped = profiler.profile();
    expect(
      stripped.frames.every(({ functionIndex, file }) => functionIndex < 0 || file === 0),
    ).toBe(true);
    const symbols = {
      wasm: await wasmOf(built, 'known.symbols'),
      symbolMap: sideFile('known.symbols.mjs.symbols'),
      sourceMap: sideFile('known.symbols.wasm.map'),
    };
    const profile = symbolise(stripped, symbols);
    expect(byLine(profile)).toMatchObject(KNOWN);
    expect(profile.strings).toContain('main');
  });

  test('refuses symbols of another build', async () => {
    const { profiler } = await profiled('known.profiled');
    const wasm = await wasmOf(built, 'known.dwarf');
    expect(() => symbolise(profiler.profile(), { wasm })).toThrow(/symbols are of another build/);
  });

  test('says why memory grew', async () => {
    const { wasm, profiler } = await profiled('known.dwarf');
    const { growths, stacks, frames, strings } = symbolise(profiler.profile(), { wasm });
    const byCache = growths.filter(({ stack }) =>
      stacks[stack].some((index) => strings[frames[index].function].includes('fill_cache')),
    );
    expect(byCache.length).toBeGreaterThan(5);
    for (const { askedBytes, afterBytes, beforeBytes, reason } of byCache) {
      expect(askedBytes).toBe(100000);
      expect(afterBytes).toBeGreaterThan(beforeBytes);
      expect(['full', 'fragmented']).toContain(reason);
    }
  });

  test('knows tags', async () => {
    const { profiler } = await profiled('known.profiled');
    const { totals, strings } = profiler.profile();
    const tagged = totals.filter(({ tag }) => strings[tag] === 'textures');
    expect(tagged.map(({ liveBytes }) => liveBytes)).toEqual([777]);
  });

  test('marks growths for the performance panel', async () => {
    performance.clearMeasures();
    const { profiler } = await profiled('known.profiled');
    const marks = performance.getEntriesByType('measure').filter(({ detail }) => detail?.devtools);
    expect(marks).toHaveLength(profiler.profile().growths.length);
    expect(marks[0].name).toMatch(/^memory.grow to \d+\.\d\d MiB$/);
  });
});

describe('leaks', () => {
  test('are what nothing points at, and what only that points at', async () => {
    const { profiler } = await profiled('known.dwarf');
    const { lostBlocks, lostBytes, groups } = profiler.leaks();
    expect({ lostBlocks, lostBytes }).toEqual({ lostBlocks: 200, lostBytes: 12800 });
    const blocks = (fate) =>
      groups.filter((group) => group.fate === fate).reduce((sum, group) => sum + group.blocks, 0);
    expect({ lost: blocks('lost'), withAnother: blocks('lost with another') }).toEqual({
      lost: 40,
      withAnother: 160,
    });
    const reachable = groups.filter(({ fate }) => fate === 'reachable');
    expect(reachable.every(({ heldBy }) => heldBy.length > 0)).toBe(true);
  });

  test('can be asked for while the program lives', async () => {
    const { profiler } = await profiled('known.profiled');
    const before = profiler.leaks().lostBytes;
    expect(profiler.leaks().lostBytes).toBe(before);
  });
});

describe('a trace', () => {
  test('gives the profile that the profiler gives', async () => {
    const trace = memorySink();
    const { wasm, profiler } = await profiled('known.dwarf', { trace });
    const watched = symbolise(profiler.profile(), { wasm });
    profiler.stop();
    const read = symbolise(profileOfTrace(trace.bytes()), { wasm });
    expect(read.buildId).toBe(watched.buildId);
    expect(byLine(read)).toEqual(byLine(watched));
    const figures = ({ operations, liveBytes, peakBytes, allocatedBytes, growths }) => ({
      ...{ operations, liveBytes, peakBytes, allocatedBytes },
      growths: growths.map(({ askedBytes, afterBytes, freeBytes }) => [
        askedBytes,
        afterBytes,
        freeBytes,
      ]),
    });
    expect(figures(read)).toEqual(figures(watched));
    const tags = ({ totals, strings }) => totals.map(({ tag }) => strings[tag]).sort();
    expect(tags(read)).toEqual(tags(watched));
  });

  test('goes to a file piece by piece', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'heaplet-trace-'));
    const file = await fileSink(path.join(folder, 'known.trace'));
    const { profiler } = await profiled('known.profiled', { trace: file });
    profiler.stop();
    file.close();
    const { liveBytes } = profileOfTrace(readFileSync(path.join(folder, 'known.trace')));
    expect(liveBytes).toBe(profiler.profile().liveBytes);
    rmSync(folder, { recursive: true });
  });
});

describe('a snapshot', () => {
  test('has every block, and what points at it', async () => {
    const { profiler } = await profiled('known.profiled');
    const { blocks, references, liveBytes } = profiler.snapshot('end', {
      blocks: true,
      references: true,
    });
    expect(blocks.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(liveBytes);
    expect(new Set(blocks.map(({ serial }) => serial)).size).toBe(blocks.length);
    // Each kept node but the last points at the one before it, by its first word.
    const links = references.filter(
      ({ from, offset, to }) =>
        offset === 0 && blocks[from]?.bytes === 64 && blocks[to].bytes === 64,
    );
    expect(links).toHaveLength(40 * 4 + 9);
    expect(profiler.profile().snapshots.map(({ label }) => label)).toContain('end');
  });
});

describe('at any time', () => {
  test('the heap can be summed up and walked', async () => {
    const { profiler } = await profiled('known.profiled', { mode: 'off' });
    const stats = profiler.stats();
    const live = profiler.walk().filter(({ state }) => state === 0);
    expect(live).toHaveLength(stats.liveBlocks);
    expect(live.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(stats.liveBytes);
    const { sizeClasses, ...sums } = profiler.info();
    expect(sums).toEqual(stats);
    expect(sizeClasses.reduce((sum, { liveBytes }) => sum + liveBytes, 0)).toBe(stats.liveBytes);
    expect(profiler.infoText()).toContain(`${stats.liveBytes} bytes in ${stats.liveBlocks} blocks`);
  });

  test('bytes and calls are counted, whatever is looked at', async () => {
    const truth = (await profiled('known.profiled')).profiler.profile();
    for (const mode of ['off', 'sampled', 'sites', 'exact']) {
      const { profiler } = await profiled('known.profiled', { mode });
      const { allocations, frees, allocatedBytes } = profiler.counters();
      // A realloc is an allocation and a free.
      expect({ mode, allocations, allocatedBytes, live: allocations - frees }).toEqual({
        mode,
        allocations: truth.allocatedBlocks,
        allocatedBytes: truth.allocatedBytes,
        live: truth.liveBlocks,
      });
    }
  });

  test('a running program can be attached to and let go', async () => {
    const { program } = await runProgram(built, 'known.profiled');
    const profiler = new Profiler({ mode: 'exact' }).attach(program);
    expect(profiler.profile().growths.length).toBeGreaterThan(5);
    expect(() => new Profiler().attach(program)).toThrow(/has a profiler already/);
    profiler.stop();
    new Profiler().attach(program).stop();
  });
});

test('the example of docs/SIGHT.md runs', async () => {
  const document = readFileSync(path.join(repository, 'docs/SIGHT.md'), 'utf8');
  const examples = [...document.matchAll(/```js\n([^]*?)```/g)].map(([, code]) => code);
  const example = examples.find((code) => code.includes('profiler.leaks()'));
  const folder = mkdtempSync(path.join(os.tmpdir(), 'heaplet-example-'));
  for (const ending of ['mjs', 'wasm', 'wasm.map']) {
    cpSync(path.join(built.folder, `known.symbols.${ending}`), path.join(folder, `app.${ending}`));
  }
  // The program asks for its .wasm by the name it was linked with.
  const entry = pathToFileURL(path.join(repository, 'js/sight/index.js')).href;
  writeFileSync(
    path.join(folder, 'example.mjs'),
    `${example.replace("'heaplet/sight'", `'${entry}'`)}
    console.log(profile.strings.some((text) => text.endsWith('known.cpp')));`,
  );
  const { stdout } = await run(process.execPath, ['example.mjs'], { cwd: folder });
  expect(stdout).toBe('done\n12800 bytes in 200 blocks leaked\ntrue\n');
  rmSync(folder, { recursive: true });
});

describe('what cannot be is refused', () => {
  test.each([
    ['a mode', () => new Profiler({ mode: 'all' }), /no mode 'all'; there are off, sampled/],
    ['a distance', () => new Profiler({ samplingBytes: 0 }), /samplingBytes is 0/],
    ['sites without a module', () => new Profiler({ mode: 'sites' }), /needs the program's \.wasm/],
    ['a trace of samples', () => new Profiler({ trace() {} }), /a trace needs every operation/],
    ['no program', () => new Profiler().stats(), /no program yet/],
    ['another program', () => new Profiler().attach({}), /link heaplet::profiler/],
    [
      'a .wasm without the profiler',
      () =>
        new Profiler({
          mode: 'exact',
          wasm: readFileSync(path.join(built.folder, 'known.dwarf.wasm')).subarray(0, 5000),
        }),
      /cannot read the \.wasm: byte \d+: section \d+ ends after the file/,
    ],
  ])('%s', (_, make, message) => expect(make).toThrow(message));
});
