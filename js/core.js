// SPDX-License-Identifier: MIT
//
// Core: one module instance as the rest of js/ sees it: its exports, its memory as typed arrays, and
// what is known about its types.
//
// Growth. When memory grows, the old arrays are detached: every read gives undefined and every write
// vanishes. So the hot paths read a slot's generation first; the comparison fails by itself, and the
// cold path that follows calls refresh() and tries once more. Nothing is paid while memory does not
// grow. Code that has just called an export that may allocate calls refresh() before it writes.
//
// Addresses are numbers of bytes, slots numbers of words. What follows from their width is in the methods
// that wide.js, the core of a module for wasm64, has in other words.

import { InstanceError, LoadError, OutOfMemoryError } from './errors.js';
import { toType } from './types.js';

const ABI_VERSION = 1;

/** Words from a slot's generation to its other fields; see src/handle/block.hpp. */
export const STRONG = 102;
export const WEAK = 2 * STRONG;
export const BORROW = 3 * STRONG;
export const TYPE = 4 * STRONG;
export const BYTES = 5 * STRONG;
/** Of wasm32 alone: Core.objectOf() knows for both. */
export const OBJECT = 6 * STRONG;

/** The highest count; the next is refused. */
export const COUNT_LIMIT = 2 ** 30 - 1;

const NO_TYPE = 0xffff;
const OUT_OF_MEMORY_HELP = 'drop what is no longer needed, or load with a larger maximum memory';

let instanceCount = 0;

/** What the views look at before there is a memory, and after. @type {ArrayBufferLike} */
const NOTHING = new ArrayBuffer(0);

/** @internal */
export class Core {
  i8 = new Int8Array(NOTHING);
  u8 = new Uint8Array(NOTHING);
  i16 = new Int16Array(NOTHING);
  u16 = new Uint16Array(NOTHING);
  i32 = new Int32Array(NOTHING);
  u32 = new Uint32Array(NOTHING);
  i64 = new BigInt64Array(NOTHING);
  u64 = new BigUint64Array(NOTHING);
  f32 = new Float32Array(NOTHING);
  f64 = new Float64Array(NOTHING);
  /** WIDE of scalars.js in a module for wasm64: what scalars' codes are joined with there. */
  wide = 0;
  pointerBytes = 4;

  /**
   * @param {Record<string, any>} exports
   * @param {{memory: WebAssembly.Memory, diagnostics: import('./diagnostics.js').Diagnostics}} parts
   */
  constructor(exports, { memory, diagnostics }) {
    if (
      exports.heaplet_abi_version?.() !== ABI_VERSION ||
      exports.heaplet_slot_words() !== STRONG
    ) {
      throw new LoadError('H0010', 'the module is not of the version that this package needs', {
        help: 'use the .wasm file that came with the package',
      });
    }
    this.number = ++instanceCount;
    this.exports = exports;
    this.memory = memory;
    this.diagnostics = diagnostics;
    // Fields of its own, for the hot paths: one load and not two.
    this.isRemembering = diagnostics.level !== 0;
    this.hasDropErrors = false;
    /** Whether the list of what a scope ends is being read. */
    this.isReleasing = false;
    this.isOpen = true;
    // The two hot ones as fields: exports are a dictionary, which is slow to look things up in.
    /** @type {(slot: number, generation: number) => any} */
    this.release = exports.heaplet_release;
    /** @type {(type: number, bytes: number) => any} */
    this.createSlot = exports.heaplet_create;
    /** @type {(word: number, bytes: number) => any} */
    this.createSmall = exports.heaplet_create_small;
    /** @type {(slot: number, generation: number) => any} */
    this.releaseSmall = exports.heaplet_release_small;
    /** @type {Map<number, import('./types.js').PayloadType<any, any>>} */
    this.typesById = new Map();
    /** @type {Map<string, (address: number) => void>} by slot and generation */
    this.dropCallbacks = new Map();
    /** @type {Map<number, any>} objects from elsewhere, by slot */
    this.outsideObjects = new Map();
    /** @type {Map<string, import('./types.js').PayloadType<any, any>>} their types, by name */
    this.outsideTypes = new Map();
    /** @type {unknown[]} what drop callbacks threw since the last flush */
    this.dropErrors = [];
    this.makeViews(this.memory.buffer);
    // What a scope ends at once.
    this.scratchWords = 2048;
    this.scratch = this.toAddress(exports.heaplet_allocate(this.scratchWords * 4, 8));
    this.refresh();
  }

  /** What an export gives for an address, as a number. @param {number} given */
  toAddress(given) {
    return given >>> 0;
  }

  /** Where a word is in the views of 32 bits. @param {number} address */
  wordOf(address) {
    return address >>> 2;
  }

  /** The pointer in memory at `address`. @param {number} address */
  pointerAt(address) {
    return this.u32[address >>> 2];
  }

  /** Where a slot's object is. @param {number} slot */
  objectOf(slot) {
    return this.u32[slot + OBJECT];
  }

  /** Numbers of the module's type heaplet_size at an address. @param {number} address @param {number} count */
  sizesAt(address, count) {
    return [...this.u32.subarray(address >>> 2, (address >>> 2) + count)];
  }

  /**
   * The type that a user means, as this instance's owners have it.
   * @param {unknown} type
   */
  typeOf(type) {
    return toType(type);
  }

