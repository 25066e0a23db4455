// SPDX-License-Identifier: MIT
// The two measurements: memory, which is exact, and time, which is not. Browser-safe.

/**
 * Heap and memory after each of `passes` passes in one heap, everything freed in between.
 * A failed pass (the heap is full, a check failed) is reported, not thrown, so that one bad
 * allocator or trace does not hide the others.
 *
 * @returns {Promise<{heapBytes: number[], memoryBytes: number[], growths: number, error?: string}>}
 */
export async function measureMemory(module, trace, passes) {
  const instance = await module.instance();
  const result = { heapBytes: [], memoryBytes: [], growths: 0 };
  try {
    for (let pass = 0; pass < passes; pass++) {
      if (pass) instance.freeAll(trace);
      const { heapBytes, memoryBytes, growths } = instance.pass(trace);
      result.heapBytes.push(heapBytes);
      result.memoryBytes.push(memoryBytes);
      result.growths += growths;
    }
  } catch (error) {
    result.error = error.message;
  }
  return result;
}

/** Together these call everything, often: what engines want to see before they optimise. */
export const warmUpNames = ['jq', 'dot', 'imagemagick', 'perl', 'xmllint'];

/**
 * Lets the engine compile a module's functions for good, on instances that are then dropped.
 * Engines share compiled code between the instances of a module.
 */
export async function warmUp(module, traces) {
  for (const trace of traces) {
    const instance = await module.instance();
    instance.pass(trace);
    instance.freeAll(trace);
    instance.pass(trace);
  }
  await new Promise((resolve) => setTimeout(resolve, 100)); // optimising happens beside
}

/** Passes shorter than this many operations are averaged: clocks of browsers tick coarsely. */
const enoughOperations = 50_000;

/**
 * One sample: a cold pass in a fresh heap, growth included, then warm passes in the same heap, of
 * which the better half counts.
 *
 * @returns {Promise<{cold: number, warm: number, growth: number} | {error: string}>} milliseconds
 */
export async function sampleTime(module, trace) {
  const instance = await module.instance();
  const passes = Math.ceil(enoughOperations / trace.count);
  const warmPasses = () => {
    let milliseconds = 0;
    for (let pass = 0; pass < passes; pass++) {
      instance.freeAll(trace);
      milliseconds += instance.pass(trace).milliseconds;
    }
    return milliseconds / passes;
  };
  try {
    const first = instance.pass(trace);
    const warm = Math.min(warmPasses(), warmPasses());
    return { cold: first.milliseconds, warm, growth: first.growthMilliseconds };
  } catch (error) {
    return { error: error.message };
  }
}

/**
 * Samples of every module on one trace, interleaved: each round runs all of them once, starting
 * at another one each time, so that a disturbance of the machine hits them alike.
 *
 * @returns {Promise<Map<string, Array<object>>>} samples by allocator
 */
export async function interleavedTimes(modules, trace, rounds, between = () => {}) {
  const samples = new Map(modules.map((module) => [module.name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let step = 0; step < modules.length; step++) {
      const module = modules[(round + step) % modules.length];
      const own = samples.get(module.name);
      between();
      // What failed once fails always, and may have filled 4 GiB before it did.
      own.push(own[0]?.error ? own[0] : await sampleTime(module, trace));
    }
  }
  return samples;
}
