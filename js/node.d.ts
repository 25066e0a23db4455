// SPDX-License-Identifier: MIT
//
// The one function of Node that loading uses there, so that the types of all of Node are not needed.

declare module 'node:fs/promises' {
  export function readFile(path: string | URL): Promise<Uint8Array<ArrayBuffer>>;
}
