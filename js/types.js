// SPDX-License-Identifier: MIT
//
// Payload types: what can be put into a Box, an Rc or a field of a struct.
//
// A scalar is written as its name ('i32'); the others are made by arrayOf(), Layout.of(), owned()
// and weak(), or are the constants `text` and `bytes`. A type belongs to no instance: it can be used
// with several.

import { badArgument, BoundsError } from './errors.js';
import { NAMES, SIZES, WIDE, checkScalar, readScalar, writeScalar } from './scalars.js';

/** @typedef {import('./core.js').Core} Core */

/**
 * Where a value is: enough to check that its owner is alive.
 * @typedef {{core: Core, slot: number, generation: number, address: number, bytes: number}} Place
 */

/**
 * A type of values in the module's memory. `Value` is what reading gives, `Init` what writing takes.
 * @template Value
 * @template Init
 */
export class PayloadType {
  /** How a scalar is read and written; -1 for all other types. @type {number} */
  code = -1;
  /** @type {Core | null} the instance that asked last */
  core = null;
  id = 0;
  /** What a value of a scalar is in the instance's table; see heaplet_small_word(). */
  word = 0;
  /** @type {WeakMap<Core, number>} */
  #ids = new WeakMap();

  /**
   * @param {{name: string, elementBytes: number, alignment: number, ownedOffsets?: number[]}} shape
   */
  constructor({ name, elementBytes, alignment, ownedOffsets = [] }) {
    /** For messages and reports. @readonly */
    this.name = name;
    /** Size in bytes; of one element, where there may be several. @readonly */
    this.elementBytes = elementBytes;
    /** @readonly */
    this.alignment = alignment;
    /** Where an element holds handles it owns. @readonly */
    this.ownedOffsets = ownedOffsets;
  }

  /** @internal @param {Core} core */
  idIn(core) {
    return this.#ids.get(core);
  }

  /** @internal @param {Core} core @param {number} id */
  remember(core, id) {
    this.#ids.set(core, id);
    this.core = core;
    this.id = id;
    if (this.code >= 0) this.word = core.exports.heaplet_small_word(id, this.elementBytes);
  }

  /** The type itself; of an alias, what it stands for. @internal @returns {PayloadType<any, any>} */
  get original() {
    return this;
  }

  /** Bytes of every value; undefined where they differ. @internal @returns {number | undefined} */
  get fixedBytes() {
    return this.elementBytes;
  }

  /**
   * What bytesFor() and write() take: `init` read once and checked, so that neither runs any code of
   * the user's, nor finds anything to refuse half-way.
   * @param {Core} core
   * @param {Init} init
   * @returns {any}
   */
  prepare(core, init) {
    void core;
    return init;
  }

  /** Bytes that a value made from what prepare() gave takes. @internal @param {any} init @returns {number} */
  bytesFor(init) {
    void init;
    return this.elementBytes;
  }

  /** @param {Core} core @param {number} address @param {Place} place @returns {Value} */
  read(core, address, place) {
    (void core, address, place);
    throw new Error('abstract');
  }

  /** @param {Core} core @param {number} address @param {any} init @param {Place} [place] */
  write(core, address, init, place) {
    (void core, address, init, place);
    throw new Error('abstract');
  }
}

/**
 * @template Value
 * @extends {PayloadType<Value, Value>}
 */
export class Scalar extends PayloadType {
  /** @param {number} code */
  constructor(code) {
    const bytes = SIZES[code & ~WIDE];
    super({ name: NAMES[code & ~WIDE], elementBytes: bytes, alignment: bytes });
    this.code = code;
  }

  /** @override @internal @param {Core} core @param {number} address @returns {Value} */
  read(core, address) {
    return readScalar(core, this.code | core.wide, address);
  }

  /** @override @internal @param {Core} core @param {Value} init */
  prepare(core, init) {
    void core;
    if (init !== undefined) checkScalar(this.code, init);
    return init;
  }

  /** @override @internal @param {Core} core @param {number} address @param {Value} [value] */
  write(core, address, value) {
    if (value !== undefined) writeScalar(core, this.code | core.wide, address, value);
  }
}

/**
 * The scalar types by name. A class and not an object without a prototype, which engines keep as a
 * dictionary: 15 ns a look-up.
 */
class ScalarsByName {
  constructor() {
    const self = /** @type {any} */ (this);
    NAMES.forEach((name, code) => (self[name] = new Scalar(code)));
  }
}
// Nothing is found by name but scalars.
Object.setPrototypeOf(ScalarsByName.prototype, null);
Reflect.deleteProperty(ScalarsByName.prototype, 'constructor');
const SCALARS = /** @type {Record<string, Scalar<any> | undefined>} */ (
  /** @type {unknown} */ (new ScalarsByName())
);

/**
 * The type that a user means: a type as it is, or a scalar's name.
 * @param {unknown} type
 * @returns {PayloadType<any, any>}
 */
export function toType(type) {
  if (typeof type === 'string') {
    const scalar = SCALARS[type];
    if (scalar !== undefined) return scalar;
  } else if (type instanceof PayloadType) {
    return type;
  }
  throw badArgument(
    'a type',
    type,
    `one of ${NAMES.join(', ')}, text, bytes, arrayOf(…), Layout.of({…})`,
  );
}

// With this flag a pair is one character, so that only halves match.
const LONE_SURROGATE = /[\ud800-\udfff]/u;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * UTF-8 in memory as a string, or a BoundsError when it is none.
 * @param {Uint8Array} utf8
 */
export function decode(utf8) {
  try {
    // A copy where memory is shared, which decoders refuse.
    const shared =
      typeof SharedArrayBuffer === 'function' && utf8.buffer instanceof SharedArrayBuffer;
    return decoder.decode(shared ? utf8.slice() : utf8);
  } catch (cause) {
    throw new BoundsError('H0003', 'these bytes are not valid UTF-8', { cause });
  }
}

/** @extends {PayloadType<string, string>} */
class TextType extends PayloadType {
  constructor() {
    super({ name: 'text', elementBytes: 1, alignment: 1 });
  }

  /** @override @internal */
  get fixedBytes() {
    return undefined;
  }

  /** @override @internal @param {Core} core @param {string} init */
  prepare(core, init) {
    void core;
    if (typeof init !== 'string') throw badArgument('a string', init);
    if (LONE_SURROGATE.test(init)) {
      throw new BoundsError(
        'H0003',
        'this string has half of a surrogate pair, which UTF-8 cannot',
        {
          help: 'string.toWellFormed() replaces it',
        },
      );
    }
    return encoder.encode(init);
  }

  /** @override @internal @param {Uint8Array} utf8 */
  bytesFor(utf8) {
    return utf8.length;
  }

  /** @override @internal @param {Core} core @param {number} address @param {Place} place */
  read(core, address, place) {
    return decode(core.u8.subarray(address, address + place.bytes));
  }

  /** @override @internal @param {Core} core @param {number} address @param {Uint8Array} utf8 @param {Place} [place] */
  write(core, address, utf8, place) {
    if (place && utf8.length !== place.bytes) {
      throw badArgument(
        `a string of ${place.bytes} bytes`,
        `one of ${utf8.length}`,
        'a text keeps its size',
      );
    }
    core.u8.set(utf8, address);
  }
}

/** A string, as UTF-8. It keeps the size it was made with. */
export const text = new TextType();
