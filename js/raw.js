// SPDX-License-Identifier: MIT
//
// heaplet/raw: the bare .wasm and as little JavaScript as will do for a heap and for handles. No types
// of values, no borrows, no diagnostics: those are in heaplet/slim, and Embind's classes in heaplet.
// Nothing is imported, so that this file is all there is.

const STRONG = 102;
const BYTES = 510;
const OBJECT = 612;
const LIMIT = 2 ** 30 - 1;

/** @param {string} code @param {string} what @returns {never} */
function refuse(code, what) {
  throw Object.assign(new Error(`error[${code}]: ${what}`), { code });
}

/**
 * One instance of the module: its memory, an allocator on it and a table of handles.
 */
export class Heap {
  /** @internal @param {Record<string, any>} exports */
  constructor(exports) {
    if (exports.heaplet_pointer_bytes() !== 4)
      refuse('H0010', 'heaplet/raw is for wasm32: give this module to heaplet/slim');
    exports._initialize();
    /** The C ABI of heaplet.h. @readonly */
    this.exports = exports;
    this.u32 = new Uint32Array(exports.memory.buffer);
  }

  /** All of memory. Good until memory grows: do not keep it. */
  get bytes() {
    return new Uint8Array(this.exports.memory.buffer);
  }

  /** The words of memory now. @internal */
  get words() {
    if (this.u32.length === 0) this.u32 = new Uint32Array(this.exports.memory.buffer);
    return this.u32;
  }

  /**
   * Memory without an owner: its address, at a multiple of 8. Not cleared.
   * @param {number} bytes
   * @returns {number}
   */
  allocate(bytes) {
    return this.exports.heaplet_allocate(size(bytes), 8) >>> 0 || noMemory(bytes);
  }

  /** @param {number} address what allocate() returned, or 0 */
  deallocate(address) {
    this.exports.heaplet_deallocate(address, 0, 8);
  }

  /**
   * An object of `bytes` zero bytes with one owner.
   * @param {number} bytes
   */
  create(bytes) {
    const slot = this.exports.heaplet_create(0, size(bytes)) || noMemory(bytes);
    return new Handle(this, slot, this.words[slot]);
  }

  /** Objects alive. */
  get liveCount() {
    return this.words[this.exports.heaplet_stats() >>> 2];
  }
}

/**
 * An owner of an object. Its address is good as long as the object.
 */
export class Handle {
  /** @internal @param {Heap} heap @param {number} slot @param {number} generation */
  constructor(heap, slot, generation) {
    this.heap = heap;
    this.slot = slot;
    this.generation = generation;
  }

  /** Whether this still owns its object. */
  get isAlive() {
    return this.heap.words[this.slot] === this.generation;
  }

  get address() {
    return field(this, OBJECT);
  }

  get bytes() {
    return field(this, BYTES);
  }

  /** One more owner of the same object. */
  clone() {
    const count = field(this, STRONG);
    if (count >= LIMIT) refuse('H0009', 'the count is at its limit');
    this.heap.words[this.slot + STRONG] = count + 1;
    return new Handle(this.heap, this.slot, this.generation);
  }

  /** Gives this share up; the last owner ends the object. */
  drop() {
    field(this, STRONG);
    this.heap.exports.heaplet_release(this.slot, this.generation);
    this.generation = 0;
  }

  /** As drop(), but does nothing when that was done. */
  [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() {
    if (this.isAlive) this.drop();
  }
}

/** A word of a living object's slot. @param {Handle} handle @param {number} offset */
function field(handle, offset) {
  if (!handle.isAlive) refuse('E0382', 'used after it was dropped');
  return handle.heap.words[handle.slot + offset];
}

/** @param {number} bytes */
function size(bytes) {
  return bytes >>> 0 === bytes ? bytes : refuse('H0006', `${String(bytes)} is no size in bytes`);
}

/** @param {number} bytes @returns {never} */
function noMemory(bytes) {
  return refuse('H0001', `no memory for ${bytes} bytes`);
}

/**
 * A new instance of the module.
 * @param {URL | BufferSource | WebAssembly.Module} [source] the module; beside the package if left out
 */
export async function loadHeap(source = new URL('../dist/heaplet-raw.wasm', import.meta.url)) {
  const module = source instanceof WebAssembly.Module ? source : await compile(source);
  const env = {
    heaplet_on_drop() {},
    heaplet_print() {},
    emscripten_notify_memory_growth() {},
  };
  const { exports } = await WebAssembly.instantiate(module, { env });
  return new Heap(exports);
}

/** @param {URL | BufferSource} source */
async function compile(source) {
  if (!(source instanceof URL)) return WebAssembly.compile(source);
  if (source.protocol !== 'file:') return WebAssembly.compileStreaming(fetch(source));
  const { readFile } = await import('node:fs/promises');
  return WebAssembly.compile(await readFile(source));
}
