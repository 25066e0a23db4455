// SPDX-License-Identifier: MIT

/** The module's address, where a bundler treats `.wasm` files as assets. */
declare const url: string;
export default url;
