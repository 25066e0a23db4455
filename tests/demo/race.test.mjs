// SPDX-License-Identifier: MIT
import { expect, test } from '@jest/globals';
import { bytes, list } from '../../web-demo/src/format.js';
import {
  laneGrid,
  laneView,
  scaleFor,
  sentence,
  ticks,
  verdict,
} from '../../web-demo/src/panels/race-view.js';

const MIB = 2 ** 20;
const trace = { title: 'Lua', count: 1000 };
const lane = (name, memoryBytes) => ({ name, memoryBytes, liveBytes: 3 * MIB, position: 500 });
const words = { even: 'take the same', less: 'takes least' };

test('the sentence prints a loss as readily as a win', () => {
  const peers = [lane('dlmalloc', 5 * MIB), lane('emmalloc', 6 * MIB)];
  expect(sentence(trace, [lane('heaplet', 4 * MIB), ...peers])).toMatch(
    /heaplet takes least, 20\.0 % under dlmalloc\.$/,
  );
  expect(sentence(trace, [lane('heaplet', 6 * MIB), ...peers])).toMatch(
    /dlmalloc takes least; heaplet is 20\.0 % above it\.$/,
  );
});

test('the sentence says when there is nothing between them', () => {
  const results = [lane('heaplet', 4 * MIB), lane('dlmalloc', 4 * MIB)];
  expect(verdict(results, 'memoryBytes', words)).toBe('heaplet and dlmalloc take the same');
});

test('the sentence has the times once they are measured', () => {
  const lanes = [lane('heaplet', 4 * MIB), lane('dlmalloc', 5 * MIB)];
  const times = [
    { name: 'heaplet', cold: 12, spread: [11, 12, 14] },
    { name: 'dlmalloc', cold: 10, spread: [10, 10, 13] },
  ];
  expect(sentence(trace, lanes, times)).toMatch(
    /heaplet 12\.0 ms and dlmalloc 10\.0 ms: dlmalloc is fastest; heaplet is 20\.0 % above it\.$/,
  );
});

test('the sentence says so where equal runs took very different times', () => {
  const lanes = [lane('heaplet', 4 * MIB), lane('dlmalloc', 5 * MIB)];
  const times = [
    { name: 'heaplet', cold: 12, spread: [8, 12, 20] },
    { name: 'dlmalloc', cold: 14, spread: [14, 14, 14] },
  ];
  expect(sentence(trace, lanes, times)).toMatch(/, but equal runs differed by up to 2\.5 ×\.$/);
});

test('the scale is round and leaves room above the live data', () => {
  for (const peak of [1000, 300_000, 6_070_927, 20_918_556]) {
    expect(scaleFor(peak)).toBeGreaterThan(peak * 1.4);
    expect(scaleFor(peak) % 65536).toBe(0);
  }
});

test('a lane covers the whole scale with its cells', () => {
  for (const width of [150, 944, 1300]) {
    const { columns, rows, cellBytes } = laneGrid(width, { cellWidth: 3, rows: 12 }, 9 * MIB);
    expect(columns * 3).toBeLessThanOrEqual(width);
    expect(columns * rows * cellBytes).toBeGreaterThanOrEqual(9 * MIB);
  }
});

test('a lane says how far it goes beyond the scale', () => {
  const snapshot = { memoryBytes: 64 * MIB, liveBytes: 16 * MIB, growthCount: 2, refused: 0 };
  expect(laneView(snapshot, 9 * MIB)).toEqual({
    memory: '64.0 MiB',
    detail: '75 % not live · grown 2 ×',
    beyond: 64 * MIB,
  });
  expect(laneView({ ...snapshot, refused: 3 }, 99 * MIB)).toMatchObject({
    detail: '75 % not live · grown 2 × · 3 refused',
    beyond: 0,
  });
});

test('marks of the scale are round and few', () => {
  expect(ticks(9 * MIB, 5).map(bytes)).toEqual(['2.00 MiB', '4.00 MiB', '6.00 MiB', '8.00 MiB']);
});

test('lists read as sentences', () => {
  expect(list(['a'])).toBe('a');
  expect(list(['a', 'b', 'c'])).toBe('a, b and c');
});
