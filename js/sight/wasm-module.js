// SPDX-License-Identifier: MIT
//
// What is asked about a whole module: its functions, its table, its data, and what it is known by.

import { Section, WasmReader, sections } from './wasm.js';

/** A module's sections, read when they are asked for. */
export class WasmModule {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.sections = sections(bytes);
  }

  /** @param {number} id */
  section(id) {
    return this.sections.find((section) => section.id === id);
  }

  /** @param {string} name */
  custom(name) {
    return this.sections.find((section) => section.id === Section.custom && section.name === name);
  }

  /**
   * A reader for a section's contents; an empty one where there is no such section.
   * @param {{begin: number, end: number} | undefined} place
   */
  reader(place) {
    return new WasmReader(this.bytes, place?.begin ?? 0, place?.end ?? 0);
  }

  /**
   * The items of a section that begins with their number.
   * @template T
   * @param {number} id
   * @param {(reader: WasmReader, index: number) => T} read
   * @returns {T[]}
   */
  list(id, read) {
    const place = this.section(id);
    if (!place) return [];
    const reader = this.reader(place);
    return Array.from({ length: reader.u32() }, (_, index) => read(reader, index));
  }

  /** What the module is known by: the linker's build id where there is one, else a hash of its code. */
  get buildId() {
    const place = this.custom('build_id');
    if (place) {
      const reader = this.reader(place);
      const length = reader.u32();
      return hexadecimal(this.bytes.subarray(reader.at, reader.at + length));
    }
    const code = this.section(Section.code);
    return hashOf(this.bytes.subarray(code?.begin ?? 0, code?.end ?? 0));
  }

  /** Types as text, `i32,i32->i32`, to be compared. */
  types() {
    return this.list(Section.type, (reader) => {
      if (reader.byte() !== 0x60) return ''; // not a function: nothing compares equal to it
      const values = () => Array.from({ length: reader.u32() }, () => reader.byte()).join();
      return `${values()}->${values()}`;
    });
  }

  /** Type index of each imported function, and the number of imported globals. */
  imports() {
    /** @type {number[]} */
    const functions = [];
    let globals = 0;
    this.list(Section.import, (reader) => {
      reader.name();
      reader.name();
      const kind = reader.byte();
      if (kind === 0) functions.push(reader.u32());
      else if (kind === 1) {
        reader.byte();
        skipLimits(reader);
      } else if (kind === 2) skipLimits(reader);
      else reader.at += 2; // a global's type, or a tag's
      if (kind === 3) globals++;
    });
    return { functions, globals };
  }

  /** Type index of each function that the module defines. */
  definedFunctions() {
    return this.list(Section.function, (reader) => reader.u32());
  }

  /** Indices of exported functions. */
  exportedFunctions() {
    /** @type {number[]} */
    const functions = [];
    this.list(Section.export, (reader) => {
      reader.name();
      const kind = reader.byte();
      const index = reader.u32();
      if (kind === 0) functions.push(index);
    });
    return functions;
  }

  /** Functions by their place in the table. @returns {Map<number, number>} */
  tableFunctions() {
    const table = new Map();
    this.list(Section.element, (reader) => {
      const flags = reader.u32();
      if (flags & 2 && !(flags & 1)) reader.u32(); // the table
      const offset = flags & 1 ? undefined : reader.constant();
      if (flags & 3) reader.byte(); // the kind of elements
      const count = reader.u32();
      for (let i = 0; i < count; i++) {
        const index = flags & 4 ? functionOf(reader) : reader.u32();
        if (offset !== undefined && index !== undefined) table.set(offset + i, index);
      }
    });
    return table;
  }

  /** Memory as it is at the start: active segments with a constant place. */
  segments() {
    return this.list(Section.data, (reader) => {
      const flags = reader.u32();
      if (flags === 2) reader.u32();
      const address = flags === 1 ? undefined : reader.constant();
      const length = reader.u32();
      const begin = reader.at;
      reader.at += length;
      if (reader.at > reader.end) reader.refuse('a data segment ends early');
      return { address, bytes: this.bytes.subarray(begin, begin + length) };
    });
  }
}

/** @param {WasmReader} reader of one element expression */
function functionOf(reader) {
  let index;
  if (reader.bytes[reader.at] === 0xd2) {
    reader.at++;
    index = reader.u32();
  }
  reader.constant();
  return index;
}

/** @param {WasmReader} reader */
function skipLimits(reader) {
  const flags = reader.byte();
  reader.skip();
  if (flags & 1) reader.skip();
}

/** @param {Uint8Array} bytes */
function hexadecimal(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * 64 bits of FNV-1a, as two halves with different beginnings: to tell builds apart, not to protect.
 * @param {Uint8Array} bytes
 */
function hashOf(bytes) {
  let low = 0x811c9dc5;
  let high = 0xcbf29ce4;
  for (let i = 0; i < bytes.length; i++) {
    low = Math.imul(low ^ bytes[i], 0x01000193);
    high = Math.imul(high ^ bytes[i] ^ (low >>> 24), 0x01000193);
  }
  const text = (/** @type {number} */ half) => (half >>> 0).toString(16).padStart(8, '0');
  return text(high) + text(low);
}
