// SPDX-License-Identifier: MIT
// heaplet run, record and attach on real programs, against what the bench's recorder saw of them.

import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { readTrace } from '../../js/sight/trace.js';
import { repository } from '../../scripts/run.mjs';
import { buildSightPrograms } from '../sight/programs.mjs';
import { recordedEvents, sumsOf } from '../sight/truth.mjs';
import { APP, CLI, appArguments, finished, heaplet } from './support.mjs';

// For a busy machine; nothing here is judged by its time.
jest.setTimeout(600_000);
const PROGRAMS = ['lua', 'sqlite', 'cjson'];
let built;
let folder;
beforeAll(async () => {
  const names = [...PROGRAMS, 'known'];
  built = await buildSightPrograms([
    ...names.flatMap((name) => [`${name}.symbols`, `${name}.recorded`]),
    'cjson.plain',
  ]);
  folder = mkdtempSync(path.join(os.tmpdir(), 'heaplet-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name) => path.join(folder, name);
const app = (target) => appArguments(built, target);

/** The ground truth. Programs are told their own name, and some keep it: it must be the same. */
async function recorded(name) {
  const script = process.argv[1];
  process.argv[1] = APP;
  try {
    return await recordedEvents(built, name);
  } finally {
    process.argv[1] = script;
  }
}

async function reported(args, target) {
  const { code, stdout, stderr } = await heaplet(['run', '--json', ...args, ...app(target)]);
  return { code, stderr, report: JSON.parse(stdout) };
}
const rowOf = (rows, place) => rows.find(({ stack }) => stack[0].includes(place));

describe.each(PROGRAMS)('%s', (name) => {
  test('is counted to the byte, and by function and line', async () => {
    const truth = sumsOf((await recorded(name)).events);
    const { code, report } = await reported(['--top', '1000000'], `${name}.symbols`);
    expect(code).toBe(0);
    expect({
      operations: report.operations,
      allocatedBytes: report.allocated.bytes,
      allocatedBlocks: report.allocated.blocks,
      liveBytes: report.live.bytes,
      liveBlocks: report.live.blocks,
      peakBytes: report.peak.bytes,
      peakBlocks: report.peak.blocks,
    }).toEqual(truth);
    const sum = (rows) => rows.reduce((total, { bytes }) => total + bytes, 0);
    expect(sum(report.allocatedBy)).toBe(truth.allocatedBytes);
    expect(sum(report.peakBy)).toBe(truth.peakBytes);
    expect(sum(report.liveBy)).toBe(truth.liveBytes);
    const allocating = {
      lua: /^l_alloc \(.*lauxlib\.c:\d+\)$/,
      sqlite: /^sqlite3MemMalloc \(.*sqlite3\.c:\d+\)$/,
      cjson: /^cJSON_\w+|^\w+ \(.*cJSON\.c:\d+\)$/,
    }[name];
    expect(report.allocatedBy[0].stack[0]).toMatch(allocating);
  });
});

test('a program is recorded as the trace that the recorder saw', async () => {
  const { events } = await recorded('cjson');
  const { code, stdout } = await heaplet([
    'record',
    '--json',
    '-o',
    at('cjson.trace'),
    ...app('cjson.symbols'),
  ]);
  expect([code, JSON.parse(stdout).operations]).toEqual([0, events.length]);
  const seen = [];
  readTrace(readFileSync(at('cjson.trace')), {
    event: ({ kind, size, taken, block }) => seen.push(`${kind} ${size} ${taken} ${block}`),
  });
  const wanted = events.map(({ kind, size, taken, block }) => `${kind} ${size} ${taken} ${block}`);
  const different = seen.findIndex((event, index) => event !== wanted[index]);
  expect([different, seen.length]).toEqual([-1, wanted.length]);
});

describe('a program whose memory is known', () => {
  let truth;
  beforeAll(async () => {
    truth = sumsOf((await recorded('known')).events);
  });

  /** The lines of known.cpp that hold these words. */
  const line = (words) => {
    const lines = readFileSync(path.join(repository, 'tests/sight/programs/known.cpp'), 'utf8');
    const function_ = lines.slice(0, lines.indexOf(words));
    return `known.cpp:${function_.split('\n').length}`;
  };

  test('has its leak, its churn and its growth named by line', async () => {
    const { code, report, stderr } = await reported(['--fail-on-leak'], 'known.symbols');
    expect([code, stderr]).toEqual([
      3,
      expect.stringContaining('leaked: 12,800 bytes in 200 blocks'),
    ]);
    expect(report.broken).toEqual([expect.objectContaining({ limit: 'fail-on-leak' })]);
    expect(report.leaks).toMatchObject({ lostBlocks: 200, lostBytes: 12800 });
    const leaking = line('std::malloc(sizeof(Node))');
    expect(report.leaks.groups.map(({ stack }) => stack[0])).toEqual(
      [1, 2].map(() => expect.stringContaining(leaking)),
    );
    const churning = rowOf(report.temporaryBy, line('std::malloc(static_cast'));
    expect(churning.blocks).toBe(3000);
    const growing = report.growths.filter(({ askedBytes }) => askedBytes === 100000);
    expect(growing.length).toBeGreaterThan(10);
    const grown = report.peakBy[0];
    expect([grown.bytes, grown.blocks]).toEqual([3_000_000, 30]);
    expect(growing.at(-1).stack).toEqual(grown.stack);
  });

  test('ends with 3 if it takes a byte more than it may', async () => {
    const code = async (...limit) => (await reported(limit, 'known.symbols')).code;
    expect(await code('--max-bytes', `${truth.peakBytes}`)).toBe(0);
    expect(await code('--max-bytes', `${truth.peakBytes - 1}`)).toBe(3);
    expect(await code('--max-memory', '64k')).toBe(3);
    expect(await code('--max-memory', '1g')).toBe(0);
  });

  test('is written for a viewer, and read again', async () => {
    const file = at('known.heaplet.json');
    const { code, stderr } = await heaplet(['run', '-o', file, ...app('known.symbols')]);
    expect([code, stderr]).toEqual([0, expect.stringContaining('opens in heaplet itself')]);
    const { stdout } = await heaplet(['report', file]);
    expect(stdout).toContain('Leaked: 12,800 bytes in 200 blocks that nothing points at');
    expect((await heaplet(['convert', file, at('known.heapsnapshot')])).code).toBe(0);
    const { snapshot } = JSON.parse(readFileSync(at('known.heapsnapshot'), 'utf8'));
    expect(snapshot.node_count).toBe(truth.liveBlocks + 3);
  });

  test('is sampled without a word about leaks', async () => {
    const sampled = ['--mode', 'sampled', '--sampling-bytes', '8k'];
    const { code, report } = await reported(sampled, 'known.symbols');
    expect([code, report.leaks, report.samplingBytes]).toEqual([0, null, 8192]);
    expect(report.allocated.bytes).toBeGreaterThan(2_000_000);
  });
});

test('lines come from any program of the same build in its folder', async () => {
  const beside = at('beside');
  mkdirSync(beside);
  const copy = (from, to) => copyFileSync(path.join(built.folder, from), path.join(beside, to));
  copy('known.symbols.mjs', 'known.symbols.mjs');
  for (const name of ['first.wasm', 'known.symbols.wasm', 'last.wasm']) {
    copy('known.symbols.wasm', name);
  }
  const stack = async () => {
    const args = appArguments({ ...built, folder: beside }, 'known.symbols');
    const { stdout } = await heaplet(['run', '--json', ...args]);
    return JSON.parse(stdout).peakBy[0].stack.join();
  };
  expect(await stack()).not.toMatch(/\.cpp:\d+/);
  copy('known.symbols.wasm.map', 'last.wasm.map');
  expect(await stack()).toMatch(/\.cpp:\d+/);
});

test('a program without the profiler is told how to get it', async () => {
  const { code, stderr } = await heaplet(['run', ...app('cjson.plain')]);
  expect([code, stderr]).toEqual([1, expect.stringContaining('heaplet::profiler heaplet::malloc')]);
});

test("the program's own exit code is passed on", async () => {
  writeFileSync(at('fails.mjs'), 'process.exit(7);');
  const { code, stderr } = await heaplet(['run', at('fails.mjs')]);
  expect([code, stderr]).toEqual([7, expect.stringContaining('ended with code 7')]);
});

describe('a program that runs', () => {
  let truth;
  beforeAll(async () => {
    truth = sumsOf((await recorded('known')).events);
  });

  /** Nobody else's programs are seen. */
  const alone = () => ({ ...process.env, TMPDIR: folder });

  /** A program that has allocated and then waits to be ended. */
  const start = async () => {
    const module = path.join(built.folder, 'known.symbols.mjs');
    writeFileSync(
      at('waits.mjs'),
      `import create from ${JSON.stringify(module)};
       (await create()).callMain([]);
       setInterval(() => {}, 1000);`,
    );
    const args = [CLI, 'run', '--listen', '-o', at('waits.heaplet.json'), at('waits.mjs')];
    const child = spawn(process.execPath, args, { stdio: 'pipe', env: alone() });
    const ended = finished(child);
    await new Promise((resolve) => child.stdout.once('data', resolve)); // it says "done"
    return { child, ended };
  };

  test('is watched from outside, and keeps its profile when it is ended', async () => {
    const { child, ended } = await start();
    try {
      let now;
      for (let attempt = 0; attempt < 50 && now?.liveBytes !== truth.liveBytes; attempt++) {
        const { stdout } = await heaplet(['attach', '--json', '--count', '2'], {
          env: alone(),
        });
        const last = stdout.trim().split('\n').at(-1);
        now = last && JSON.parse(last);
      }
      expect(now).toMatchObject({ program: 'waits.mjs', liveBlocks: truth.liveBlocks });
      const file = at('now.heaplet.json');
      expect((await heaplet(['attach', '-o', file], { env: alone() })).code).toBe(0);
      const report = JSON.parse((await heaplet(['report', '--json', file])).stdout);
      expect([report.live.bytes, report.leaks.lostBytes]).toEqual([truth.liveBytes, 12800]);
      expect(report.liveBy[0].stack[0]).toMatch(/known\.cpp:\d+\)$/);
    } finally {
      child.kill('SIGINT');
    }
    expect((await ended).code).toBe(130);
    const { stdout } = await heaplet(['report', '--json', at('waits.heaplet.json')]);
    expect(JSON.parse(stdout).live).toEqual({
      bytes: truth.liveBytes,
      blocks: truth.liveBlocks,
    });
  });

  test('and one that does not are told apart', async () => {
    const { code, stderr } = await heaplet(['attach', '1'], { env: alone() });
    expect([code, stderr]).toEqual([2, expect.stringMatching(/listens/)]);
  });
});
