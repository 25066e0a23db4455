// SPDX-License-Identifier: MIT
//
// One unit of .debug_info: what the values of its entries mean, which are indices and offsets into other
// sections. Versions 4 and 5.

import { DwarfReader, Form, textAt } from './dwarf-reader.js';

/** @typedef {import('./dwarf-reader.js').Place} Place */
/** @typedef {{form: number, value: number | string}} Value */
/** @typedef {Map<number, Value>} Values of an entry, by attribute */
/** @typedef {{begin: number, end: number}} Range */

/** Attributes, by their numbers in the standard. */
export const At = Object.freeze({
  name: 0x03,
  lines: 0x10,
  low: 0x11,
  high: 0x12,
  origin: 0x31,
  specification: 0x47,
  ranges: 0x55,
  callColumn: 0x57,
  callFile: 0x58,
  callLine: 0x59,
  strings: 0x72,
  addresses: 0x73,
  rangeLists: 0x74,
});

/** Makes numbers, texts and ranges of values. */
export class DwarfUnit {
  /** @type {string[]} */
  files = [];
  #bytes;
  #places;
  /** What ranges are relative to. */
  #low = 0;
  // Where its parts of the sections of strings, addresses and range lists begin, behind their heads.
  #strings = 8;
  #addresses = 8;
  #rangeLists = 12;

  /**
   * @param {Uint8Array} bytes of the module
   * @param {Record<string, Place | undefined>} places of the sections
   * @param {number} begin its offset in .debug_info
   * @param {number} version
   */
  constructor(bytes, places, begin, version) {
    this.#bytes = bytes;
    this.#places = places;
    this.begin = begin;
    this.version = version;
  }

  /**
   * Takes in the unit's own entry, which all others are read by.
   * @param {Values} values
   */
  open(values) {
    this.#strings = this.number(values, At.strings, this.#strings);
    this.#addresses = this.number(values, At.addresses, this.#addresses);
    this.#rangeLists = this.number(values, At.rangeLists, this.#rangeLists);
    this.#low = this.address(values.get(At.low));
  }

  /**
   * @param {Values} values
   * @param {number} name
   * @param {number} otherwise
   */
  number(values, name, otherwise) {
    const found = values.get(name);
    return found ? Number(found.value) : otherwise;
  }

  /**
   * The offset of another entry in .debug_info.
   * @param {Value | undefined} value
   */
  reference(value) {
    if (!value) return -1;
    return value.form === Form.refAddr ? Number(value.value) : this.begin + Number(value.value);
  }

  /** @param {Value | undefined} found */
  text(found) {
    if (!found) return '';
    const { form, value } = found;
    if (typeof value === 'string') return value;
    const { str, line_str: lineStr, str_offsets: offsets } = this.#places;
    if (form === Form.lineStrp) return textAt(this.#bytes, lineStr, value);
    if (form === Form.strp) return textAt(this.#bytes, str, value);
    const offset = this.#wordAt(offsets, this.#strings + value * 4);
    return textAt(this.#bytes, str, offset);
  }

  /** @param {Value | undefined} found */
  address(found) {
    if (!found) return 0;
    const value = Number(found.value);
    return found.form === Form.addr ? value : this.#wordAt(this.#places.addr, this.#addresses + value * 4); // prettier-ignore
  }

  /**
   * @param {Place | undefined} place
   * @param {number} offset
   */
  #wordAt(place, offset) {
    if (!place) return 0;
    return new DwarfReader(this.#bytes, place.begin + offset, place.end).fixed(4);
  }

  /**
   * Where the code of an entry is.
   * @param {Values} values
   * @returns {Range[]}
   */
  ranges(values) {
    const list = values.get(At.ranges);
    if (list) return this.version === 5 ? this.#lists5(list) : this.#lists4(list);
    const high = values.get(At.high);
    if (!high) return [];
    const begin = this.address(values.get(At.low));
    const isAddress = high.form === Form.addr || high.form === Form.addrx;
    const end = isAddress ? this.address(high) : begin + Number(high.value);
    return [{ begin, end }];
  }

  /** @param {Value} list */
  #lists4({ value }) {
    const { ranges: place } = this.#places;
    /** @type {Range[]} */
    const found = [];
    if (!place) return found;
    const reader = new DwarfReader(this.#bytes, place.begin + Number(value), place.end);
    let base = this.#low;
    for (;;) {
      const [begin, end] = [reader.fixed(4), reader.fixed(4)];
      if (begin === 0 && end === 0) return found;
      if (begin === 0xffffffff) base = end;
      else found.push({ begin: base + begin, end: base + end });
    }
  }

  /** @param {Value} list */
  #lists5({ form, value }) {
    const { rnglists: place } = this.#places;
    /** @type {Range[]} */
    const found = [];
    if (!place) return found;
    const offset =
      form === Form.rnglistx
        ? this.#rangeLists + this.#wordAt(place, this.#rangeLists + Number(value) * 4)
        : Number(value);
    const reader = new DwarfReader(this.#bytes, place.begin + offset, place.end);
    const indexed = () => this.address({ form: Form.addrx, value: reader.u32() });
    const after = (/** @type {number} */ begin) => ({ begin, end: begin + reader.u32() });
    let base = this.#low;
    for (;;) {
      const kind = reader.byte();
      if (kind === 0) return found;
      else if (kind === 1) base = indexed();
      else if (kind === 2) found.push({ begin: indexed(), end: indexed() });
      else if (kind === 3) found.push(after(indexed()));
      else if (kind === 4) found.push({ begin: base + reader.u32(), end: base + reader.u32() });
      else if (kind === 5) base = reader.fixed(4);
      else if (kind === 6) found.push({ begin: reader.fixed(4), end: reader.fixed(4) });
      else if (kind === 7) found.push(after(reader.fixed(4)));
      else reader.refuse(`a range of kind ${kind}`);
    }
  }
}
