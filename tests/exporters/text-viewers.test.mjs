// SPDX-License-Identifier: MIT
// What viewers of the terminal read from our files, against what the made-up program truly did.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exportProfile, formatOf } from '../../js/sight/exporters/index.js';
import { sampleProfile } from './sample.mjs';
import { PPROF_VALUES, heaptrackReading, massifReading, pprofTop, show } from './text-readings.mjs';
import { goPprof, heaptrackPrint } from './viewers.mjs';

const SEEDS = [1, 2, 3];
const FETCHING_MS = 300_000;

let folder;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'heaplet-exports-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function written(profile, file) {
  const name = path.join(folder, file);
  writeFileSync(name, await exportProfile(profile, formatOf({ file })));
  return name;
}

const grouped = (value) => value.toLocaleString('en-US');

describe.each(SEEDS)('of program %i', (seed) => {
  const { profile, events } = sampleProfile({ seed });
  const sums = Object.fromEntries(
    Object.keys(profile.totals[0]).map((key) => [
      key,
      profile.totals.reduce((sum, total) => sum + total[key], 0),
    ]),
  );

  test('the sums of the sample are those of its events', () => {
    expect(sums.allocatedBytes).toBe(events.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(sums.allocatedBlocks).toBe(events.length);
    expect([sums.peakBytes, sums.peakBlocks]).toEqual([profile.peakBytes, profile.peakBlocks]);
    expect([sums.liveBytes, sums.liveBlocks]).toEqual([profile.liveBytes, profile.liveBlocks]);
    expect(sums.liveBytes).toBeGreaterThan(0);
    expect(sums.liveBytes).toBeLessThan(sums.peakBytes);
  });

  test(
    'ms_print prints the peak, the end and the live bytes of every snapshot',
    async () => {
      const { printed, rows: useful } = await massifReading(await written(profile, 'a.massif'));
      expect(Math.max(...useful.map(([, heap]) => heap))).toBe(profile.peakBytes);
      expect(useful.at(-1)).toEqual([profile.milliseconds, profile.liveBytes, profile.memoryBytes]);
      for (const { milliseconds, liveBytes } of profile.snapshots) {
        expect(useful).toContainEqual([milliseconds, liveBytes, expect.anything()]);
      }
      expect(printed).toMatch(/Detailed snapshots: \[.*\(peak\).*\]/);
      expect(printed).toContain(`(${grouped(profile.peakBytes)}B) (heap allocation functions)`);
      expect(printed).toContain('alloc_texture(int, int) (src/gfx.cpp:88)');
    },
    FETCHING_MS,
  );

  test(
    'heaptrack_print counts every allocation, and the peak and the leaks of every stack',
    async () => {
      const file = await written(profile, 'a.heaptrack.gz');
      const { summary, ...found } = await heaptrackReading(file, folder);
      expect(found).toEqual({
        allocations: sums.allocatedBlocks,
        peak: sums.peakBytes,
        leaked: sums.liveBytes,
        allocatedBytes: sums.allocatedBytes,
      });
      expect(summary).toContain(`temporary memory allocations: ${sums.temporaryBlocks} `);
      expect(summary).toContain(`calls to allocation functions: ${sums.allocatedBlocks} `);
    },
    FETCHING_MS,
  );

  test(
    'go tool pprof sums up each of the four values, by function and by tag',
    async () => {
      const program = await goPprof();
      const file = await written(profile, 'a.pb.gz');
      for (const [index, [key, unit]] of Object.entries(PPROF_VALUES)) {
        const top = await pprofTop(file, index);
        expect(top).toContain(`of ${sums[key]}${unit} total`);
        const main = profile.totals
          .filter(({ stack }) => profile.stacks[stack].includes(0))
          .reduce((sum, total) => sum + total[key], 0);
        expect(top).toMatch(new RegExp(`\\b${main}${unit}\\s+[\\d.]+% +main$`, 'm'));
      }
      const raw = show(program, ['-raw', file]);
      expect(raw).toContain('alloc_texture(int, int) src/gfx.cpp:88');
      expect(raw).toContain('game.wasm c0ffee0123');
      const tagged = profile.totals.filter(({ tag }) => tag !== 0);
      expect(raw.match(/tag:\[json\]/g)).toHaveLength(tagged.length);
    },
    FETCHING_MS,
  );

  test(
    'go tool pprof sees no difference between a profile and itself, and all of it to nothing',
    async () => {
      const program = await goPprof();
      const file = await written(profile, 'a.pb.gz');
      const base = `-diff_base=${file}`;
      expect(show(program, ['-top', '-unit=B', base, file])).toMatch(/accounting for 0\b/);
      const sampled = { ...profile, mode: 'sampled', samplingBytes: 524288 };
      const period = show(program, ['-raw', await written(sampled, 'b.pb.gz')]);
      expect(period).toContain('Period: 524288');
    },
    FETCHING_MS,
  );
});

test('heaptrack writes an even part of what is too much, and says so', async () => {
  const { profile } = sampleProfile();
  const text = formatOf({ name: 'heaptrack' }).write(profile, { maxBlocks: 20 });
  expect(text).toMatch(/^X game\.wasm \([\d.]+ % of the blocks that were freed\)$/m);
  const file = path.join(folder, 'part.heaptrack');
  writeFileSync(file, text);
  const folded = path.join(folder, 'folded');
  show(await heaptrackPrint(), ['-f', file, '-F', folded, '--flamegraph-cost-type', 'peak']);
  const lines = readFileSync(folded, 'utf8').trim().split('\n');
  const total = lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  expect(total).toBe(profile.peakBytes);
});
