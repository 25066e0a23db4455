// SPDX-License-Identifier: MIT
//
// The two functions of Node that loading uses there, so that the types of all of Node are not needed.

declare module 'node:fs/promises' {
  export function readFile(path: URL): Promise<Uint8Array<ArrayBuffer>>;
}

declare module 'node:url' {
  export function pathToFileURL(path: string): URL;
}
