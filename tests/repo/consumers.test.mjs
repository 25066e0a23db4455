// SPDX-License-Identifier: MIT
// docs/CONSUMERS.md lists what tests/package/ tries. `node tests/package/consumers.mjs --all --write`
// writes it, once all of it has passed.

import { expect, test } from '@jest/globals';
import { consumersTable, partsOf } from '../package/matrix.mjs';
import { read } from './support.mjs';

test('the table of consumers is that of the tests', () => {
  const [, table] = partsOf(read('docs/CONSUMERS.md'));
  const newest = /^\| --use-port +\| .* (\d+\.\d+\.\d+) +\|$/m.exec(table)[1];
  expect(table).toBe(consumersTable(newest));
});
