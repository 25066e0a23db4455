// SPDX-License-Identifier: MIT
// The worst single call. A clock tells calls of a microsecond apart where its readings are that
// fine (Node), and a disturbed call looks like a slow one: so the trace is replayed several times,
// each operation keeps its least time, and the largest of those is reported.

const names = ['', 'free', 'malloc', 'calloc', 'realloc', 'aligned', 'realloc of null'];

function largest(trace, least) {
  let at = 0;
  for (let index = 1; index < trace.count; index++) if (least[index] > least[at]) at = index;
  return {
    microseconds: least[at] * 1000,
    operation: at,
    call: names[trace.operations[2 * at] & 7],
    bytes: trace.operations[2 * at + 1],
  };
}

/**
 * @param {import('../../js/sight/replay.js').ReplayModule} module built timed
 * @returns {Promise<{cold: object, warm: object}>} cold: a fresh heap, growth included; warm: the
 *   second pass in the same heap
 */
export async function worstCalls(module, trace, runs = 3) {
  const cold = new Float32Array(trace.count).fill(Infinity);
  const warm = new Float32Array(trace.count).fill(Infinity);
  const keepLeast = (least) => (at, milliseconds) => {
    milliseconds.forEach((value, index) => {
      if (value < least[at + index]) least[at + index] = value;
    });
  };
  for (let run = 0; run < runs; run++) {
    const instance = await module.instance();
    instance.pass(trace, keepLeast(cold));
    instance.freeAll(trace);
    instance.pass(trace, keepLeast(warm));
  }
  return { cold: largest(trace, cold), warm: largest(trace, warm) };
}
