// SPDX-License-Identifier: MIT
// From samples to figures.

import { median } from './table.mjs';

/** Medians where every round has a sample; a replay that failed once has no figure. */
const medianOf = (values) =>
  values.some((value) => !Number.isFinite(value)) ? NaN : median(values);

/**
 * One row per trace and allocator. Ratios are medians of the ratios within each round: whatever
 * else the machine did then fell on both.
 *
 * @param {string} runtime
 * @param {Array<Record<string, Record<string, Array<object>>>>} processes samples by trace and
 *   allocator, of each process
 * @param {Map<string, object>} traces by name
 */
export function timeRows(runtime, processes, traces) {
  const rows = [];
  for (const [name, trace] of traces) {
    const all = (allocator) => processes.flatMap((samples) => samples[name][allocator]);
    const reference = all('dlmalloc');
    for (const allocator of Object.keys(processes[0][name])) {
      const samples = all(allocator);
      const perOperation = (what) =>
        (medianOf(samples.map((sample) => sample[what])) * 1e6) / trace.count;
      const toDlmalloc = (what) =>
        medianOf(samples.map((sample, round) => sample[what] / reference[round][what]));
      rows.push({
        runtime,
        trace: name,
        recorded: trace.recorded,
        operations: trace.count,
        allocator,
        coldNs: perOperation('cold'),
        warmNs: perOperation('warm'),
        coldRatio: toDlmalloc('cold'),
        warmRatio: toDlmalloc('warm'),
        growthShare: medianOf(samples.map(({ growth, cold }) => growth / cold)),
        samples: samples.length,
        error: samples.find(({ error }) => error)?.error,
      });
    }
  }
  return rows;
}
