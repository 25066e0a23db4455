// SPDX-License-Identifier: MIT
//
// Output: a module, or a part of one, as it is put together from copies of another and new
// instructions; remembers where each copy came from.

/** @typedef {{from: number, to: number, length: number}} Run a copy: old place, new place, bytes */

/** Bytes to come, with the places that copies came from. */
export class Output {
  #bytes = new Uint8Array(1024);
  length = 0;
  /** @type {Run[]} */
  runs = [];

  /** @param {...number} values */
  push(...values) {
    this.#reserve(values.length);
    for (const value of values) this.#bytes[this.length++] = value;
    return this;
  }

  /** @param {number} value unsigned */
  number(value) {
    for (; value > 127; value = Math.floor(value / 128)) this.push((value & 127) | 128);
    return this.push(value);
  }

  /**
   * @param {Uint8Array} bytes
   * @param {number} begin
   * @param {number} end
   */
  copy(bytes, begin, end) {
    if (end <= begin) return this;
    this.#reserve(end - begin);
    this.#bytes.set(bytes.subarray(begin, end), this.length);
    this.runs.push({ from: begin, to: this.length, length: end - begin });
    this.length += end - begin;
    return this;
  }

  /** @param {Output} other */
  append(other) {
    const start = this.length;
    this.#reserve(other.length);
    this.#bytes.set(other.bytes(), start);
    this.length += other.length;
    for (const { from, to, length } of other.runs) this.runs.push({ from, to: start + to, length });
    return this;
  }

  /**
   * @param {number} id
   * @param {Output} contents
   * @param {import('./offset-map.js').OffsetMap} [offsets] to be told where the copies ended up
   */
  section(id, contents, offsets) {
    this.push(id).number(contents.length);
    const start = this.length;
    this.append(contents);
    for (const { from, to } of contents.runs) offsets?.add(start + to, from);
    return this;
  }

  /**
   * @param {string} name
   * @param {Uint8Array} contents
   */
  custom(name, contents) {
    const section = new Output();
    const text = new TextEncoder().encode(name);
    section.number(text.length).push(...text);
    section.copy(contents, 0, contents.length);
    return this.section(0, section);
  }

  bytes() {
    return this.#bytes.subarray(0, this.length);
  }

  // Instructions.

  /** @param {number} value signed, of 32 bits */
  constant(value) {
    this.push(0x41);
    let rest = value | 0;
    for (;;) {
      const part = rest & 127;
      rest >>= 7;
      if ((rest === 0 && part < 64) || (rest === -1 && part >= 64)) return this.push(part);
      this.push(part | 128);
    }
  }

  /**
   * Stores a word.
   * @param {number} address
   * @param {() => void} value leaves it on the stack
   */
  store(address, value) {
    this.constant(address);
    value();
    return this.push(0x36, 2, 0);
  }

  /**
   * local × 3 + call
   * @param {number} local
   * @param {number} call
   */
  chain(local, call) {
    return this.localGet(local).constant(3).push(0x6c).constant(call).push(0x6a);
  }

  /** @param {number} index */
  localGet(index) {
    return this.push(0x20).number(index);
  }

  /** @param {number} index */
  localSet(index) {
    return this.push(0x21).number(index);
  }

  /** @param {number} index */
  globalGet(index) {
    return this.push(0x23).number(index);
  }

  /** @param {number} index */
  globalSet(index) {
    return this.push(0x24).number(index);
  }

  /** @param {number} more */
  #reserve(more) {
    if (this.length + more <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + more));
    larger.set(this.bytes());
    this.#bytes = larger;
  }
}
