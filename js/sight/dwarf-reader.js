// SPDX-License-Identifier: MIT
//
// What DWARF's sections have in common: numbers of fixed width, strings, and values by their form.

import { WasmReader } from './wasm.js';

/** @typedef {{begin: number, end: number}} Place of a section in the module */

/** Forms, by their numbers in the standard. */
export const Form = Object.freeze({
  addr: 0x01,
  string: 0x08,
  strp: 0x0e,
  refAddr: 0x10,
  refUdata: 0x15,
  indirect: 0x16,
  secOffset: 0x17,
  strx: 0x1a,
  addrx: 0x1b,
  lineStrp: 0x1f,
  implicitConst: 0x21,
  rnglistx: 0x23,
});

/** Bytes of the forms that have as many. @type {Record<number, number>} */
const WIDTHS = {
  ...{ 0x01: 4, 0x05: 2, 0x06: 4, 0x07: 8, 0x0b: 1, 0x0c: 1, 0x0e: 4, 0x10: 4, 0x11: 1, 0x12: 2 },
  ...{ 0x13: 4, 0x14: 8, 0x17: 4, 0x19: 0, 0x1c: 4, 0x1d: 4, 0x1e: 16, 0x1f: 4, 0x20: 8 },
  ...{ 0x25: 1, 0x26: 2, 0x27: 3, 0x28: 4, 0x29: 1, 0x2a: 2, 0x2b: 3, 0x2c: 4 },
};

/** Numbers of any length: udata, ref_udata, strx, addrx, loclistx, rnglistx. */
const VARIABLE = new Set([0x0f, 0x15, 0x1a, 0x1b, 0x22, 0x23]);

/** Bytes of a length before the contents: block1, block2, block4; block and exprloc have it as a LEB. */
const BLOCKS = new Map([
  [0x0a, 1],
  [0x03, 2],
  [0x04, 4],
  [0x09, 0],
  [0x18, 0],
]);

export class DwarfReader extends WasmReader {
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

  /**
   * A value as it is written: an index where the form is one, a text where it is in place, 0 for blocks.
   * @param {number} form
   * @returns {number | string}
   */
  value(form) {
    if (form === Form.string) return this.text();
    if (form in WIDTHS) return this.fixed(WIDTHS[form]);
    if (VARIABLE.has(form)) return this.u32();
    const block = BLOCKS.get(form);
    if (block !== undefined) {
      const length = block === 0 ? this.u32() : this.fixed(block);
      this.at += length;
      return 0;
    }
    if (form === 0x0d) {
      this.skip(); // sdata, which nothing here asks for
      return 0;
    }
    if (form === Form.indirect) return this.value(this.u32());
    return this.refuse(`a form 0x${form.toString(16)} that is not known`);
  }
}

/**
 * A string of a section.
 * @param {Uint8Array} bytes of the module
 * @param {Place | undefined} place
 * @param {number} offset
 */
export function textAt(bytes, place, offset) {
  return place ? new DwarfReader(bytes, place.begin + offset, place.end).text() : '';
}
