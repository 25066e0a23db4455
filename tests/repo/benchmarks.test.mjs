// SPDX-License-Identifier: MIT
// README shows what the bench measured last.

import { expect, test } from '@jest/globals';
import { readmes } from '../../bench/summary.mjs';

test('the table in README is that of bench/results', async () => {
  const { found, wanted } = await readmes();
  expect(found).toBe(wanted);
});
