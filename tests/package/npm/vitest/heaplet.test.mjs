// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';
import { program } from './program.js';

test('heaplet works in a Vitest project', async () => {
  expect(await program()).toBe('42 shared 2 E0382 0');
});
