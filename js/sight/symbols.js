// SPDX-License-Identifier: MIT
//
// Symbols: names and lines for a profile's frames, which have places in the .wasm alone. Release builds
// are shipped stripped; their symbols stay at home and are joined by the build id.

import { DwarfInlines } from './dwarf-inlines.js';
import { DwarfLines } from './dwarf-lines.js';
import { SourceMap } from './source-map.js';
import { Section, WasmReader } from './wasm.js';
import { WasmModule } from './wasm-module.js';

/**
 * Whatever is known of the build. Of several, the more exact one counts: DWARF, then the source map;
 * the name section, then the symbol map.
 * @typedef {object} SymbolSources
 * @property {Uint8Array} [wasm] as it was linked: with a name section, DWARF, or neither
 * @property {string} [symbolMap] what --emit-symbol-map wrote
 * @property {string | {version: number, sources: string[], mappings: string}} [sourceMap] what
 *   -gsource-map wrote
 */

/**
 * A copy of the profile whose frames have the names, files and lines that the sources know. By DWARF a
 * frame of a function that others were inlined into becomes a frame of each.
 * @param {import('./profile.js').Profile} profile
 * @param {SymbolSources} sources
 * @returns {import('./profile.js').Profile}
 */
export function symbolise(profile, sources) {
  const symbols = new Symbols(sources);
  if (symbols.buildId && profile.buildId && symbols.buildId !== profile.buildId) {
    throw new TypeError(
      `the symbols are of another build: the profile is of ${profile.buildId}, the .wasm is ${symbols.buildId}`,
    );
  }
  const strings = [...profile.strings];
  const indices = new Map(strings.map((text, index) => [text, index]));
  const index = (/** @type {string} */ text) => {
    let found = indices.get(text);
    if (found === undefined) {
      found = strings.push(text) - 1;
      indices.set(text, found);
    }
    return found;
  };
  /** @type {import('./profile.js').Frame[]} */
  const frames = [];
  const framesOf = profile.frames.map((frame) =>
    namedFrames(symbols, frame, index).map((named) => frames.push(named) - 1),
  );
  const stacks = profile.stacks.map((stack) => stack.flatMap((at) => framesOf[at]));
  return { ...profile, strings, frames, stacks };
}

/**
 * What one frame is made of, the innermost first.
 * @param {Symbols} symbols
 * @param {import('./profile.js').Frame} frame
 * @param {(text: string) => number} index
 */
function namedFrames(symbols, frame, index) {
  const { functionIndex, offset } = frame;
  if (functionIndex < 0 || frame.inlined) return [frame];
  const at = (/** @type {import('./source-map.js').SourcePlace | undefined} */ place) =>
    place ? { file: index(place.file), line: place.line, column: place.column } : {};
  let place = symbols.place(functionIndex, offset);
  const inner = symbols.inlined(functionIndex, offset).map((call) => {
    const named = { ...frame, function: index(call.name), ...at(place), inlined: true };
    place = call;
    return named;
  });
  const name = symbols.name(functionIndex);
  return [...inner, { ...frame, ...(name ? { function: index(name) } : {}), ...at(place) }];
}

/** Names and lines of one build. */
export class Symbols {
  buildId = '';
  /** @type {Map<number, string>} */
  #names = new Map();
  /** First offset of each function the module defines. @type {number[]} */
  #starts = [];
  #imported = 0;
  #codeBegin = 0;
  /** @type {DwarfLines | undefined} */
  #lines;
  /** @type {SourceMap | undefined} */
  #map;
  /** @type {DwarfInlines | undefined} */
  #inlines;

  /** @param {SymbolSources} sources */
  constructor({ wasm, symbolMap, sourceMap }) {
    if (symbolMap) this.#names = namesOfMap(symbolMap);
    if (sourceMap) this.#map = new SourceMap(sourceMap);
    if (!wasm) return;
    const module = new WasmModule(wasm);
    this.buildId = module.buildId;
    for (const [index, name] of namesOfSection(module)) this.#names.set(index, name);
    this.#imported = module.imports().functions.length;
    this.#codeBegin = module.section(Section.code)?.begin ?? 0;
    this.#starts = module.list(Section.code, (reader) => {
      const size = reader.u32();
      const start = reader.at;
      reader.at += size;
      return start;
    });
    const lines = new DwarfLines(module);
    if (!lines.found) return;
    this.#lines = lines;
    this.#inlines = new DwarfInlines(module, (offset) => lines.files(offset));
  }

  /**
   * The function's name, or ''.
   * @param {number} functionIndex
   */
  name(functionIndex) {
    return this.#names.get(functionIndex) ?? '';
  }

  /**
   * The calls that were inlined where a frame is, the innermost first: what was called, and from where.
   * @param {number} functionIndex
   * @param {number} offset in the .wasm
   */
  inlined(functionIndex, offset) {
    if (offset === 0 || functionIndex < this.#imported) return [];
    return this.#inlines?.find(offset - this.#codeBegin) ?? [];
  }

  /**
   * @param {number} functionIndex
   * @param {number} offset in the .wasm
   * @returns {import('./source-map.js').SourcePlace | undefined}
   */
  place(functionIndex, offset) {
    if (offset === 0) return undefined;
    const start = this.#starts[functionIndex - this.#imported] ?? 0;
    const { file, line, column } =
      this.#lines?.find(offset - this.#codeBegin, start - this.#codeBegin) ??
      this.#map?.find(offset, start) ??
      {};
    return file === undefined ? undefined : { file, line: line ?? 0, column: column ?? 0 };
  }
}

/**
 * `index:name` a line; other than letters are written as two hexadecimal digits.
 * @param {string} text
 */
function namesOfMap(text) {
  /** @type {Map<number, string>} */
  const names = new Map();
  for (const line of text.split('\n')) {
    const at = line.indexOf(':');
    if (at <= 0) continue;
    names.set(Number(line.slice(0, at)), unescaped(line.slice(at + 1).trimEnd()));
  }
  return names;
}

/** @param {string} name */
function unescaped(name) {
  return name.replace(/\\([0-9a-f]{2})/g, (_, digits) => String.fromCharCode(parseInt(digits, 16)));
}

const FUNCTION_NAMES = 1;

/** @param {WasmModule} module */
function namesOfSection(module) {
  /** @type {[number, string][]} */
  const names = [];
  const place = module.custom('name');
  if (!place) return names;
  const reader = module.reader(place);
  while (reader.at < reader.end) {
    const id = reader.byte();
    const size = reader.u32();
    const part = new WasmReader(module.bytes, reader.at, reader.at + size);
    reader.at += size;
    if (id !== FUNCTION_NAMES) continue;
    for (let count = part.u32(); count > 0; count--)
      names.push([part.u32(), unescaped(part.name())]);
  }
  return names;
}
