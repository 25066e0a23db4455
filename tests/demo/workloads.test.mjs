// SPDX-License-Identifier: MIT
import { expect, test } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { TraceWriter } from '../../js/sight/trace.js';
import { readTrace } from '../../web-demo/src/trace.js';
import { PATTERNS, makePattern, refuse } from '../../web-demo/src/workloads/patterns.js';

const parameters = { size: 256, count: 200, seed: 5 };

test.each(Object.keys(PATTERNS))('%s is the same trace for the same parameters', async (name) => {
  const bytes = makePattern(name, parameters);
  expect(makePattern(name, parameters)).toEqual(bytes);
  const trace = await readTrace(bytes, name);
  expect(trace.name).toBe(name);
  expect(trace.count).toBeGreaterThan(5);
  expect(trace.peakAt).toBeLessThanOrEqual(trace.count);
});

test('another seed makes other churn', () => {
  expect(makePattern('churn', { ...parameters, seed: 6 })).not.toEqual(
    makePattern('churn', parameters),
  );
});

test('parameters out of range are refused by name', () => {
  expect(refuse('count', 0)).toMatch(/^count must be a whole number from 1 to/);
  expect(refuse('size', NaN)).toMatch(/^size/);
  expect(() => makePattern('leak', { ...parameters, seed: -1 })).toThrow(/^seed must be/);
});

function tagged() {
  const writer = new TraceWriter({ name: 'two parts' });
  writer.tag('parser');
  const first = writer.malloc(100);
  writer.tag('cache');
  writer.malloc(5000);
  writer.free(first);
  return writer.finish();
}

test('a trace file is read plain or packed, with its peak and its call sites', async () => {
  for (const bytes of [tagged(), new Uint8Array(gzipSync(tagged()))]) {
    const trace = await readTrace(bytes, 'mine.trace');
    expect(trace).toMatchObject({ name: 'two parts', count: 3, peakBytes: 5100, peakAt: 2 });
    expect(trace.siteNames).toEqual(['cache', 'parser', 'others']);
    expect([...trace.sites.slice(0, 2)]).toEqual([1, 0]);
  }
});

test('what is no trace is refused with the place', async () => {
  await expect(readTrace(new Uint8Array([1, 2, 3]), 'x')).rejects.toThrow(
    /byte 1: not a heaplet trace/,
  );
  await expect(readTrace(tagged().subarray(0, 20), 'x')).rejects.toThrow(/ends early/);
});
