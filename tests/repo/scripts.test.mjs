// SPDX-License-Identifier: MIT
// The parts of scripts/ that read what a machine says of itself.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { install, installed } from '../../scripts/cache.mjs';
import { junitCounts } from '../../scripts/cmake.mjs';
import { debianMirror } from '../../scripts/debian.mjs';
import { ScriptError, compareVersions, run } from '../../scripts/run.mjs';
import { closingCounts } from '../../scripts/test-stages.mjs';

let scratch;
beforeEach(() => {
  scratch = mkdtempSync(path.join(os.tmpdir(), 'heaplet-test-'));
  mkdirSync(path.join(scratch, 'sources.list.d'));
});
afterEach(() => rmSync(scratch, { recursive: true }));

const write = (name, lines) => writeFileSync(path.join(scratch, name), `${lines.join('\n')}\n`);

describe('the mirror of the machine', () => {
  test('is read from deb822 sources, past comments and other suites', async () => {
    write('sources.list.d/debian.sources', [
      'Types: deb',
      '# a comment between fields',
      'URIs: http://mirror.example/debian',
      'Suites: bookworm bookworm-updates',
      'Components: main',
      'Signed-By: /keys/debian.gpg',
      '',
      'Types: deb',
      'URIs: http://mirror.example/debian-security',
      'Suites: bookworm-security',
      'Components: main',
    ]);
    const expected = { uri: 'http://mirror.example/debian', keyring: '/keys/debian.gpg' };
    expect(await debianMirror('bookworm', scratch)).toEqual(expected);
  });

  test('is read from one-line sources', async () => {
    write('sources.list', [
      '# deb http://old.example/debian bookworm main',
      'deb-src http://mirror.example/debian bookworm main',
      'deb [arch=amd64 signed-by=/keys/debian.gpg] http://mirror.example/debian bookworm main contrib',
    ]);
    const expected = { uri: 'http://mirror.example/debian', keyring: '/keys/debian.gpg' };
    expect(await debianMirror('bookworm', scratch)).toEqual(expected);
  });

  test('is not that of a third party', async () => {
    write('sources.list.d/a-vendor.list', ['deb https://vendor.example/apt bookworm main']);
    write('sources.list.d/debian.list', ['deb http://mirror.example/debian/ bookworm main']);
    expect((await debianMirror('bookworm', scratch)).uri).toBe('http://mirror.example/debian/');
  });

  test('is not one that is switched off', async () => {
    const off = [
      'Enabled: no',
      'Types: deb',
      'URIs: http://off.example/debian',
      'Suites: bookworm',
    ];
    write('sources.list.d/off.sources', [...off, 'Components: main']);
    await expect(debianMirror('bookworm', scratch)).rejects.toThrow(
      /no Debian mirror for bookworm/,
    );
  });
});

describe('an installation', () => {
  test('that breaks off is not complete, and the next one starts it again', async () => {
    const target = path.join(scratch, 'thing');
    const breaksOff = install(target, 'a thing', (folder) => {
      writeFileSync(path.join(folder, 'half'), '');
      throw new ScriptError('no network');
    });
    await expect(breaksOff).rejects.toThrow('no network');
    expect(await installed(target)).toBeNull();
    expect(await install(target, 'a thing', () => ({ version: '1' }))).toEqual({ version: '1' });
    expect(await installed(target)).toEqual({ version: '1' });
  });

  test('is made once when two want it at the same time', async () => {
    const target = path.join(scratch, 'thing');
    let fills = 0;
    const fill = async () => ({ fills: ++fills });
    await Promise.all([install(target, 'a thing', fill), install(target, 'a thing', fill)]);
    expect(fills).toBe(1);
  });
});

describe('a program that fails', () => {
  test('is reported with its output, the command and what to do', async () => {
    const failing = run('sh', ['-c', 'echo said this; exit 3'], { hint: 'try again' });
    await expect(failing).rejects.toThrow(
      /said this\n.*exit code 3\n.*command: sh -c [^]*what to do: try again/,
    );
  });

  test('is reported by name when it does not exist', async () => {
    await expect(run('no-such-program-here')).rejects.toThrow(/cannot start: no-such-program-here/);
  });
});

test('versions are compared by number', () => {
  expect(['6.0.5', '3.1.69', '3.1.7'].sort(compareVersions)).toEqual(['3.1.7', '3.1.69', '6.0.5']);
});

test('a JUnit report of ctest is counted without skipped tests', () => {
  const head = '<testsuite name="x"\n\ttests="7"\n\tfailures="1"\n\tdisabled="0"\n\tskipped="2"\n>';
  expect(junitCounts(`<?xml version="1.0"?>\n${head}</testsuite>`)).toEqual({
    passed: 4,
    failed: 1,
  });
});

test.each([
  ['ok one\n12 passed, 3 failed\n', { passed: 12, failed: 3 }],
  ['all 15 results are equal\n', { passed: 15, failed: 0 }],
  ['error: 2 of 15 results are wrong (see above)\n', { passed: 13, failed: 2 }],
  ['something else\n', null],
])('the closing line of %j is understood', (output, counts) => {
  expect(closingCounts(output)).toEqual(counts);
});
