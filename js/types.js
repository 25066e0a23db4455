// SPDX-License-Identifier: MIT
//
// Payload types: what can be put into a Box, an Rc or a field of a struct.
//
// A scalar is written as its name ('i32'); the others are made by arrayOf(), Layout.of(), owned()
// and weak(), or are the constants `text` and `bytes`. A type belongs to no instance: it can be used
// with several.

import { badArgument, BoundsError } from './errors.js';

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

/** @typedef {'i8'|'u8'|'i16'|'u16'|'i32'|'u32'|'f32'|'f64'|'i64'|'u64'|'bool'} ScalarName */

/** Codes that scalars are switched by on the hot path; the other types have -1. */
const NAMES = /** @type {const} */ ([
  'i8',
  'u8',
  'i16',
  'u16',
  'i32',
  'u32',
  'f32',
  'f64',
  'i64',
  'u64',
  'bool',
]);
const SIZES = [1, 1, 2, 2, 4, 4, 4, 8, 8, 8, 1];

/**
 * Reads a scalar. The address is aligned to the scalar's size.
 * @param {Core} core
 * @param {number} code
 * @param {number} address
 * @returns {any}
 */
export function readScalar(core, code, address) {
  switch (code) {
    case 0:
      return core.i8[address];
    case 1:
      return core.u8[address];
    case 2:
      return core.i16[address >>> 1];
    case 3:
      return core.u16[address >>> 1];
    case 4:
      return core.i32[address >>> 2];
    case 5:
      return core.u32[address >>> 2];
    case 6:
      return core.f32[address >>> 2];
    case 7:
      return core.f64[address >>> 3];
    case 8:
      return core.i64[address >>> 3];
    case 9:
      return core.u64[address >>> 3];
    default:
      return core.u8[address] !== 0;
  }
}

const word = new ArrayBuffer(8);
/** As much of a core as writeScalar() needs, to try a value out. */
const NOWHERE = /** @type {Core} */ (
  /** @type {unknown} */ ({
    i8: new Int8Array(word),
    u8: new Uint8Array(word),
    i16: new Int16Array(word),
    u16: new Uint16Array(word),
    i32: new Int32Array(word),
    u32: new Uint32Array(word),
    i64: new BigInt64Array(word),
    u64: new BigUint64Array(word),
    f32: new Float32Array(word),
    f64: new Float64Array(word),
  })
);

/**
 * Writes a scalar, or throws and leaves what was there. The most common types are written here too,
 * because engines do not inline functions as long as the other: 6 ns.
 * @param {Core} core
 * @param {number} code
 * @param {number} address
 * @param {any} value
 */
export function writeScalar(core, code, address, value) {
  if (typeof value === 'number') {
    if (code === 4 && (value | 0) === value) return void (core.i32[address >>> 2] = value);
    if (code === 7) return void (core.f64[address >>> 3] = value);
  }
  writeChecked(core, code, address, value);
}

/** @param {Core} core @param {number} code @param {number} address @param {any} value */
function writeChecked(core, code, address, value) {
  switch (code) {
    case 0:
      if (typeof value === 'number' && (value << 24) >> 24 === value)
        return void (core.i8[address] = value);
      break;
    case 1:
      if (typeof value === 'number' && (value & 0xff) === value)
        return void (core.u8[address] = value);
      break;
    case 2:
      if (typeof value === 'number' && (value << 16) >> 16 === value)
        return void (core.i16[address >>> 1] = value);
      break;
    case 3:
      if (typeof value === 'number' && (value & 0xffff) === value)
        return void (core.u16[address >>> 1] = value);
      break;
    case 4:
      if (typeof value === 'number' && (value | 0) === value)
        return void (core.i32[address >>> 2] = value);
      break;
    case 5:
      if (typeof value === 'number' && value >>> 0 === value)
        return void (core.u32[address >>> 2] = value);
      break;
    case 6:
      if (typeof value === 'number') return void (core.f32[address >>> 2] = value);
      break;
    case 7:
      if (typeof value === 'number') return void (core.f64[address >>> 3] = value);
      break;
    case 8:
      if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) {
        return void (core.i64[address >>> 3] = value);
      }
      break;
    case 9:
      if (typeof value === 'bigint' && BigInt.asUintN(64, value) === value) {
        return void (core.u64[address >>> 3] = value);
      }
      break;
    case 10:
      if (typeof value === 'boolean') return void (core.u8[address] = value ? 1 : 0);
  }
  throw badArgument(`a value of type ${NAMES[code]}`, value, rangeHelp(code));
}

/**
 * Throws when `value` is no value of the scalar `code`; writeScalar() says the same, when it writes.
 * @param {number} code
 * @param {unknown} value
 */
export function checkScalar(code, value) {
  writeChecked(NOWHERE, code, 0, value);
}

/** @param {number} code */
function rangeHelp(code) {
  if (code === 8 || code === 9) return '64-bit integers are BigInt: write 1n, not 1';
  return code < 6
    ? 'whole numbers in the range of the type; nothing is wrapped or rounded'
    : undefined;
}

/**
 * @template Value
 * @extends {PayloadType<Value, Value>}
 */
export class Scalar extends PayloadType {
  /** @param {number} code */
  constructor(code) {
    super({ name: NAMES[code], elementBytes: SIZES[code], alignment: SIZES[code] });
    this.code = code;
  }

  /** @override @internal @param {Core} core @param {number} address @returns {Value} */
  read(core, address) {
    return readScalar(core, this.code, address);
  }

  /** @override @internal @param {Core} core @param {Value} init */
  prepare(core, init) {
    void core;
    if (init !== undefined) checkScalar(this.code, init);
    return init;
  }

  /** @override @internal @param {Core} core @param {number} address @param {Value} [value] */
  write(core, address, value) {
    if (value !== undefined) writeScalar(core, this.code, address, value);
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
