// SPDX-License-Identifier: MIT
//
// One player instance: an allocator in a linear memory of its own, driven one operation at a time.

export const PAGE_BYTES = 65536;

const LOSSES = [
  'a block lost the mark at its end',
  'calloc gave memory that is not zero',
  'misaligned',
];

/** What an allocator did that none may do. */
export class AllocatorFault extends Error {
  constructor(what) {
    super(`the allocator broke its contract: ${what}`);
    this.name = 'AllocatorFault';
  }
}

/**
 * @typedef {object} Growth
 * @property {number} beforeBytes linear memory before
 * @property {number} afterBytes linear memory after; the same if it was refused
 * @property {number} requestedBytes how large the allocator wanted linear memory to be
 */

/** Starts with an empty heap. */
export class Player {
  #visit = () => {};

  /**
   * @param {WebAssembly.Module} module
   * @param {(growth: Growth) => void} [onGrowth]
   */
  constructor(module, onGrowth = () => {}) {
    /** Whether growth is refused. */
    this.refuseGrowth = false;
    /** How often it was. */
    this.refusedCount = 0;
    const grow = (bytes) => this.#grow(bytes >>> 0, onGrowth);
    const known = {
      lost: (what) => {
        throw new AllocatorFault(LOSSES[what]);
      },
      visit: (address, bytes, state, inSlab) =>
        this.#visit(address >>> 0, bytes >>> 0, state, inSlab),
      emscripten_resize_heap: grow,
      emscripten_get_now: () => performance.now(),
      emscripten_date_now: () => Date.now(),
      random_get: (address, bytes) => {
        // The same for every run: a run must be repeatable to the byte.
        new Uint8Array(this.memory.buffer, address, bytes).fill(0x5a);
        return 0;
      },
      _abort_js: () => {
        throw new AllocatorFault('it called abort()');
      },
    };
    const imports = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      // The rest is for messages that an allocator may print.
      (imports[from] ??= {})[name] = known[name] ?? (() => 0);
    }
    const instance = new WebAssembly.Instance(module, imports);
    this.exports = instance.exports;
    /** @type {WebAssembly.Memory} */
    this.memory = instance.exports.memory;
    instance.exports.__wasm_call_ctors?.();
    this.heapBase = instance.exports.heap_base() >>> 0;
    /** Whether blocks can be asked for with walk(). */
    this.canWalk = typeof instance.exports.walk === 'function';
  }

  get memoryBytes() {
    return this.memory.buffer.byteLength;
  }

  /** The highest address that the heap has ever used. */
  get heapTop() {
    return this.exports.heap_top() >>> 0;
  }

  /** @param {(address: number, bytes: number, state: number, inSlab: number) => void} visit */
  walk(visit) {
    this.#visit = visit;
    this.exports.walk();
  }

  #grow(bytes, onGrowth) {
    const beforeBytes = this.memoryBytes;
    const pages = Math.ceil((bytes - beforeBytes) / PAGE_BYTES);
    let granted = !this.refuseGrowth;
    if (granted && pages > 0) {
      try {
        this.memory.grow(pages);
      } catch {
        granted = false;
      }
    }
    if (!granted) this.refusedCount++;
    onGrowth({ beforeBytes, afterBytes: this.memoryBytes, requestedBytes: bytes });
    return granted ? 1 : 0;
  }
}
