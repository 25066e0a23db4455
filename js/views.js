// SPDX-License-Identifier: MIT
//
// Views: slices and texts that look into an object's memory, survive its growth, and refuse to
// outlive the object.
//
// A view holds the object's slot and generation, and an address, which does not change while the
// object lives. Each access compares the generation and the index: two comparisons, no call.

import { BoundsError, OutlivedError, badArgument, wholeNumber } from './errors.js';
import { PayloadType, Scalar, decode, readScalar, toType, writeScalar } from './types.js';

/** @typedef {import('./core.js').Core} Core */
/** @typedef {import('./types.js').Place} Place */

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
    this.#code = type.code;
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
    if (!(index >>> 0 === index && index < this.#length)) outOfBounds(index, this.#length);
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
    if (!(index >>> 0 === index && index < this.#length)) outOfBounds(index, this.#length);
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
   * @param {ArrayLike<Value>} source
   * @param {number} [start]
   */
  copyFrom(source, start = 0) {
    if (typeof source?.length !== 'number') throw badArgument('an array', source);
    wholeNumber('start', start, 0, this.#length);
    if (source.length > this.#length - start) outOfBounds(start + source.length - 1, this.#length);
    for (let i = 0; i < source.length; i++) this.set(start + i, source[i]);
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
  throw new BoundsError('H0002', `index ${String(index)} is outside of a slice of ${length}`, {
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

/**
 * A type of arrays of a scalar.
 * @template Value
 * @extends {PayloadType<Slice<Value>, ArrayLike<Value> | number>}
 */
class ArrayType extends PayloadType {
  /** @param {Scalar<Value>} element @param {number | undefined} length */
  constructor(element, length) {
    const name = length === undefined ? `${element.name}[]` : `${element.name}[${length}]`;
    super({ name, elementBytes: element.elementBytes, alignment: element.alignment });
    this.element = element;
    this.length = length;
  }

  /** @override @internal @param {ArrayLike<Value> | number} init */
  bytesFor(init = this.length ?? 0) {
    const length = typeof init === 'number' ? init : init?.length;
    wholeNumber('the length', length, 0, Math.floor((2 ** 31 - 1) / this.elementBytes));
    if (this.length !== undefined && length !== this.length) {
      throw badArgument(`${this.length} values`, length);
    }
    return /** @type {number} */ (length) * this.elementBytes;
  }

  /** @override @internal @param {Core} core @param {number} address @param {Place} place */
  read(core, address, place) {
    return new Slice({ ...place, core, address }, this.element, place.bytes / this.elementBytes);
  }

  /** @override @internal @param {Core} core @param {number} address @param {ArrayLike<Value> | number} init @param {Place} [place] */
  write(core, address, init, place) {
    if (typeof init === 'number' || init === undefined) return;
    if (place && init.length * this.elementBytes !== place.bytes) {
      throw badArgument(`${place.bytes / this.elementBytes} values`, init.length);
    }
    for (let i = 0; i < init.length; i++) {
      writeScalar(core, this.element.code, address + i * this.elementBytes, init[i]);
    }
  }
}

/**
 * Arrays of a scalar: of any length, which is fixed when one is made, or of `length` always.
 * @template {import('./types.js').ScalarName} S
 * @param {S} element
 * @param {number} [length]
 * @returns {PayloadType<Slice<import('./inference.js').ScalarValue<S>>,
 *   ArrayLike<import('./inference.js').ScalarValue<S>> | number>}
 */
export function arrayOf(element, length) {
  const type = toType(element);
  if (!(type instanceof Scalar)) throw badArgument('the name of a scalar', element);
  if (length !== undefined) wholeNumber('length', length);
  return new ArrayType(type, length);
}

/** Bytes: an array of u8. */
export const bytes = arrayOf('u8');
