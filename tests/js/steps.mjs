// SPDX-License-Identifier: MIT
//
// Steps of tests that run alike in Node and in browsers.

import { afterEach, beforeAll, expect } from '@jest/globals';
import { arrayOf } from '../../js/slim.js';

/** What `load` gives, for all tests of a file: each must leave nothing alive. */
export function sharedBy(load) {
  let heaplet;
  beforeAll(async () => {
    heaplet = await load();
  });
  afterEach(() => {
    expect(heaplet.liveValues()).toEqual([]);
  });
  return () => heaplet;
}

/** What a test had refused must have left the instance as it was. */
export function staysUsable(heaplet) {
  afterEach(() => {
    const box = heaplet().box(arrayOf('i32'), [1, 2, 3]);
    expect(box.value.toArray()).toEqual([1, 2, 3]);
    box.drop();
  });
}

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

/** Bytes of a value, at most. */
const LARGEST = 2 ** 31 - 1;

/**
 * Takes memory until less than the largest value is left; gives it back when called. Nothing is touched,
 * so that 16 GiB cost nothing.
 */
export function takeMemory({ unsafe }) {
  const taken = [];
  try {
    for (;;) taken.push(unsafe.allocate(LARGEST));
  } catch (error) {
    if (error.code !== 'H0001') throw error;
  }
  return () => taken.forEach((address) => unsafe.deallocate(address, LARGEST));
}
