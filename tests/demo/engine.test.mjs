// SPDX-License-Identifier: MIT
import { expect, test } from '@jest/globals';
import {
  BUCKET,
  Cells,
  State,
  ageOf,
  classOf,
  countCells,
} from '../../web-demo/src/engine/cells.js';
import { Kind, Ledger } from '../../web-demo/src/engine/ledger.js';
import { paint, texturesOf } from '../../web-demo/src/paint.js';

const memory = { heapBase: 0, memoryBytes: 1 << 20, byBucket: false, wasUsed: () => false };

/** malloc 10, malloc 20, realloc the first to 30, free the second */
const OPERATIONS = Uint32Array.of(
  ...[Kind.malloc | (0 << 8), 10],
  ...[Kind.malloc | (1 << 8), 20],
  ...[Kind.realloc | (0 << 8), 30],
  ...[Kind.free | (1 << 8), 0],
);

function booked(answers) {
  const ledger = new Ledger(OPERATIONS, 2);
  ledger.seek(answers.length, answers);
  return ledger;
}

test('the ledger knows what is live at every moment, forwards and back', () => {
  const answers = Uint32Array.of(1000, 2000, 3000, 0);
  const ledger = booked(answers);
  expect([ledger.liveBytes, ledger.liveBlocks, ledger.allocatedBytes]).toEqual([30, 1, 60]);
  ledger.seek(2, answers);
  expect([ledger.liveBytes, ledger.liveBlocks]).toEqual([30, 2]);
  expect(ledger.slotAt(2019)).toBe(1);
  expect(ledger.slotAt(2020)).toBe(-1);
  ledger.seek(3, answers);
  expect(ledger.slotAt(1000)).toBe(-1);
  expect(ledger.birth[ledger.slotAt(3000)]).toBe(2);
});

test('a refused realloc leaves the block where it was, a refused malloc leaves none', () => {
  const refusedRealloc = booked(Uint32Array.of(1000, 2000, 0));
  expect([refusedRealloc.liveBytes, refusedRealloc.refused]).toEqual([30, 1]);
  expect(refusedRealloc.slotAt(1005)).toBe(0);
  const refusedMalloc = booked(Uint32Array.of(1000, 0, 3000, 0));
  expect([refusedMalloc.liveBytes, refusedMalloc.liveBlocks, refusedMalloc.refused]).toEqual([
    30, 1, 1,
  ]);
});

test('a cell says what most of it is', () => {
  const cells = new Cells(0, 100, 8);
  cells.live(0, 100, 0, 0);
  cells.live(100, 40, 0, 0);
  cells.live(200, 90, 1, 0);
  cells.free(300, 60);
  cells.metadata(360, 40);
  cells.cached(400, 100);
  const out = cells.finish({ ...memory, memoryBytes: 700, wasUsed: (begin) => begin === 500 });
  const { live, mixed, slab, free, cached, untouched, outside } = State;
  expect([...out]).toEqual([live, mixed, slab, free, cached, free, untouched, outside]);
});

test('cells lose no byte of a block that spans many of them', () => {
  const cells = new Cells(1000, 64, 50);
  cells.live(990, 1500, 0, 0);
  const covered = Array.from({ length: 50 }, (_, cell) => cells.sums[cell * 4]);
  expect(covered.reduce((sum, bytes) => sum + bytes, 0)).toBe(1490);
  expect(covered.slice(0, 23)).toEqual(new Array(23).fill(64));
  expect(covered[23]).toBe(1490 - 23 * 64);
});

test('what lies below the heap is the program, above memory nothing', () => {
  const out = new Cells(0, 100, 4).finish({ ...memory, heapBase: 200, memoryBytes: 300 });
  expect([...out]).toEqual([State.program, State.program, State.untouched, State.outside]);
});

test('a coloured cell takes the colour of the block that covers most of it', () => {
  const cells = new Cells(0, 100, 2);
  cells.live(0, 30, 0, 2);
  cells.live(40, 60, 0, 5);
  const out = cells.finish({ ...memory, byBucket: true });
  expect([...out]).toEqual([BUCKET + 5, State.untouched]);
  expect([classOf(16), classOf(17), classOf(1e9)]).toEqual([0, 1, 8]);
  expect([ageOf(8), ageOf(9), ageOf(1e9)]).toEqual([0, 1, 6]);
});

test('each cell is painted in its own rectangle, along rows or down columns', () => {
  const lookup = texturesOf((value) => [value * 2, value * 2 + 1]);
  const cells = Uint8Array.of(State.live, State.free, State.live, State.outside);
  const grid = { columns: 2, rows: 2, cellWidth: 3, cellHeight: 2 };
  const pixels = new Uint32Array(2 * 3 * 2 * 2);
  const stateAt = (x, y) => pixels[y * 6 + x] >> 1;
  paint(cells, grid, lookup, pixels);
  expect([stateAt(0, 0), stateAt(5, 1), stateAt(0, 2), stateAt(5, 3)]).toEqual([...cells]);
  paint(cells, { ...grid, downFirst: true }, lookup, pixels);
  expect([stateAt(0, 0), stateAt(0, 3), stateAt(5, 0), stateAt(5, 3)]).toEqual([...cells]);
  expect(countCells(cells)[State.live]).toBe(2);
});

test('no two states look alike, even without colour', () => {
  const lookup = texturesOf(() => [0, 1]);
  const textures = Object.values(State)
    .filter((state) => state !== State.outside && state !== State.live)
    .map((state) => lookup.slice(state * 144, state * 144 + 144).join(''));
  expect(new Set(textures).size).toBe(textures.length);
});
