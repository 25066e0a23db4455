// SPDX-License-Identifier: MIT
import { expect, test } from '@jest/globals';
import { formatView, parseView } from '../../web-demo/src/address.js';
import { State, countCells } from '../../web-demo/src/engine/cells.js';
import { compareRows, median, medians } from '../../web-demo/src/panels/compare-view.js';
import {
  external,
  figures,
  freeBars,
  internal,
  slabBars,
} from '../../web-demo/src/panels/fragmentation-view.js';
import {
  describe as describeBlock,
  fitZoom,
  outline,
  placed,
  showing,
  summary,
  viewBytes,
  zoomedAt,
} from '../../web-demo/src/panels/map-view.js';
import {
  columns,
  growthWords,
  nextGrowth,
  sampleAt,
  windowFigures,
  windowSentence,
} from '../../web-demo/src/panels/timeline-view.js';

const KIB = 1024;
const MIB = KIB * KIB;

test('a link says everything that a view is, and nothing else is believed', () => {
  const view = {
    workload: 'pattern:churn',
    allocator: 'dlmalloc',
    at: 12,
    seed: 3,
    zoom: 5,
    from: 640,
  };
  expect(parseView(formatView(view))).toEqual(view);
  expect(parseView('#at=-1&zoom=x&seed=1.5&workload=&other=1')).toEqual({});
});

const view = { from: 0, zoom: 10, columns: 64, rows: 16 };

test('the whole of memory fits where it is shown', () => {
  for (const memory of [65536, 6 * MIB, 256 * MIB, 4096 * MIB]) {
    const zoom = fitZoom(memory, 64, 16);
    expect(2 ** zoom * 64 * 16).toBeGreaterThanOrEqual(memory);
    expect(2 ** (zoom - 1) * 64 * 16).toBeLessThan(memory);
  }
});

test('zooming keeps an address in its row, and ends at whole memory', () => {
  const address = 5 * 65536 + 300;
  const near = zoomedAt(view, address, 4, MIB);
  expect(near.zoom).toBe(6);
  expect(Math.floor((address - near.from) / (64 * 64))).toBe(5);
  expect(zoomedAt(near, address, -9, MIB)).toEqual(view);
});

test('a view begins on a row and stays within memory', () => {
  expect(placed(view, 65536 + 5, 16 * MIB).from).toBe(65536);
  expect(placed(view, 99 * MIB, 16 * MIB).from).toBe(16 * MIB - viewBytes(view));
  expect(showing(view, viewBytes(view) + 1, 16 * MIB).from).toBe(65536);
  expect(showing(view, 5, 16 * MIB)).toBe(view);
});

test('a block is outlined where it lies, over as many rows as it has', () => {
  const cells = (address, length) =>
    outline(view, address, length).reduce((sum, part) => sum + part.columns * part.rows, 0);
  expect(outline(view, 1024 * 3, 1)).toEqual([{ column: 3, row: 0, columns: 1, rows: 1 }]);
  expect(outline(view, 1024 * 60, 1024 * 200)).toHaveLength(3);
  expect(cells(1024 * 60, 1024 * 200)).toBe(200);
  expect(outline(view, 99 * MIB, 10)).toEqual([]);
});

test('a block is told in words', () => {
  const block = {
    state: 'live',
    address: 4096,
    bytes: 32,
    requested: 30,
    call: 'malloc',
    birth: 9,
    age: 5,
    slot: 2,
  };
  expect(describeBlock(block, 'tag')).toEqual([
    ['Address', '0x001000'],
    ['State', 'live'],
    ['Size', '30 B + 2 B of rounding'],
    ['Asked for by', 'malloc, operation 10'],
    ['Age', '5 operations'],
    ['Slot', '2'],
    ['Call site', 'tag'],
  ]);
});

test('the map says in a sentence what its cells are', () => {
  const counts = countCells(Uint8Array.of(State.live, State.live, State.free, State.outside));
  const states = [
    { state: State.live, words: 'live' },
    { state: State.free, words: 'free' },
  ];
  expect(summary('heaplet', view, counts, states)).toMatch(
    /1\.00 KiB a cell: 66\.7 % live; 33\.3 % free\.$/,
  );
});

