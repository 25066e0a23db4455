// SPDX-License-Identifier: MIT
//
// Steps of tests that run alike in Node and in browsers.

/** The error that `body` throws. */
export function errorOf(body) {
  try {
    body();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** Makes the module's memory grow at least once, and leaves nothing alive. */
export function growMemory(heaplet) {
  const { unsafe } = heaplet;
  const before = unsafe.bytes(0, 1).buffer.byteLength;
  const blocks = [];
  while (unsafe.bytes(0, 1).buffer.byteLength === before) {
    blocks.push(unsafe.allocate(262144));
  }
  for (const block of blocks) unsafe.deallocate(block, 262144);
}
