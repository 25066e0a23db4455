// SPDX-License-Identifier: MIT
// Profiles of real programs in the viewers of their formats, against the ground truth, to the byte.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { exportProfile, formatOf } from '../../js/sight/exporters/index.js';
import { Profiler } from '../../js/sight/profiler.js';
import { symbolise } from '../../js/sight/symbols.js';
import { launchBrowser } from '../../scripts/browsers.mjs';
import { buildSightPrograms, runProgram, wasmOf } from '../sight/programs.mjs';
import { recordedEvents, sumsOf } from '../sight/truth.mjs';
import {
  dhViewLine,
  readByDevTools,
  serveSpeedscope,
  shownByDhView,
  weightOf,
} from './page-readings.mjs';
import { PPROF_VALUES, heaptrackReading, massifReading, pprofTop } from './text-readings.mjs';

const NAMES = ['known', 'cjson', 'lua', 'sqlite'];
// For a busy machine; nothing here is judged by its time.
jest.setTimeout(600_000);

let built;
let browser;
let folder;
let speedscope;
beforeAll(async () => {
  built = await buildSightPrograms(
    NAMES.flatMap((name) => [`${name}.symbols`, `${name}.recorded`]),
  );
  folder = mkdtempSync(path.join(os.tmpdir(), 'heaplet-real-'));
  browser = await launchBrowser('chrome');
  speedscope = await serveSpeedscope(folder);
});
afterAll(async () => {
  await browser?.close();
  speedscope?.close();
  rmSync(folder, { recursive: true });
});

/** The profile of a run, with a snapshot of every block taken when it had printed its first line. */
async function profiled(name) {
  const wasm = await wasmOf(built, `${name}.symbols`);
  const profiler = new Profiler({ mode: 'exact', program: name, wasm });
  let taken = false;
  const print = () => {
    if (!taken) profiler.snapshot('printing', { blocks: true, references: true });
    taken = true;
  };
  await runProgram(built, `${name}.symbols`, { ...profiler.moduleOptions(), print });
  const side = (ending) =>
    readFileSync(path.join(built.folder, `${name}.symbols.${ending}`), 'utf8');
  const sources = { wasm, symbolMap: side('mjs.symbols'), sourceMap: side('wasm.map') };
  const profile = symbolise(profiler.profile(), sources);
  profiler.stop();
  return profile;
}

describe.each(NAMES)('of %s', (name) => {
  let profile;
  let truth;
  beforeAll(async () => {
    truth = sumsOf((await recordedEvents(built, name)).events);
    profile = await profiled(name);
  });

  async function written(file, options) {
    const target = path.join(folder, file);
    writeFileSync(target, await exportProfile(profile, formatOf({ file }), options));
    return target;
  }

  test('massif, by ms_print', async () => {
    const { rows } = await massifReading(await written('a.massif'));
    expect(Math.max(...rows.map(([, heap]) => heap))).toBe(truth.peakBytes);
    expect(rows.at(-1).slice(1)).toEqual([truth.liveBytes, profile.memoryBytes]);
  });

  test('heaptrack, by heaptrack_print', async () => {
    const { summary, ...found } = await heaptrackReading(await written('a.heaptrack.gz'), folder);
    const { allocatedBlocks, allocatedBytes, peakBytes, liveBytes } = truth;
    expect(found).toEqual({
      allocations: allocatedBlocks,
      peak: peakBytes,
      leaked: liveBytes,
      allocatedBytes,
    });
    expect(summary).toContain(`calls to allocation functions: ${allocatedBlocks} `);
  });

  test('pprof, by go tool pprof', async () => {
    const file = await written('a.pb.gz');
    for (const [index, [key, unit]] of Object.entries(PPROF_VALUES)) {
      const total = truth[key] > 0 ? `${truth[key]}${unit}` : '0';
      expect(await pprofTop(file, index)).toContain(`of ${total} total`);
    }
  });

  test("dhat, by valgrind's page", async () => {
    const { root } = await shownByDhView(browser, await written('a.dhat.json'));
    expect(root).toMatch(dhViewLine('Total', truth.allocatedBytes, truth.allocatedBlocks));
    expect(root).toMatch(dhViewLine('At t-gmax', truth.peakBytes, truth.peakBlocks));
    expect(root).toMatch(dhViewLine('At t-end', truth.liveBytes, truth.liveBlocks));
  });

  test('speedscope, its own format', async () => {
    await written('a.speedscope.json');
    const { profiles } = await speedscope.imported(browser, 'a.speedscope.json');
    const { liveBytes, peakBytes, allocatedBytes, allocatedBlocks } = truth;
    expect(profiles.map(weightOf)).toEqual([liveBytes, peakBytes, allocatedBytes, allocatedBlocks]);
  });

  test.each(['a.heapprofile', 'a.folded'])('the peak in %s, by speedscope', async (file) => {
    await written(file, { value: 'peak' });
    const { profiles } = await speedscope.imported(browser, file);
    expect(profiles.map(weightOf)).toEqual([truth.peakBytes]);
  });

  test('heapsnapshot, by DevTools', async () => {
    const file = await written('a.heapsnapshot', { snapshot: 'printing' });
    const { totalBytes, blocks } = await readByDevTools(browser, file);
    const snapshot = profile.snapshots.find(({ label }) => label === 'printing');
    expect([totalBytes, blocks.length]).toEqual([snapshot.liveBytes, snapshot.liveBlocks]);
    expect(snapshot.liveBlocks).toBeGreaterThan(0);
  });
});
