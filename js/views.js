// SPDX-License-Identifier: MIT
//
// Views: slices and texts that look into an object's memory, survive its growth, and refuse to
// outlive the object.
//
// A view holds the object's slot and generation, and an address, which does not change while the
// object lives. Each access compares the generation and the index: two comparisons, no call.

import {
  ArgumentError,
  BoundsError,
  OutlivedError,
  badArgument,
  describe,
  wholeNumber,
} from './errors.js';
import { BOOL, WIDE, checkScalar, readScalar, writeScalar } from './scalars.js';
import { PayloadType, Scalar, decode, toType } from './types.js';

/** @typedef {import('./core.js').Core} Core */
/** @typedef {import('./types.js').Place} Place */

/** Bytes of a value, at most. */
const LARGEST = 2 ** 31 - 1;

/**
 * The views are current and the object is alive, or it throws.
 * @param {Core} core
 * @param {number} slot
 * @param {number} generation
 * @param {string} what
 */
export function recheckPlace(core, slot, generation, what) {
  core.checkOpen();
  core.refresh();
  if (core.u32[slot] === generation) return;
  throw new OutlivedError('E0597', `${what} is used after the value it looks into was dropped`, {
    notes: core.diagnostics.notesOn(slot, generation),
    help: 'keep the owner alive as long as its views, or copy what you need with toArray()',
  });
}

/**
 * A run of scalars inside of an object. Indices are checked.
 * @template [Value=number]
 */
export class Slice {
  #core;
  #slot;
  #generation;
  #address;
  #length;
  #code;
  #bytes;

  /**
   * @internal
   * @param {Place} place
   * @param {Scalar<Value>} type
   * @param {number} length
   */
  constructor(place, type, length) {
    this.#core = place.core;
    this.#slot = place.slot;
    this.#generation = place.generation;
    this.#address = place.address;
    this.#length = length;
    this.#code = type.code | place.core.wide;
    this.#bytes = type.elementBytes;
  }

  /** Elements. */
  get length() {
    return this.#length;
  }

