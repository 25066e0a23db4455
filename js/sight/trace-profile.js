// SPDX-License-Identifier: MIT
//
// A profile of a trace: the same figures as if the profiler had watched.

import { Accounts } from './accounts.js';
import { Kind } from './trace-format.js';
import { readTrace } from './trace-reader.js';

/**
 * Blocks have no addresses in a trace; in the profile's snapshots their serial numbers, from 1, stand
 * for them. Growths have no `reason`, which a trace does not keep.
 * @param {Uint8Array} bytes
 * @returns {import('./profile.js').Profile}
 */
export function profileOfTrace(bytes) {
  let microseconds = 0;
  let memoryBytes = 0;
  let tag = 0;
  const accounts = new Accounts(
    () => microseconds / 1000,
    () => memoryBytes,
  );
  const place = { file: '', line: 0, column: 0 };
  // Of JavaScript a trace keeps nothing.
  const nameOf = (/** @type {number} */ index) => (index < 0 ? '(JavaScript)' : '');
  const stacks = [0];
  const { meta } = readTrace(bytes, {
    event(event) {
      microseconds = event.microseconds;
      const stack = stacks[event.stack] ?? 0;
      if (event.kind === Kind.free) accounts.free(event.taken + 1);
      else if (event.kind === Kind.realloc) {
        accounts.reallocate(event.taken + 1, event.block + 1, event.size, stack, tag);
      } else accounts.allocate(event.block + 1, event.size, stack, tag);
    },
    stack(frames) {
      const known = frames.map((frame) => ({
        ...place,
        name: nameOf(frame.functionIndex),
        ...frame,
      }));
      stacks.push(accounts.stacks.stack(known));
    },
    tag(name) {
      tag = accounts.stacks.string(name);
    },
    growth({ stack, ...growth }) {
      memoryBytes = growth.afterBytes;
      const { milliseconds, operations } = accounts;
      const when = { milliseconds: milliseconds(), operations };
      accounts.growths.push({ ...growth, ...when, reason: 'unknown', stack: stacks[stack], tag });
      accounts.moment();
    },
  });
  const { program, name, buildId } = meta ?? {};
  return accounts.profile({
    program: String(program ?? name ?? ''),
    buildId: String(buildId ?? ''),
    mode: 'trace',
  });
}
