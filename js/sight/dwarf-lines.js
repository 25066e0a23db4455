// SPDX-License-Identifier: MIT
//
// DWARF's line tables, versions 4 and 5: from an address to file, line and column. Addresses are from
// the first byte of the code section's contents.

import { DwarfReader, Form, textAt } from './dwarf-reader.js';
import { lastNotAfter } from './source-map.js';

/** @typedef {import('./source-map.js').SourcePlace} SourcePlace */
/** @typedef {{address: number, file: number, line: number, column: number}} Row */

/** All line tables of a module. */
export class DwarfLines {
  #addresses;
  #rows;
  #strings;
  #lineStrings;
  /** The files of each unit, by the offset of its table. @type {Map<number, string[]>} */
  #files = new Map();

  /** @param {import('./wasm-module.js').WasmModule} module */
  constructor(module) {
    this.#strings = module.custom('.debug_str');
    this.#lineStrings = module.custom('.debug_line_str');
    const place = module.custom('.debug_line');
    /** @type {{address: number, place: SourcePlace | undefined}[]} */
    const rows = [];
    if (place) {
      const reader = new DwarfReader(module.bytes, place.begin, place.end);
      while (reader.at < reader.end) this.#unit(reader, rows, place.begin);
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
   * The files of the unit whose table begins there.
   * @param {number} offset in .debug_line
   */
  files(offset) {
    return this.#files.get(offset) ?? [];
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
   * @param {number} base of .debug_line
   */
  #unit(reader, rows, base) {
    const offset = reader.at - base;
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
    this.#files.set(offset, files);
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
        const value = this.#value(reader, form);
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
  #value(reader, form) {
    const value = reader.value(form);
    if (form === Form.strp) return textAt(reader.bytes, this.#strings, Number(value));
    return form === Form.lineStrp ? textAt(reader.bytes, this.#lineStrings, Number(value)) : value;
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
