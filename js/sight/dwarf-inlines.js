// SPDX-License-Identifier: MIT
//
// DWARF's functions that were inlined, versions 4 and 5: from an address to the chain of calls that the
// optimiser made one function of. Addresses are from the first byte of the code section's contents.
//
//   .debug_abbrev ─► how entries are written ─┐
//   .debug_info   ─► subprogram ── inlined_subroutine ── inlined_subroutine   ─► ranges, name, call

import { DwarfReader, Form } from './dwarf-reader.js';
import { At, DwarfUnit } from './dwarf-unit.js';
import { lastNotAfter } from './source-map.js';

/** @typedef {import('./dwarf-reader.js').Place} Place */

/**
 * A call that is no call any more.
 * @typedef {object} InlinedCall
 * @property {string} name of what was inlined
 * @property {string} file of the call
 * @property {number} line of the call
 * @property {number} column of the call
 */

/** @typedef {import('./dwarf-unit.js').Range} Range */
/** @typedef {import('./dwarf-unit.js').Value} Value */
/** @typedef {{tag: number, children: boolean, attributes: [number, number, number][]}} Abbreviation */

/** @typedef {{entry: number, file: string, line: number, column: number,
 *   ranges: Range[], within: Inlined | undefined}} Inlined */
/**
 * A function that is there; `altered` if an optimiser that ran after the compiler lost ranges in it, so
 * that those it kept cannot be believed either.
 * @typedef {Range & {inlined: Inlined[], altered: boolean}} Whole
 */

/**
 * What the entry above one is, for it: the offset of a scope of names or -1, the function that is there,
 * by its ranges, and what was inlined around it.
 * @typedef {{scope: number, whole: Whole[], within: Inlined | undefined}} Above
 */

const Tag = { unit: 0x11, inlined: 0x1d, subprogram: 0x2e };
/** What names are qualified by: classes, structures, unions, namespaces. */
const SCOPES = new Set([0x02, 0x13, 0x17, 0x39]);
const WANTED = new Set(/** @type {number[]} */ (Object.values(At)));
const SECTIONS = /** @type {const} */ ([
  ...['info', 'abbrev', 'str', 'line_str', 'str_offsets', 'addr', 'ranges', 'rnglists'],
]);

/** All inlined calls of a module. */
export class DwarfInlines {
  #bytes;
  /** @type {Record<string, Place | undefined>} */
  #places;
  #filesOf;
  /** Names by offset in .debug_info: the name itself, where it is said, and in what.
   * @type {Map<number, {name: string, said: number, scope: number}>} */
  #entries = new Map();
  /** @type {Whole[]} */
  #functions = [];
  #begins;

  /**
   * @param {import('./wasm-module.js').WasmModule} module
   * @param {(lines: number) => string[]} filesOf the files of a unit, by the offset of its line table
   */
  constructor(module, filesOf) {
    this.#bytes = module.bytes;
    this.#filesOf = filesOf;
    this.#places = Object.fromEntries(
      SECTIONS.map((name) => [name, module.custom(`.debug_${name}`)]),
    );
    const { info } = this.#places;
    if (info) {
      const reader = new DwarfReader(this.#bytes, info.begin, info.end);
      while (reader.at < reader.end) this.#unit(reader, info.begin);
    }
    this.#functions.sort((a, b) => a.begin - b.begin);
    this.#begins = Float64Array.from(this.#functions, ({ begin }) => begin);
  }

