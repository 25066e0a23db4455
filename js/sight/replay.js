// SPDX-License-Identifier: MIT
//
// Runs decoded traces through a replay module: one allocator, and a loop in WebAssembly that carries
// out the operations and checks every block. Nothing here needs Node.

/** @typedef {import('./trace-reader.js').DecodedTrace} DecodedTrace */
/** @typedef {(options: object) => Promise<object>} Factory default export of a generated module */

/**
 * @typedef {object} Pass
 * @property {number} milliseconds inside the loop, growth included
 * @property {number} growths
 * @property {number} growthMilliseconds
 * @property {number} heapBytes how far up the heap ever reached
 * @property {number} memoryBytes of linear memory above the heap's start
 * @property {number} pages of linear memory
 */

const REASONS = [
  'none',
  'out of memory',
  'a mark was lost',
  'calloc gave memory that is not zero',
  'misaligned',
];
const PAGE_BYTES = 65536;

/** A replay module, compiled once; every `instance` starts with an empty heap. */
export class ReplayModule {
  #factory;
  #compiled;

  /**
   * @param {string} name
   * @param {Factory} factory
   * @param {WebAssembly.Module} compiled
   */
  constructor(name, factory, compiled) {
    this.name = name;
    this.#factory = factory;
    this.#compiled = compiled;
  }

  async instance() {
    const growth = { count: 0, milliseconds: 0 };
    /** @type {any} */
    let exports;
    await this.#factory({
      instantiateWasm: (
        /** @type {any} */ imports,
        /** @type {(instance: WebAssembly.Instance, module: WebAssembly.Module) => any} */ receive,
      ) => {
        const env = imports.env;
        const grow = env?.emscripten_resize_heap;
        if (grow) {
          env.emscripten_resize_heap = (/** @type {number} */ bytes) => {
            const start = performance.now();
            const result = grow(bytes);
            growth.milliseconds += performance.now() - start;
            growth.count++;
            return result;
          };
        }
        // Synchronous: the module is compiled already.
        const instance = new WebAssembly.Instance(this.#compiled, imports);
        exports = instance.exports;
        return receive(instance, this.#compiled) ?? exports;
      },
    });
    return new ReplayInstance(this.name, exports, growth);
  }
}

class ReplayInstance {
  #exports;
  #growth;
  #chunk;
  #chunkOperations;

  /**
   * @param {string} name
   * @param {any} exports
   * @param {{count: number, milliseconds: number}} growth
   */
  constructor(name, exports, growth) {
    this.name = name;
    this.#exports = exports;
    this.#growth = growth;
    this.#chunk = exports.replay_chunk() >>> 0;
    this.#chunkOperations = exports.replay_chunk_operations();
  }

  /**
   * One pass over a trace. What is live at its end stays live, as in a program that exits.
   * @param {DecodedTrace} trace
   * @param {(at: number, milliseconds: Float64Array) => void} [eachCall] of a timed module: the
   *   time of each call of the operations from `at` on
   * @returns {Pass}
   */
  pass(trace, eachCall) {
    const {
      replay_run: run,
      replay_heap_top: heapTop,
      replay_slots: slots,
      memory,
    } = this.#exports;
    if (trace.peakBlocks > slots())
      throw new Error(`${trace.meta.name}: more live blocks than the replay has slots`);
    const growthsBefore = this.#growth.count;
    const growthBefore = this.#growth.milliseconds;
    let milliseconds = 0;
    let top = 0;
    for (let at = 0; at < trace.count; at += this.#chunkOperations) {
      const count = Math.min(this.#chunkOperations, trace.count - at);
      new Uint32Array(memory.buffer, this.#chunk, count * 2).set(
        trace.operations.subarray(at * 2, (at + count) * 2),
      );
      const start = performance.now();
      const done = run(count);
      milliseconds += performance.now() - start;
      if (done !== count) {
        const reason = REASONS[this.#exports.replay_failure()];
        throw new Error(`${this.name} on ${trace.meta.name}: operation ${at + done}: ${reason}`);
      }
      top = Math.max(top, heapTop() >>> 0);
      if (eachCall) {
        const address = this.#exports.replay_call_milliseconds() >>> 0;
        eachCall(at, new Float64Array(memory.buffer, address, count));
      }
    }
    return {
      milliseconds,
      growths: this.#growth.count - growthsBefore,
      growthMilliseconds: this.#growth.milliseconds - growthBefore,
      heapBytes: top - (this.#exports.replay_heap_base() >>> 0),
      // What lies above the heap's own start, so that the replay's tables do not count.
      memoryBytes: memory.buffer.byteLength - (this.#exports.replay_heap_base() >>> 0),
      pages: memory.buffer.byteLength / PAGE_BYTES,
    };
  }

  /** What a small program meets, called directly. */
  get raw() {
    const { malloc, calloc, realloc, memalign, memory, replay_heap_top: top } = this.#exports;
    return { malloc, calloc, realloc, memalign, memory, top: () => top() >>> 0 };
  }

  /**
   * Frees what a pass left behind, so that another can follow in the same heap.
   * @param {DecodedTrace} trace
   */
  freeAll(trace) {
    const lost = this.#exports.replay_free_all(trace.peakBlocks);
    if (lost)
      throw new Error(
        `${this.name} on ${trace.meta.name}: ${lost} blocks had lost their marks at the end`,
      );
  }
}
