// SPDX-License-Identifier: MIT
// Just enough of the WebAssembly binary format to weigh a module.

function reader(bytes) {
  let at = 0;
  return {
    get at() {
      return at;
    },
    skip(count) {
      at += count;
    },
    byte: () => bytes[at++],
    /** An unsigned LEB128 of up to 32 bits. */
    number() {
      let value = 0;
      for (let shift = 0; ; shift += 7) {
        const part = bytes[at++];
        value |= (part & 127) << shift;
        if (part < 128) return value >>> 0;
      }
    },
  };
}

/** Bytes of each section's content, by its id: 10 is code, 11 data. */
export function sectionBytes(wasm) {
  const input = reader(wasm);
  input.skip(8);
  const sizes = {};
  while (input.at < wasm.length) {
    const id = input.byte();
    const size = input.number();
    sizes[id] = (sizes[id] ?? 0) + size;
    input.skip(size);
  }
  return sizes;
}
