// SPDX-License-Identifier: MIT
//
// Every code: the example of its page throws it, with this message.

import { describe, expect, test } from '@jest/globals';
import * as heapletPackage from '../../js/shared.js';
import { COUNT_LIMIT, STRONG } from '../../js/core.js';
import { load, loadSharedHere } from './support.mjs';

const { ERROR_CODES, HeapletError, explain } = heapletPackage;

const NO_PLACES = "  = note: load with diagnostics: 'full' to see where";

/** Messages without their last line, which names the page. */
const MESSAGES = {
  E0277: [
    'struct cannot be shared by threads: it owns others',
    '  = help: share a type without owned(…) fields',
  ],
  E0382: [
    'cannot use moved value: Box#1v1 <i32>',
    NO_PLACES,
    '  = help: use what move() returned, or clone() an Rc before it is moved',
  ],
  E0499: [
    'cannot borrow RefCell#1v1 <i32> exclusively: an exclusive borrow of it is alive',
    '  = note: it is borrowed exclusively',
    NO_PLACES,
    '  = help: end the other borrow first, or ask with tryBorrow() and tryBorrowMut()',
  ],
  E0502: [
    'cannot borrow RefCell#1v1 <i32> exclusively: shared borrows of it are alive',
    '  = note: it is borrowed once, shared',
    NO_PLACES,
    '  = help: end the other borrow first, or ask with tryBorrow() and tryBorrowMut()',
  ],
  E0505: [
    'RefCell#1v1 <i32> cannot be dropped while it is borrowed',
    '  = note: it is borrowed once, shared',
    NO_PLACES,
    '  = help: end the shared borrow first: guard.drop(), or read in with()',
  ],
  E0594: [
    'cannot assign to the value of Rc#1v1 <i32>: it is shared',
    '  = help: share a cell(…) or a refCell(…), which may change',
  ],
  E0597: [
    'this text is used after the value it looks into was dropped',
    NO_PLACES,
    '  = help: keep the owner alive as long as its views, or copy what you need with toArray()',
  ],
  E0716: [
    'this scope has ended and owns nothing any more',
    '  = help: take values out of it with escape() before it ends',
  ],
  H0001: [
    'all 1 cells of i32 are in use',
    '  = help: end what is no longer needed, or make it larger',
  ],
  H0002: ['index 3 is outside of a slice of 3', '  = help: compare with .length first'],
  H0003: [
    'byte 2 is inside of a character',
    '  = help: cut where a character begins; offsets are bytes of UTF-8',
  ],
  H0004: [
    'Box#1v1 <i32> belongs to another heaplet instance',
    '  = help: ask the unsafe of the instance that it was made in',
  ],
  H0005: ['this heaplet instance was closed'],
  H0006: [
    'expected a value of type u8, got 256',
    '  = help: whole numbers in the range of the type; nothing is wrapped or rounded',
  ],
  H0007: [
    'a value was not dropped: 4 bytes',
    '  = note: 1 × i32, 4 bytes, made at unknown',
    NO_PLACES,
    '  = help: drop them, or leave them to a scope',
  ],
  H0008: [
    'unsafe.allocate() has not given out ADDRESS',
    "  = help: it was given back already, or is another allocator's or an owner's",
  ],
  H0009: [
    'the strong count of Rc#1v1 <i32> is at its limit',
    '  = help: clones are made in a loop and never dropped',
  ],
  H0010: [
    'the module could not be loaded: REASON',
    '  = help: pass its place: loadHeaplet({ wasm: url, bytes or a WebAssembly.Module })',
  ],
  H0011: ['a drop callback failed', '  = note: Error: mine'],
  H0012: [
    'locking Mutex#1v1 <i32> could stop the main thread',
    '  = help: await lockAsync(), readAsync() or writeAsync(), or ask with a try',
  ],
  H0013: [
    'Mutex#1v1 <i32> is poisoned: a holder failed or died while it could write',
    '  = help: make sure that the value is whole, then clearPoison()',
  ],
  H0014: [
    'a thread died in the middle of changing the shared memory',
    '  = help: load another with loadShared(), and end threads between messages only',
  ],
};

/** The example on a code's page. */
function exampleOf(code) {
  const lines = explain(code).split('\n');
  return lines.filter((line) => line.startsWith('    ')).join('\n');
}

/** What cannot be had by running an example in one thread of Node. */
const STAGED = {
  // Counting to 2^30 takes a while.
  H0009(heaplet) {
    const { rc } = heaplet;
    heaplet.rc = (...args) => {
      const owner = rc.apply(heaplet, args);
      owner._core.u32[owner._slot + STRONG] = COUNT_LIMIT - 2;
      return owner;
    };
  },
  // A page's main thread, which is in tests/js/threads.test.mjs, too.
  H0012(_, shared) {
    shared._gate.maySleep = false;
  },
  // A thread that is terminated at that moment; again, threads.test.mjs has a real one.
  H0014(_, shared) {
    const { seat } = shared;
    shared.seat = () => {
      const made = seat.call(shared);
      const words = new Int32Array(made.memory.buffer);
      shared.reclaim = () => {
        words[made.control + 1] = 1;
      };
      return made;
    };
  },
};

/** Runs a page's example in an instance of its own; the error that it throws. */
async function errorOfExample(code) {
  const others = ['loadHeaplet', 'loadShared'];
  const names = Object.keys(heapletPackage).filter((name) => !others.includes(name));
  const heaplet = await load();
  const shared = await loadSharedHere();
  STAGED[code]?.(heaplet, shared);
  const body = `return async () => {\n${exampleOf(code)}\n};`;
  const make = new Function('heaplet', ...others, ...names, body);
  const values = names.map((name) => heapletPackage[name]);
  const example = make(heaplet, load, () => shared, ...values);
  return example().then(
    () => {
      throw new Error(`the example of ${code} throws nothing`);
    },
    (error) => error,
  );
}

describe('the message', () => {
  test.each(Object.entries(MESSAGES))('of %s', async (code, [first, ...others]) => {
    const error = await errorOfExample(code);
    expect(error).toBeInstanceOf(HeapletError);
    expect(error.name).toMatch(/^[A-Z]\w+Error$/);
    expect(error.code).toBe(code);
    const [start, ...lines] = error.message
      .replace(/given out \d+/, 'given out ADDRESS')
      .replace(/could not be loaded: .*/, 'could not be loaded: REASON')
      .split('\n');
    expect(start).toBe(`error[${code}]: ${first}`);
    expect(lines).toEqual([...others, `  = for more: explain('${code}')`]);
  });

  test('is shown for every code', () => {
    expect(Object.keys(MESSAGES)).toEqual([...ERROR_CODES]);
  });
});

describe('explain()', () => {
  test.each(ERROR_CODES)('has a page for %s with an example that says where it fails', (code) => {
    expect(explain(code)).toMatch(new RegExp(`^${code}\n\n`));
    expect(exampleOf(code)).toContain(`// ${code}`);
  });

  test('refuses other codes', () => {
    for (const code of ['E0001', 'toString', null]) {
      expect(() => explain(code)).toThrow('H0006');
    }
  });
});
