// SPDX-License-Identifier: MIT
//
// As much of protobuf's encoding as a profile needs: varints, strings, nested messages, packed lists.
// Encoders of npm would be several times the size of the exporter itself.

const VARINT = 0;
const DELIMITED = 2;

export class ProtobufWriter {
  #bytes = new Uint8Array(256);
  #length = 0;

  /** A field of an integer, which must not be negative; 0 is what an absent field means. */
  number(/** @type {number} */ field, /** @type {number | bigint} */ value) {
    if (value == 0) return;
    this.#varint(field * 8 + VARINT);
    this.#varint(value);
  }

  string(/** @type {number} */ field, /** @type {string} */ text) {
    this.#delimited(field, new TextEncoder().encode(text));
  }

  packed(/** @type {number} */ field, /** @type {number[]} */ values) {
    const inner = new ProtobufWriter();
    for (const value of values) inner.#varint(value);
    this.#delimited(field, inner.bytes());
  }

  message(/** @type {number} */ field, /** @type {(inner: ProtobufWriter) => void} */ write) {
    const inner = new ProtobufWriter();
    write(inner);
    this.#delimited(field, inner.bytes());
  }

  /** What was written; a view that the next write may change. */
  bytes() {
    return this.#bytes.subarray(0, this.#length);
  }

  #delimited(/** @type {number} */ field, /** @type {Uint8Array} */ bytes) {
    this.#varint(field * 8 + DELIMITED);
    this.#varint(bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #varint(/** @type {number | bigint} */ value) {
    this.#reserve(10);
    let rest = BigInt(value);
    while (rest > 0x7fn) {
      this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }

  #reserve(/** @type {number} */ more) {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more));
    larger.set(this.bytes());
    this.#bytes = larger;
  }
}