  /**
   * What was inlined at an address, the innermost first.
   * @param {number} address
   * @returns {InlinedCall[]}
   */
  find(address) {
    const at = lastNotAfter(this.#begins, address);
    if (at < 0 || address >= this.#functions[at].end || this.#functions[at].altered) return [];
    const calls = [];
    let one = innermostAt(this.#functions[at].inlined, address);
    for (; one; one = one.within) {
      const { file, line, column } = one;
      calls.push({ name: this.#nameOf(one.entry), file, line, column });
    }
    return calls;
  }

  /**
   * @param {DwarfReader} reader
   * @param {number} base of .debug_info
   */
  #unit(reader, base) {
    const begin = reader.at - base;
    const length = reader.fixed(4);
    const end = reader.at + length;
    const version = reader.fixed(2);
    const kind = version === 5 ? reader.byte() : 1;
    if (version < 4 || version > 5 || kind !== 1) {
      reader.at = end;
      return;
    }
    if (version === 5) reader.at++; // size of addresses
    const abbreviations = this.#abbreviations(reader.fixed(4));
    if (version === 4) reader.at++;
    const unit = new DwarfUnit(this.#bytes, this.#places, begin, version);
    /** Entries that are open, as those inside of them see them. @type {Above[]} */
    const open = [];
    while (reader.at < end) {
      const offset = reader.at - base;
      const code = reader.u32();
      if (code === 0) {
        open.pop();
        continue;
      }
      const abbreviation = abbreviations.get(code);
      if (!abbreviation) reader.refuse(`.debug_abbrev has no abbreviation ${code}`);
      const values = this.#values(reader, abbreviation);
      const above = open.at(-1) ?? { scope: -1, whole: [], within: undefined };
      const here = this.#entry(unit, abbreviation.tag, offset, values, above);
      if (abbreviation.children) open.push(here);
    }
    reader.at = end;
  }

  /**
   * Takes in one entry.
   * @param {DwarfUnit} unit
   * @param {number} tag
   * @param {number} offset
   * @param {Map<number, Value>} values
   * @param {Above} above
   * @returns {Above} what it is for those in it
   */
  #entry(unit, tag, offset, values, above) {
    if (tag === Tag.unit) {
      unit.open(values);
      unit.files = values.has(At.lines) ? this.#filesOf(unit.number(values, At.lines, 0)) : [];
      return above;
    }
    if (tag === Tag.inlined) {
      const inlined = {
        entry: unit.reference(values.get(At.origin)),
        file: unit.files[unit.number(values, At.callFile, -1)] ?? '',
        line: unit.number(values, At.callLine, 0),
        column: unit.number(values, At.callColumn, 0),
        ranges: thereOf(unit, values),
        within: above.within,
      };
      const lost = unit.ranges(values).length !== inlined.ranges.length;
      for (const one of above.whole) {
        one.inlined.push(inlined);
        one.altered ||= lost;
      }
      return { ...above, within: inlined };
    }
    if (tag !== Tag.subprogram && !SCOPES.has(tag)) return { ...above, scope: -1 };
    const said = values.get(At.specification) ?? values.get(At.origin);
    this.#entries.set(offset, {
      name: unit.text(values.get(At.name)),
      said: said ? unit.reference(said) : -1,
      scope: above.scope,
    });
    if (tag !== Tag.subprogram) return { ...above, scope: offset };
    const whole = thereOf(unit, values).map((range) => ({ ...range, inlined: [], altered: false }));
    this.#functions.push(...whole);
    return { scope: -1, whole, within: undefined };
  }

  /**
   * A function's name with the classes and namespaces that it is in.
   * @param {number} offset
   * @returns {string}
   */
  #nameOf(offset) {
    const entry = this.#entries.get(offset);
    if (!entry) return '';
    if (entry.said >= 0) return this.#nameOf(entry.said) || entry.name;
    if (entry.scope < 0 || entry.name === '') return entry.name;
    const scope = this.#nameOf(entry.scope) || '(anonymous)';
    return `${scope}::${entry.name}`;
  }

  /** @param {number} offset */
  #abbreviations(offset) {
    const { abbrev } = this.#places;
    /** @type {Map<number, Abbreviation>} */
    const found = new Map();
    if (!abbrev) return found;
    const reader = new DwarfReader(this.#bytes, abbrev.begin + offset, abbrev.end);
    for (let code = reader.u32(); code !== 0; code = reader.u32()) {
      const tag = reader.u32();
      const children = reader.byte() === 1;
      /** @type {[number, number, number][]} */
      const attributes = [];
      for (;;) {
        const [name, form] = [reader.u32(), reader.u32()];
        const constant = form === Form.implicitConst ? reader.s32() : 0;
        if (name === 0 && form === 0) break;
        attributes.push([name, form, constant]);
      }
      found.set(code, { tag, children, attributes });
    }
    return found;
  }

  /**
   * @param {DwarfReader} reader
   * @param {Abbreviation} abbreviation
   */
  #values(reader, { attributes }) {
    /** @type {Map<number, Value>} */
    const values = new Map();
    for (const [name, form, constant] of attributes) {
      const value = form === Form.implicitConst ? constant : reader.value(form);
      if (WANTED.has(name)) values.set(name, { form, value });
    }
    return values;
  }
}

/**
 * Where an entry's code is. What the linker or the optimiser took out begins at 0, where no code is.
 * @param {DwarfUnit} unit
 * @param {Map<number, Value>} values
 */
function thereOf(unit, values) {
  return unit.ranges(values).filter(({ begin, end }) => begin > 0 && end > begin);
}

/**
 * Of those that are at an address the one that begins nearest before it, and of these the innermost.
 * @param {Inlined[]} inlined outer ones first
 * @param {number} address
 */
function innermostAt(inlined, address) {
  /** @type {Inlined | undefined} */
  let innermost;
  let nearest = 0;
  for (const one of inlined) {
    for (const { begin, end } of one.ranges) {
      if (begin < nearest || begin > address || address >= end) continue;
      innermost = one;
      nearest = begin;
    }
  }
  return innermost;
}