  /**
   * The element at `index`, from 0.
   * @param {number} index
   * @returns {Value}
   */
  at(index) {
    const core = this.#core;
    if (core.u32[this.#slot] !== this.#generation)
      recheckPlace(core, this.#slot, this.#generation, 'this slice');
    if (!(typeof index === 'number' && index >>> 0 === index && index < this.#length))
      outOfBounds(index, this.#length);
    return readScalar(core, this.#code, this.#address + index * this.#bytes);
  }

  /**
   * @param {number} index
   * @param {Value} value
   */
  set(index, value) {
    const core = this.#core;
    if (core.u32[this.#slot] !== this.#generation)
      recheckPlace(core, this.#slot, this.#generation, 'this slice');
    if (!(typeof index === 'number' && index >>> 0 === index && index < this.#length))
      outOfBounds(index, this.#length);
    writeScalar(core, this.#code, this.#address + index * this.#bytes, value);
  }

  /**
   * A view of `[start, end)` of this one.
   * @param {number} [start]
   * @param {number} [end]
   * @returns {Slice<Value>}
   */
  slice(start = 0, end = this.#length) {
    if (this.#core.u32[this.#slot] !== this.#generation) {
      recheckPlace(this.#core, this.#slot, this.#generation, 'this slice');
    }
    wholeNumber('end', end, 0, this.#length);
    wholeNumber('start', start, 0, end);
    return new Slice(
      {
        core: this.#core,
        slot: this.#slot,
        generation: this.#generation,
        address: this.#address + start * this.#bytes,
        bytes: (end - start) * this.#bytes,
      },
      /** @type {any} */ ({ code: this.#code, elementBytes: this.#bytes }),
      end - start,
    );
  }

  /** @param {Value} value */
  fill(value) {
    for (let i = 0; i < this.#length; i++) this.set(i, value);
    return this;
  }

  /**
   * Writes the values of `source` from `start` on; all of them must fit.
   * @param {ArrayLike<Value> | Slice<Value>} source
   * @param {number} [start]
   */
  copyFrom(source, start = 0) {
    wholeNumber('start', start, 0, this.#length);
    const values = snapshot(this.#code, source);
    const core = this.#core;
    // Reading the source may have run anything.
    if (core.u32[this.#slot] !== this.#generation)
      recheckPlace(core, this.#slot, this.#generation, 'this slice');
    if (values.length > this.#length - start) outOfBounds(start + values.length - 1, this.#length);
    core.u8.set(bytesOf(values), this.#address + start * this.#bytes);
    return this;
  }

  /** A copy that lives in JavaScript. @returns {Value[]} */
  toArray() {
    return [...this];
  }

  *[Symbol.iterator]() {
    for (let i = 0; i < this.#length; i++) yield this.at(i);
  }
}

/** @param {unknown} index @param {number} length @returns {never} */
function outOfBounds(index, length) {
  throw new BoundsError('H0002', `index ${describe(index)} is outside of a slice of ${length}`, {
    help: 'compare with .length first',
  });
}

/**
 * UTF-8 inside of an object. Offsets are in bytes, and must not fall inside of a character.
 */
export class Text {
  #place;

  /** @internal @param {Place} place */
  constructor(place) {
    this.#place = place;
  }

  /** Bytes. */
  get length() {
    return this.#place.bytes;
  }

  /**
   * A view of the bytes `[start, end)`.
   * @param {number} [start]
   * @param {number} [end]
   */
  slice(start = 0, end = this.length) {
    const bytes = this.#memory();
    wholeNumber('end', end, 0, this.length);
    wholeNumber('start', start, 0, end);
    for (const offset of [start, end]) {
      // A byte 10xxxxxx continues a character.
      if (offset < bytes.length && (bytes[offset] & 0xc0) === 0x80) {
        throw new BoundsError('H0003', `byte ${offset} is inside of a character`, {
          help: 'cut where a character begins; offsets are bytes of UTF-8',
        });
      }
    }
    return new Text({ ...this.#place, address: this.#place.address + start, bytes: end - start });
  }

  /** A copy as a JavaScript string. */
  toString() {
    return decode(this.#memory());
  }

  #memory() {
    const { core, slot, generation, address, bytes } = this.#place;
    if (core.u32[slot] !== generation) recheckPlace(core, slot, generation, 'this text');
    return core.u8.subarray(address, address + bytes);
  }
}

/** Typed arrays by scalar code; a bool is a byte. */
const ARRAYS = [
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  Uint8Array,
];

/**
 * A copy of `source` that nobody else has: each element read once and checked.
 * @param {number} code of the elements' scalar
 * @param {ArrayLike<any> | Slice<any>} source
 * @returns {any}
 */
function snapshot(code, source) {
  code &= ~WIDE;
  const Kind = /** @type {any} */ (ARRAYS[code]);
  // Of the same type: nothing to check, and nothing of the user's runs.
  if (ArrayBuffer.isView(source) && source instanceof Kind && code !== BOOL) {
    try {
      return new Kind(source);
    } catch (cause) {
      throw new ArgumentError('H0006', 'this array has lost its buffer, or part of it', { cause });
    }
  }
  if (source instanceof Slice) return snapshot(code, source.toArray());
  const length = typeof source === 'object' && source !== null ? source.length : undefined;
  if (typeof length !== 'number') throw badArgument('an array', source);
  wholeNumber('the length', length, 0, Math.floor(LARGEST / Kind.BYTES_PER_ELEMENT));
  const values = new Kind(length);
  for (let i = 0; i < length; i++) {
    const value = source[i];
    checkScalar(code, value);
    values[i] = value;
  }
  return values;
}

/** @param {ArrayBufferView} values */
function bytesOf(values) {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/**
 * A type of arrays of a scalar.
 * @template Value
 * @extends {PayloadType<Slice<Value>, ArrayLike<Value> | Slice<Value> | number>}
 */
class ArrayType extends PayloadType {
  /** @param {Scalar<Value>} element @param {number | undefined} length */
  constructor(element, length) {
    const name = length === undefined ? `${element.name}[]` : `${element.name}[${length}]`;
    super({ name, elementBytes: element.elementBytes, alignment: element.alignment });
    this.element = element;
    this.length = length;
  }

  /** @override @internal @param {Core} core @param {ArrayLike<Value> | Slice<Value> | number} init */
  prepare(core, init = this.length ?? 0) {
    void core;
    const isLength = typeof init === 'number';
    if (isLength) wholeNumber('the length', init, 0, Math.floor(LARGEST / this.elementBytes));
    const values = isLength ? init : snapshot(this.element.code, init);
    const length = typeof values === 'number' ? values : values.length;
    if (this.length !== undefined && length !== this.length) {
      throw badArgument(`${this.length} values`, length);
    }
    return values;
  }

  /** @override @internal */
  get fixedBytes() {
    return this.length === undefined ? undefined : this.length * this.elementBytes;
  }

  /** @override @internal @param {ArrayBufferView | number} values */
  bytesFor(values) {
    return typeof values === 'number' ? values * this.elementBytes : values.byteLength;
  }

  /** @override @internal @param {Core} core @param {number} address @param {Place} place */
  read(core, address, place) {
    return new Slice({ ...place, core, address }, this.element, place.bytes / this.elementBytes);
  }

  /** @override @internal @param {Core} core @param {number} address @param {ArrayBufferView | number} values @param {Place} [place] */
  write(core, address, values, place) {
    if (place && this.bytesFor(values) !== place.bytes) {
      const length = this.bytesFor(values) / this.elementBytes;
      throw badArgument(`${place.bytes / this.elementBytes} values`, length);
    }
    if (typeof values === 'number') {
      if (place) core.u8.fill(0, address, address + place.bytes);
    } else core.u8.set(bytesOf(values), address);
  }
}

/**
 * Arrays of a scalar: of any length, which is fixed when one is made, or of `length` always.
 * @template {import('./scalars.js').ScalarName} S
 * @param {S} element
 * @param {number} [length]
 * @returns {PayloadType<Slice<import('./inference.js').ScalarValue<S>>,
 *   ArrayLike<import('./inference.js').ScalarValue<S>> |
 *   Slice<import('./inference.js').ScalarValue<S>> | number>}
 */
export function arrayOf(element, length) {
  const type = toType(element);
  if (!(type instanceof Scalar)) throw badArgument('the name of a scalar', element);
  if (length !== undefined) wholeNumber('length', length);
  return new ArrayType(type, length);
}

/** Bytes: an array of u8. */
export const bytes = arrayOf('u8');