  /** @param {ArrayBufferLike} buffer */
  makeViews(buffer) {
    this.i8 = new Int8Array(buffer);
    this.u8 = new Uint8Array(buffer);
    this.i16 = new Int16Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.i64 = new BigInt64Array(buffer);
    this.u64 = new BigUint64Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
  }

  /** Makes the views current. True when they were not. */
  refresh() {
    if (!this.isOpen || this.u8.buffer === this.memory.buffer) return false;
    this.makeViews(this.memory.buffer);
    return true;
  }

  /** Forgets the module: from now on every check fails, and says why. */
  close() {
    this.isOpen = false;
    // Of nothing: every comparison reads undefined and fails.
    this.makeViews(NOTHING);
    // Whatever is called from now on says that the instance was closed.
    this.exports = new Proxy({}, { get: () => () => this.checkOpen() });
    this.release = () => this.checkOpen();
    this.createSlot = () => this.checkOpen();
    this.createSmall = () => 0;
    this.releaseSmall = () => 0;
  }

  checkOpen() {
    if (!this.isOpen) throw new InstanceError('H0005', 'this heaplet instance was closed');
  }

  /**
   * An object with one owner.
   * @param {import('./types.js').PayloadType<any, any>} type
   * @param {number} bytes
   * @returns {number} its slot
   */
  create(type, bytes) {
    const slot = this.createSlot(type.core === this ? type.id : this.typeId(type), bytes);
    if (this.u32[slot] === undefined) this.refresh();
    if (slot === 0) throw this.outOfMemory(bytes);
    if (this.isRemembering) this.diagnostics.created(this, slot, type.name);
    return slot;
  }

  /**
   * As create(), of a type whose values are kept in their slots.
   * @param {import('./types.js').PayloadType<any, any>} type a scalar
   */
  createScalar(type) {
    if (type.core !== this) this.typeId(type);
    const slot = this.createSmall(type.word, type.elementBytes);
    if (slot === 0 || this.isRemembering) return this.createScalarCold(type, slot);
    if (this.u32[slot] === undefined) this.refresh();
    return slot;
  }

  /** @param {import('./types.js').PayloadType<any, any>} type @param {number} slot */
  createScalarCold(type, slot) {
    if (slot === 0) return this.create(type, type.elementBytes);
    this.diagnostics.created(this, slot, type.name);
    return slot;
  }

  /** @param {number} bytes */
  outOfMemory(bytes) {
    return new OutOfMemoryError('H0001', `no memory for ${bytes} bytes`, {
      help: OUT_OF_MEMORY_HELP,
    });
  }

  /**
   * The number of a type in this instance; registers it when it is new.
   * @param {import('./types.js').PayloadType<any, any>} type
   */
  typeId(type) {
    this.checkOpen();
    let id = type.idIn(this);
    if (id === undefined) {
      const { elementBytes, alignment, ownedOffsets } = type;
      id = this.withWords(ownedOffsets, (at) =>
        this.exports.heaplet_register_type(
          elementBytes,
          Math.max(alignment, 8),
          at,
          ownedOffsets.length,
        ),
      );
      if (id === NO_TYPE) throw this.outOfMemory(ownedOffsets.length * 4);
      this.typesById.set(/** @type {number} */ (id), type);
    }
    type.remember(this, /** @type {number} */ (id));
    return /** @type {number} */ (id);
  }

  /**
   * Calls `body` with the address of a copy of `words`.
   * @template R
   * @param {number[]} words
   * @param {(address: number) => R} body
   */
  withWords(words, body) {
    const bytes = words.length * 4;
    const address = bytes === 0 ? 0 : this.toAddress(this.exports.heaplet_allocate(bytes, 8));
    if (bytes !== 0 && address === 0) throw this.outOfMemory(bytes);
    this.refresh();
    this.u32.set(words, this.wordOf(address));
    try {
      return body(address);
    } finally {
      if (bytes !== 0) this.exports.heaplet_deallocate(address, bytes, 8);
      this.refresh();
    }
  }

  /**
   * How messages call a value: `1042v7`, its slot's index and its life there.
   * @param {number} slot
   * @param {number} generation
   */
  labelOf(slot, generation) {
    if (!this.isOpen) return '?';
    // Blocks are 1,024 words at a multiple of that; the first slot's strong count is their number.
    const place = slot & 1023;
    const index = (this.u32[slot - place + STRONG] << 7) | place;
    return `${index}v${(Math.abs(generation) + 1) >>> 1}`;
  }

  /** The module calls this when a watched object ends; it must not throw. */
  onDrop(
    /** @type {number} */ slot,
    /** @type {number} */ generation,
    /** @type {number} */ address,
  ) {
    const key = `${slot}:${generation}`;
    const callback = this.dropCallbacks.get(key);
    this.dropCallbacks.delete(key);
    try {
      callback?.(this.toAddress(address));
    } catch (error) {
      this.dropFailed(error);
    }
  }

  /** Keeps what a drop callback threw, to be thrown when all is done. @param {unknown} error */
  dropFailed(error) {
    this.dropErrors.push(error);
    this.hasDropErrors = true;
  }

  /** What drop callbacks threw, once. */
  takeDropErrors() {
    const errors = this.dropErrors;
    this.dropErrors = [];
    this.hasDropErrors = false;
    return errors;
  }
}
