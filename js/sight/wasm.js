// SPDX-License-Identifier: MIT
//
// As much of the binary format of WebAssembly as it takes to find calls in a module and to put
// instructions before them: sections, numbers, and the length of every instruction.

/** A .wasm that cannot be read: `offset` is where, `message` has the reason. */
export class WasmError extends Error {
  /**
   * @param {number} offset
   * @param {string} reason
   */
  constructor(offset, reason) {
    super(`cannot read the .wasm: byte ${offset}: ${reason}`);
    this.name = 'WasmError';
    this.offset = offset;
  }
}

export const Section = Object.freeze({
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  global: 6,
  export: 7,
  element: 9,
  code: 10,
  data: 11,
});

/** Reads a module from front to back. */
export class WasmReader {
  /**
   * @param {Uint8Array} bytes
   * @param {number} [at]
   * @param {number} [end]
   */
  constructor(bytes, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /**
   * @param {string} reason
   * @returns {never}
   */
  refuse(reason) {
    throw new WasmError(this.at, reason);
  }

  byte() {
    return this.at < this.end ? this.bytes[this.at++] : this.refuse('it ends early');
  }

  /** An unsigned number, of up to 53 bits. */
  u32() {
    let value = 0;
    for (let unit = 1; ; unit *= 128) {
      const part = this.byte();
      value += (part & 127) * unit;
      if (part < 128) return value;
      if (unit > 2 ** 63) this.refuse('a number is too long');
    }
  }

  /** Steps over a number of any kind. */
  skip() {
    while (this.byte() > 127);
  }

  /** A signed number of 32 bits. */
  s32() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const part = this.byte();
      value |= (part & 127) << shift;
      if (part < 128) return shift < 25 && part & 64 ? value | (-1 << (shift + 7)) : value;
    }
  }

  name() {
    const length = this.u32();
    this.at += length;
    if (this.at > this.end) this.refuse('a name ends early');
    return new TextDecoder().decode(this.bytes.subarray(this.at - length, this.at));
  }

  /** The value of `i32.const n; end`, or undefined for another expression, which is stepped over. */
  constant() {
    const first = this.bytes[this.at];
    if (first === 0x41) {
      this.at++;
      const value = this.s32();
      if (this.bytes[this.at] === 0x0b) {
        this.at++;
        return value >>> 0;
      }
    }
    while (this.bytes[this.at] !== 0x0b) skipInstruction(this);
    this.at++;
    return undefined;
  }
}

/**
 * @typedef {object} SectionPlace
 * @property {number} id
 * @property {string} name of a custom section
 * @property {number} start of its first byte, which is its id
 * @property {number} begin of its contents, after a custom section's name
 * @property {number} end
 */

/**
 * @param {Uint8Array} bytes
 * @returns {SectionPlace[]}
 */
export function sections(bytes) {
  const reader = new WasmReader(bytes);
  const magic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  for (const expected of magic) {
    if (reader.byte() !== expected) reader.refuse('it is not a WebAssembly module of version 1');
  }
  const found = [];
  while (reader.at < bytes.length) {
    const start = reader.at;
    const id = reader.byte();
    const size = reader.u32();
    const end = reader.at + size;
    if (end > bytes.length) reader.refuse(`section ${id} ends after the file`);
    const name = id === Section.custom ? reader.name() : '';
    found.push({ id, name, start, begin: reader.at, end });
    reader.at = end;
  }
  return found;
}

/** @param {WasmReader} reader */
function skipMemoryArgument(reader) {
  const flags = reader.u32();
  if (flags & 64) reader.skip();
  reader.skip();
}

/** How many numbers follow an opcode; those that are not here have none or are special. */
const NUMBERS = new Map([
  ...[0x02, 0x03, 0x04, 0x06].map((code) => /** @type {const} */ ([code, 1])), // block types
  ...[0x07, 0x08, 0x09, 0x0c, 0x0d, 0x10, 0x12, 0x14, 0x15, 0x18].map(one),
  ...[0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x3f, 0x40, 0x41, 0x42].map(one),
  ...[0xd0, 0xd2, 0xd5, 0xd6].map(one),
  ...[0x11, 0x13].map(two),
]);

/** @param {number} code @returns {[number, number]} */
function one(code) {
  return [code, 1];
}

/** @param {number} code @returns {[number, number]} */
function two(code) {
  return [code, 2];
}

/**
 * Steps over one instruction; returns its opcode, without a prefix's second half.
 * @param {WasmReader} reader
 */
export function skipInstruction(reader) {
  const code = reader.byte();
  if (code >= 0x28 && code <= 0x3e) skipMemoryArgument(reader);
  else if (code === 0x43) reader.at += 4;
  else if (code === 0x44) reader.at += 8;
  else if (code === 0x0e) for (let count = reader.u32() + 1; count > 0; count--) reader.skip();
  else if (code === 0x1c) for (let count = reader.u32(); count > 0; count--) reader.skip();
  else if (code === 0x1f) skipTryTable(reader);
  else if (code === 0xfc) skipBulk(reader);
  else if (code === 0xfd) skipVector(reader);
  else if (code === 0xfe) skipAtomic(reader);
  else if (code >= 0xc5 && code !== 0xd0 && code !== 0xd1 && (code < 0xd2 || code > 0xd6)) {
    reader.refuse(`an instruction 0x${code.toString(16)} that is not known here`);
  } else for (let count = NUMBERS.get(code) ?? 0; count > 0; count--) reader.skip();
  return code;
}

/** @param {WasmReader} reader */
function skipTryTable(reader) {
  reader.skip();
  for (let count = reader.u32(); count > 0; count--) {
    if (reader.byte() < 2) reader.skip();
    reader.skip();
  }
}

/** @param {WasmReader} reader */
function skipBulk(reader) {
  const code = reader.u32();
  const numbers = code < 8 ? 0 : [2, 1, 2, 1, 2, 1, 2, 1, 1, 1][code - 8];
  if (numbers === undefined) reader.refuse(`an instruction 0xfc ${code} that is not known here`);
  for (let count = numbers; count > 0; count--) reader.skip();
}

/** @param {WasmReader} reader */
function skipVector(reader) {
  const code = reader.u32();
  if (code <= 11 || code === 92 || code === 93) skipMemoryArgument(reader);
  else if (code === 12 || code === 13) reader.at += 16;
  else if (code >= 21 && code <= 34) reader.at++;
  else if (code >= 84 && code <= 91) {
    skipMemoryArgument(reader);
    reader.at++;
  }
}

/** @param {WasmReader} reader */
function skipAtomic(reader) {
  if (reader.u32() === 3) reader.at++;
  else skipMemoryArgument(reader);
}
