// SPDX-License-Identifier: MIT
// What holds for every file: short enough to be one idea, no traces of the machine it was written on.

import { statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { sourceFiles } from '../../scripts/lint.mjs';
import { repository } from '../../scripts/run.mjs';
import { handWritten, read } from './support.mjs';

const CODE = /\.(cpp|hpp|c|h|js|mjs|ts|sh|py|css)$/;
const LONGEST_LINES = 400;
const LARGEST_BYTES = 1_500_000;
const MACHINE =
  /\/(?:work|farm|home)\/|\/root\/|\/tmp\/[a-z]|deb\.debian\.org|registry\.npmjs|snapshot\.debian/;

/** Inputs that benchmarks and test programs run, which are data. */
const INPUTS = /^(bench\/record\/programs|tests\/programs\/scripts)\//;

const code = await handWritten(CODE);

test(`no file is longer than ${LONGEST_LINES} lines`, () => {
  const long = code.filter((file) => read(file).split('\n').length - 1 > LONGEST_LINES);
  expect(long).toEqual([]);
});

test('no file names a path of a machine or the host of a package registry', async () => {
  const found = (await handWritten()).filter((file) => MACHINE.test(read(file)));
  expect(found).toEqual([]);
});

test('each source file says its licence in its first lines', () => {
  const without = code.filter((file) => {
    const head = read(file).split('\n', 3).join('\n');
    return !INPUTS.test(file) && !head.includes('SPDX-License-Identifier: MIT');
  });
  expect(without).toEqual([]);
});

test('no test is switched off', async () => {
  const words = ['test', 'it', 'describe'].map((word) => `\\b${word}\\.(?:skip|only|todo)\\b`);
  const switchedOff = new RegExp(
    [...words, '\\bx(?:it|test)\\(', 'GTEST_SKIP', '\\bDISABLED_'].join('|'),
  );
  const here = 'tests/repo/sources.test.mjs';
  const found = code.filter(
    (file) => file.startsWith('tests/') && file !== here && switchedOff.test(read(file)),
  );
  expect(found).toEqual([]);
});

test('lock files hold no download addresses', async () => {
  const locks = await sourceFiles(/(^|\/)package-lock\.json$/);
  expect(locks.filter((file) => /"resolved": *"http/.test(read(file)))).toEqual([]);
});

test('no file is large', async () => {
  const large = (await sourceFiles(/./)).filter(
    (file) => statSync(path.join(repository, file)).size > LARGEST_BYTES,
  );
  expect(large).toEqual([]);
});
