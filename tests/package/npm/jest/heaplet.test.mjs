// SPDX-License-Identifier: MIT
import { expect, test } from '@jest/globals';
import { program } from './program.js';

test('heaplet works in a Jest project', async () => {
  expect(await program()).toBe('42 shared 2 E0382 0');
});
