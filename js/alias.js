// SPDX-License-Identifier: MIT
//
// Alias: a type that holds what another does, under a name and a number of its own.

import { PayloadType } from './types.js';

/** @typedef {import('./core.js').Core} Core */

/**
 * @template [Value=any]
 * @template [Init=any]
 * @extends {PayloadType<Value, Init>}
 */
export class Alias extends PayloadType {
  #inner;

  /** @internal @param {PayloadType<Value, Init>} inner @param {string} name */
  constructor(inner, name) {
    const { elementBytes, alignment, ownedOffsets } = inner;
    super({ name, elementBytes, alignment, ownedOffsets });
    this.#inner = inner.original;
  }

  /** @override @internal */
  get original() {
    return this.#inner;
  }

  /** @override @internal */
  get fixedBytes() {
    return this.#inner.fixedBytes;
  }

  /** @override @internal @param {Core} core @param {Init} init */
  prepare(core, init) {
    return this.#inner.prepare(core, init);
  }

  /** @override @internal @param {any} value */
  bytesFor(value) {
    return this.#inner.bytesFor(value);
  }

  /** @override @internal @param {Core} core @param {number} address @param {import('./types.js').Place} place */
  read(core, address, place) {
    return this.#inner.read(core, address, place);
  }

  /** @override @internal @param {Core} core @param {number} address @param {any} value @param {import('./types.js').Place} [place] */
  write(core, address, value, place) {
    this.#inner.write(core, address, value, place);
  }
}
