// SPDX-License-Identifier: MIT
//
// Scalars in memory: how they are read and written, by code.

import { badArgument } from './errors.js';

/** @typedef {import('./core.js').Core} Core */

/** @typedef {'i8'|'u8'|'i16'|'u16'|'i32'|'u32'|'f32'|'f64'|'i64'|'u64'|'bool'} ScalarName */

/** Codes that scalars are switched by on the hot path; the other types have -1. */
export const NAMES = /** @type {const} */ ([
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
export const SIZES = [1, 1, 2, 2, 4, 4, 4, 8, 8, 8, 1];
export const BOOL = 10;

/** Joined with the code of a scalar whose address may be 2^32 or more. */
export const WIDE = 16;

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
    case BOOL:
      return core.u8[address] !== 0;
    default:
      return readWide(core, code & ~WIDE, address);
  }
}

/** @param {Core} core @param {number} code without WIDE @returns {any} */
function viewFor(core, code) {
  switch (code) {
    case 0:
      return core.i8;
    case 2:
      return core.i16;
    case 3:
      return core.u16;
    case 4:
      return core.i32;
    case 5:
      return core.u32;
    case 6:
      return core.f32;
    case 7:
      return core.f64;
    case 8:
      return core.i64;
    case 9:
      return core.u64;
    default:
      return core.u8;
  }
}

/** @param {Core} core @param {number} code without WIDE @param {number} address */
function readWide(core, code, address) {
  const value = viewFor(core, code)[address / SIZES[code]];
  return code === BOOL ? value !== 0 : value;
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
    case BOOL:
      if (typeof value === 'boolean') return void (core.u8[address] = value ? 1 : 0);
      break;
    default:
      return writeWide(core, code & ~WIDE, address, value);
  }
  throw badArgument(`a value of type ${NAMES[code]}`, value, rangeHelp(code));
}

/** @param {Core} core @param {number} code without WIDE @param {number} address @param {any} value */
function writeWide(core, code, address, value) {
  writeChecked(NOWHERE, code, 0, value);
  viewFor(core, code)[address / SIZES[code]] = value;
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