const SERIES = {
  samples: [
    [0, 0, 65536, 0, 0, 0],
    [10, 500, 65536, 600, 5, 800],
    [20, 300, 131072, 900, 3, 1000],
  ],
  growths: [
    { at: 14, beforeBytes: 65536, afterBytes: 131072, requestedBytes: 65600 },
    { at: 17, beforeBytes: 131072, afterBytes: 131072, requestedBytes: 200000 },
  ],
};

test('the timeline has a column for each line, the rate between samples', () => {
  expect(columns(SERIES.samples)).toEqual([
    [0, 10, 20],
    [0, 500, 300],
    [65536, 65536, 131072],
    [0, 600, 900],
    [null, 80, 20],
  ]);
  expect(sampleAt(SERIES.samples, 19)[0]).toBe(10);
});

test('a window sums up what happened in it', () => {
  const figured = windowFigures(SERIES, 10, 20);
  expect(figured).toMatchObject({
    allocatedBytes: 200,
    liveChange: -200,
    growthCount: 1,
    refusedCount: 1,
    grownBytes: 65536,
  });
  expect(windowSentence('heaplet', figured)).toBe(
    'Operations 10 to 20: 200 B asked for, live data fell by 200 B, 500 B at most; heaplet grew 1 times, by 64.0 KiB, and 1 growths failed.',
  );
});

test('growths are found forwards and backwards, and told with their reason', () => {
  expect(nextGrowth(SERIES.growths, 0).at).toBe(14);
  expect(nextGrowth(SERIES.growths, 15).at).toBe(17);
  expect(nextGrowth(SERIES.growths, 18)).toBeUndefined();
  expect(nextGrowth(SERIES.growths, 18, true).at).toBe(14);
  expect(growthWords(SERIES.growths[1])).toBe('operation 18: needed 195 KiB and was refused');
});

const histogram = Array.from({ length: 32 }, () => ({ count: 0, bytes: 0 }));
histogram[4] = { count: 10, bytes: 200 };
histogram[6] = { count: 1, bytes: 100 };
const free = {
  source: 'heap',
  histogram,
  freeBlocks: 11,
  freeBytes: 300,
  largestBytes: 100,
  topBytes: 4096,
  cachedBytes: 64,
  metadataBytes: 128,
  wasteBytes: 25,
  slabs: [{ bytes: 32, live: 3, free: 1 }],
  classes: [],
};

test('fragmentation is what one block could not have, and what nobody asked for', () => {
  expect(external(free)).toBeCloseTo(2 / 3);
  expect(external({ freeBytes: 0, largestBytes: 0 })).toBe(0);
  expect(internal(free, 75)).toBe(0.25);
  expect(internal({ wasteBytes: null }, 75)).toBeNull();
  const told = Object.fromEntries(
    figures(free, { liveBytes: 75, memoryBytes: 9000, heapTop: 5000 }),
  );
  expect(told['Largest block without growing']).toBe('about 4.00 KiB');
  expect(told['External fragmentation']).toBe('67 %');
});

test('bars cover the sizes that occur, and slabs their objects', () => {
  expect(freeBars(free).map(({ share }) => share)).toEqual([1, 0, 0.5]);
  expect(slabBars(free)).toEqual([{ label: '32 B', words: '3 of 4 objects live', share: 0.75 }]);
});

test('the comparison takes medians and marks the best of each column', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  const [first] = medians([
    {
      name: 'a',
      samples: [
        { cold: 3, warm: 1 },
        { cold: 1, warm: 2 },
        { cold: 2, warm: 3 },
      ],
    },
  ]);
  expect(first).toMatchObject({ cold: 2, warm: 2 });
  const result = (name, cold, memoryBytes) => ({
    name,
    cold,
    warm: cold,
    memoryBytes,
    liveBytes: 10,
    free,
    moduleBytes: 5,
  });
  const { rows } = compareRows([result('heaplet', 5, 100), result('dlmalloc', 4, 200)]);
  expect(rows[0].cells[0]).toEqual({ text: '5.0 ms', ratio: 1.25, isBest: false });
  expect(rows[0].cells[2]).toMatchObject({ ratio: 0.5, isBest: true });
  expect(rows[1].cells[0]).toMatchObject({ ratio: null, isBest: true });
});
