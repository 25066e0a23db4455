// SPDX-License-Identifier: MIT
//
// Source maps of a .wasm: one line, whose columns are offsets in the file.

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** @typedef {{file: string, line: number, column: number}} SourcePlace */

/** Where each offset came from. */
export class SourceMap {
  /** @type {number[]} */
  #offsets = [];
  /** @type {(SourcePlace | undefined)[]} */
  #places = [];

  /** @param {string | {version: number, sources: string[], sourceRoot?: string, mappings: string}} map */
  constructor(map) {
    const {
      version,
      sources,
      sourceRoot = '',
      mappings,
    } = typeof map === 'string' ? JSON.parse(map) : map;
    if (version !== 3 || typeof mappings !== 'string' || !Array.isArray(sources)) {
      throw new TypeError('not a source map of version 3');
    }
    let [offset, source, line, column] = [0, 0, 0, 0];
    for (const segment of mappings.split(/[,;]/)) {
      const numbers = decode(segment);
      if (numbers.length === 0) continue;
      offset += numbers[0];
      this.#offsets.push(offset);
      if (numbers.length < 4) {
        this.#places.push(undefined);
        continue;
      }
      source += numbers[1];
      line += numbers[2];
      column += numbers[3];
      this.#places.push({ file: sourceRoot + sources[source], line: line + 1, column: column + 1 });
    }
  }

  /**
   * @param {number} offset in the .wasm
   * @param {number} least offset of the function that it is in
   * @returns {SourcePlace | undefined}
   */
  find(offset, least) {
    const at = lastNotAfter(this.#offsets, offset);
    return at >= 0 && this.#offsets[at] >= least ? this.#places[at] : undefined;
  }
}

/**
 * Index of the last number that is not larger, or -1.
 * @param {ArrayLike<number>} sorted
 * @param {number} value
 */
export function lastNotAfter(sorted, value) {
  let low = -1;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (sorted[middle] <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * Base 64 digits of 5 bits each, lowest first, the sign in the lowest bit of all.
 * @param {string} text
 */
function decode(text) {
  const numbers = [];
  let value = 0;
  let shift = 0;
  for (const letter of text) {
    const digit = DIGITS.indexOf(letter);
    if (digit < 0) throw new TypeError(`not a source map: '${letter}' in its mappings`);
    value |= (digit & 31) << shift;
    shift += 5;
    if (digit & 32) continue;
    numbers.push(value & 1 ? -(value >>> 1) : value >>> 1);
    value = 0;
    shift = 0;
  }
  return numbers;
}
