// SPDX-License-Identifier: MIT
// The ground truth: what the bench's recorder, which knows nothing of the profiler, saw of a program.

import { Kind } from '../../js/sight/trace.js';
import { runProgram } from './programs.mjs';

/** Events of a run as `{kind, alignment, size, taken, block}`, blocks by serial number. */
export async function recordedEvents(built, name) {
  const chunks = [];
  globalThis.recordEvents = (words) => chunks.push(words);
  const { program, output } = await runProgram(built, `${name}.recorded`);
  program._record_flush();
  delete globalThis.recordEvents;
  const serials = new Map();
  const events = [];
  let serial = 0;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += 5) {
      const [kind, alignment, size, old, block] = chunk.subarray(at, at + 5);
      const event = { kind, log2Alignment: 0, size, taken: -1, block: -1 };
      if (kind === Kind.realloc && old === 0) event.kind = Kind.reallocNew;
      if (kind === Kind.aligned) event.log2Alignment = Math.log2(alignment);
      if (old !== 0) {
        event.taken = serials.get(old);
        serials.delete(old);
      }
      if (block !== 0) {
        event.block = serial++;
        serials.set(block, event.block);
      }
      events.push(event);
    }
  }
  return { events, output };
}

/** Sums over events, by the definitions and nothing else. */
export function sumsOf(events) {
  const sizes = new Map();
  const sums = { operations: events.length, allocatedBlocks: 0, allocatedBytes: 0 };
  let liveBytes = 0;
  let peakBytes = 0;
  let peakBlocks = 0;
  for (const { size, taken, block } of events) {
    if (taken >= 0) {
      liveBytes -= sizes.get(taken);
      sizes.delete(taken);
    }
    if (block < 0) continue;
    sizes.set(block, size);
    liveBytes += size;
    sums.allocatedBlocks++;
    sums.allocatedBytes += size;
    if (liveBytes > peakBytes) {
      peakBytes = liveBytes;
      peakBlocks = sizes.size;
    }
  }
  return { ...sums, liveBytes, liveBlocks: sizes.size, peakBytes, peakBlocks };
}
