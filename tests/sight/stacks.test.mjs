// SPDX-License-Identifier: MIT
import { expect, test } from '@jest/globals';
import { parseStack } from '../../js/sight/stacks.js';

const none = { functionIndex: -1, offset: 0, name: '', file: '', line: 0, column: 0 };

test.each([
  [
    '    at app.wasm.(anonymous namespace)::leak() (wasm://wasm/app.wasm-01:wasm-function[12]:0x25b)',
    { functionIndex: 12, offset: 603, name: '(anonymous namespace)::leak()' },
  ],
  ['    at wasm://wasm/6a:wasm-function[7]:0x10', { functionIndex: 7, offset: 16 }],
  [
    '    at app.wasm.wasm-function[7] (wasm://wasm/app.wasm-01:wasm-function[7]:0x10)',
    { functionIndex: 7, offset: 16 },
  ],
  [
    '    at async Object.run (file:///a b/x.mjs:10:5)',
    { name: 'Object.run', file: 'file:///a b/x.mjs', line: 10, column: 5 },
  ],
  ['    at file:///x.mjs:3:1', { file: 'file:///x.mjs', line: 3, column: 1 }],
  [
    'app.wasm.f@http://h/app.wasm:wasm-function[7]:0x25b',
    { functionIndex: 7, offset: 603, name: 'f' },
  ],
  ['run@http://h/x.js:5:7', { name: 'run', file: 'http://h/x.js', line: 5, column: 7 }],
  ['<?>.wasm-function[7]@[wasm code]', { functionIndex: 7 }],
])('%s is understood', (line, known) => {
  expect(parseStack(`Error\n${line}\n    at new Promise (<anonymous>)`)).toEqual([
    { ...none, ...known },
  ]);
});
