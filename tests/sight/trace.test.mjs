// SPDX-License-Identifier: MIT
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  Kind,
  TRACE_VERSION,
  TraceError,
  TraceWriter,
  decodeTrace,
  readTrace,
} from '../../js/sight/trace.js';

/** Steps of a program: what is done, with numbers that the test maps to live blocks and sizes. */
const steps = fc.array(
  fc.record({
    what: fc.constantFrom('malloc', 'calloc', 'reallocNew', 'aligned', 'realloc', 'free', 'tag'),
    pick: fc.nat(),
    size: fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 0xffffffff })),
    stack: fc.option(fc.nat(1000)),
    later: fc.option(fc.nat(1e9)),
  }),
  { maxLength: 200 },
);

/** Carries the steps out on a writer; returns the events that a reader must find. */
function write(writer, program) {
  const live = [];
  const stacks = new Map();
  const expected = [];
  let microseconds = 0;
  for (const { what, pick, size, stack, later } of program) {
    if (what === 'tag') {
      writer.tag(`tag ${pick}`);
      expected.push({ tag: `tag ${pick}` });
      continue;
    }
    const takes = what === 'free' || what === 'realloc';
    if (takes && live.length === 0) continue;
    if (stack !== null && !stacks.has(stack)) {
      const frames = [{ functionIndex: stack, offset: stack * 3 }];
      stacks.set(stack, writer.stack(frames));
      expected.push({ frames });
    }
    if (later !== null) microseconds += later;
    const details = {
      stack: stack === null ? 0 : stacks.get(stack),
      ...(later === null ? {} : { microseconds }),
    };
    const event = { kind: Kind[what], size, taken: -1, block: -1, log2Alignment: 0 };
    if (takes) [event.taken] = live.splice(pick % live.length, 1);
    if (what === 'free') writer.free(event.taken, details);
    else if (what === 'realloc') event.block = writer.realloc(event.taken, size, details);
    else if (what === 'aligned') {
      event.log2Alignment = pick % 20;
      event.block = writer.aligned(2 ** event.log2Alignment, size, details);
    } else event.block = writer[what](size, details);
    if (what === 'free') event.size = 0;
    if (event.block >= 0) live.push(event.block);
    expected.push({ ...event, stack: details.stack, microseconds });
  }
  return expected;
}

function read(bytes) {
  const found = [];
  const result = readTrace(bytes, {
    event({ kind, size, taken, block, log2Alignment, stack, microseconds }) {
      found.push({ kind, size, taken, block, log2Alignment, stack, microseconds });
    },
    stack: (frames) => found.push({ frames }),
    tag: (tag) => found.push({ tag }),
  });
  return { ...result, found };
}

/** A trace with something of everything. */
function sample() {
  const writer = new TraceWriter({ name: 'sample' });
  const stack = writer.stack([{ functionIndex: 7, offset: 1000 }]);
  const a = writer.malloc(24, { stack, microseconds: 10 });
  writer.tag('textures');
  writer.growth(
    {
      beforeBytes: 65536,
      afterBytes: 131072,
      askedBytes: 70000,
      alignment: 0,
      liveBytes: 24,
      freeBytes: null,
      largestFreeBytes: 500,
    },
    stack,
  );
  const b = writer.realloc(writer.calloc(300), 600);
  writer.free(a, { microseconds: 12 });
  writer.aligned(64, 100);
  writer.free(b);
  return writer.finish();
}

describe('a trace', () => {
  test('reads back as it was written', () => {
    fc.assert(
      fc.property(steps, (program) => {
        const writer = new TraceWriter({ name: 'property' });
        const expected = write(writer, program);
        const { meta, version, found } = read(writer.finish());
        expect(found).toEqual(expected);
        expect({ meta, version }).toEqual({ meta: { name: 'property' }, version: TRACE_VERSION });
      }),
    );
  });

  test('is the same in pieces as in one', () => {
    const pieces = [];
    const whole = new TraceWriter({ name: 'long' });
    const streamed = new TraceWriter({ name: 'long' }, (bytes) => pieces.push(bytes.slice()));
    for (const writer of [whole, streamed]) {
      for (let i = 0; i < 60000; i++) writer.free(writer.malloc(i * 7));
    }
    const expected = whole.finish();
    streamed.finish();
    expect(pieces.length).toBeGreaterThan(2);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(65536);
    expect(Buffer.concat(pieces).equals(Buffer.from(expected))).toBe(true);
  });

  test('keeps what is known of a growth', () => {
    const growths = [];
    readTrace(sample(), { growth: (growth) => growths.push(growth) });
    expect(growths).toEqual([
      {
        beforeBytes: 65536,
        afterBytes: 131072,
        askedBytes: 70000,
        alignment: 0,
        liveBytes: 24,
        freeBytes: null,
        largestFreeBytes: 500,
        stack: 1,
      },
    ]);
  });

  test('gives slots as few as the peak of live blocks', () => {
    const { operations, count, peakBlocks } = decodeTrace(sample());
    const slots = Array.from({ length: count }, (_, i) => operations[i * 2] >>> 8);
    expect(Math.max(...slots)).toBe(peakBlocks - 1);
  });
});

describe('a trace that is not whole is refused', () => {
  const bytes = sample();

  test.each(Array.from({ length: bytes.length }, (_, length) => length))('cut to %i bytes', (n) => {
    expect(() => readTrace(bytes.subarray(0, n))).toThrow(TraceError);
  });

  test('with its offset and the reason', () => {
    expect(() => readTrace(bytes.subarray(0, 30))).toThrow(/byte 30: /);
    expect(() => readTrace(new Uint8Array(10))).toThrow(/byte 1: not a heaplet trace/);
    const later = bytes.slice();
    later[4] = 9;
    expect(() => readTrace(later)).toThrow(/byte 5: version 9; this reader knows versions 1 to 2/);
  });

  test('or read as another whole one, when a bit is turned, but never half', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const spoiled = bytes.slice();
        spoiled[bit >> 3] ^= 1 << (bit & 7);
        try {
          readTrace(spoiled);
        } catch (error) {
          expect(error).toBeInstanceOf(TraceError);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('when it goes on after its end', () => {
    expect(() => readTrace(Uint8Array.of(...bytes, 0))).toThrow(/bytes after the end/);
  });
});

describe('the writer refuses', () => {
  const writer = new TraceWriter({});
  test.each([
    ['a size that is none', () => writer.malloc(-1), /size -1/],
    ['a size beyond 32 bits', () => writer.malloc(2 ** 32), /size 4294967296/],
    ['an alignment that is none', () => writer.aligned(24, 8), /alignment 24/],
    ['a block that is not live', () => writer.free(3), /block 3 is not live/],
  ])('%s', (_, call, message) => expect(call).toThrow(message));
});
