// SPDX-License-Identifier: MIT
//
// DWARF's line tables, versions 4 and 5: from an address to file, line and column. Addresses are from
// the first byte of the code section's contents.

import { lastNotAfter } from './source-map.js';
import { WasmReader } from './wasm.js';

/** @typedef {import('./source-map.js').SourcePlace} SourcePlace */
/** @typedef {{address: number, file: number, line: number, column: number}} Row */

/** The part of a reader that DWARF needs beside numbers. */
class DwarfReader extends WasmReader {
  /** @param {number} bytes */
  fixed(bytes) {
    let value = 0;
    for (let i = 0, unit = 1; i < bytes; i++, unit *= 256) value += this.byte() * unit;
    return value;
  }

  text() {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0 || end >= this.end) this.refuse('a string ends early');
    const text = new TextDecoder().decode(this.bytes.subarray(this.at, end));
    this.at = end + 1;
    return text;
  }
}

/** All line tables of a module. */
export class DwarfLines {
  #addresses;
  #rows;
  #strings;
  #lineStrings;

  /** @param {import('./wasm-module.js').WasmModule} module */
  constructor(module) {
    this.#strings = module.custom('.debug_str');
    this.#lineStrings = module.custom('.debug_line_str');
    const place = module.custom('.debug_line');
    /** @type {{address: number, place: SourcePlace | undefined}[]} */
    const rows = [];
    if (place) {
      const reader = new DwarfReader(module.bytes, place.begin, place.end);
      while (reader.at < reader.end) this.#unit(reader, rows);
    }
    rows.sort((a, b) => a.address - b.address || Number(!!a.place) - Number(!!b.place));
    this.#addresses = Float64Array.from(rows, ({ address }) => address);
    this.#rows = rows;
  }

  /** Whether the module has any. */
  get found() {
    return this.#rows.length > 0;
  }

  /**
   * @param {number} address
   * @param {number} least address of the function that it is in
   * @returns {SourcePlace | undefined}
   */
  find(address, least) {
    const at = lastNotAfter(this.#addresses, address);
    return at >= 0 && this.#addresses[at] >= least ? this.#rows[at].place : undefined;
  }

  /**
   * @param {DwarfReader} reader
   * @param {{address: number, place: SourcePlace | undefined}[]} rows
   */
  #unit(reader, rows) {
    const length = reader.fixed(4);
    const end = reader.at + length;
    const version = reader.fixed(2);
    if (version < 4 || version > 5) {
      reader.at = end;
      return;
    }
    if (version === 5) reader.at += 2; // sizes of addresses and segments
    const headerLength = reader.fixed(4);
    const program = reader.at + headerLength;
    const instruction = reader.byte();
    reader.at += 2; // operations per instruction, whether rows are statements
    const lineBase = (reader.byte() << 24) >> 24;
    const lineRange = reader.byte();
    const opcodeBase = reader.byte();
    const lengths = Array.from({ length: opcodeBase - 1 }, () => reader.byte());
    const files = version === 5 ? this.#files5(reader) : files4(reader);
    reader.at = program;
    const header = { instruction, lineBase, lineRange, opcodeBase, lengths, end };
    runProgram(reader, header, ({ address, file, line, column }, ends) => {
      const known = !ends && line > 0 && files[file] !== undefined;
      rows.push({ address, place: known ? { file: files[file], line, column } : undefined });
    });
    reader.at = end;
  }

  /** @param {DwarfReader} reader */
  #files5(reader) {
    const directories = this.#entries(reader).map(({ path }) => path);
    return this.#entries(reader).map(({ path, directory }) => joined(directories[directory], path));
  }

  /** @param {DwarfReader} reader */
  #entries(reader) {
    const formats = Array.from({ length: reader.byte() }, () => [reader.u32(), reader.u32()]);
    return Array.from({ length: reader.u32() }, () => {
      const entry = { path: '', directory: 0 };
      for (const [content, form] of formats) {
        const value = this.#form(reader, form);
        if (content === 1) entry.path = String(value);
        if (content === 2) entry.directory = Number(value);
      }
      return entry;
    });
  }

  /**
   * @param {DwarfReader} reader
   * @param {number} form
   */
  #form(reader, form) {
    switch (form) {
      case 0x08: // string
        return reader.text();
      case 0x0e: // strp
        return this.#textAt(reader, this.#strings);
      case 0x1f: // line_strp
        return this.#textAt(reader, this.#lineStrings);
      case 0x0b: // data1
        return reader.fixed(1);
      case 0x05: // data2
        return reader.fixed(2);
      case 0x0f: // udata
        return reader.u32();
      case 0x1e: // data16, a checksum
        reader.at += 16;
        return 0;
      default:
        return reader.refuse(`a form 0x${form.toString(16)} that is not known in a line table`);
    }
  }

  /**
   * @param {DwarfReader} reader
   * @param {{begin: number, end: number} | undefined} place
   */
  #textAt(reader, place) {
    const at = reader.fixed(4);
    return place ? new DwarfReader(reader.bytes, place.begin + at, place.end).text() : '';
  }
}

/**
 * @param {string | undefined} directory
 * @param {string} path
 */
function joined(directory, path) {
  return path.startsWith('/') || !directory ? path : `${directory}/${path}`;
}

/** @param {DwarfReader} reader */
function files4(reader) {
  const directories = [''];
  for (let text = reader.text(); text !== ''; text = reader.text()) directories.push(text);
  const files = [''];
  for (let text = reader.text(); text !== ''; text = reader.text()) {
    files.push(joined(directories[reader.u32()], text));
    reader.skip();
    reader.skip();
  }
  return files;
}

/**
 * The line number program, which writes the table's rows.
 * @param {DwarfReader} reader
 * @param {{instruction: number, lineBase: number, lineRange: number, opcodeBase: number,
 *   lengths: number[], end: number}} header
 * @param {(row: Row, ends: boolean) => void} emit
 */
function runProgram(reader, header, emit) {
  const { instruction, lineBase, lineRange, opcodeBase, lengths, end } = header;
  const start = () => ({ address: 0, file: 1, line: 1, column: 0 });
  let row = start();
  const special = (/** @type {number} */ code) =>
    (row.address += Math.floor((code - opcodeBase) / lineRange) * instruction);
  while (reader.at < end) {
    const code = reader.byte();
    if (code >= opcodeBase) {
      special(code);
      row.line += lineBase + ((code - opcodeBase) % lineRange);
      emit(row, false);
    } else if (code === 0) {
      const next = reader.u32() + reader.at;
      const extended = reader.byte();
      if (extended === 1) {
        emit(row, true);
        row = start();
      } else if (extended === 2) row.address = reader.fixed(next - reader.at);
      reader.at = next;
    } else if (code === 1) emit(row, false);
    else if (code === 2) row.address += reader.u32() * instruction;
    else if (code === 3) row.line += reader.s32();
    else if (code === 4) row.file = reader.u32();
    else if (code === 5) row.column = reader.u32();
    else if (code === 8) special(255);
    else if (code === 9) row.address += reader.fixed(2);
    else for (let count = lengths[code - 1]; count > 0; count--) reader.skip();
  }
}
