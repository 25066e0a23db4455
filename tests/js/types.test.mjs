// SPDX-License-Identifier: MIT
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { generateTypes } from '../../scripts/types.mjs';

const run = promisify(execFile);
const compiler = path.resolve('node_modules/typescript/bin/tsc');

async function compile(...args) {
  const { stdout } = await run(process.execPath, [compiler, ...args]).catch((error) => error);
  return stdout;
}

let scratch;

// The package as a user's compiler sees it: declarations alone, in a folder beside the tests.
beforeAll(async () => {
  await mkdir('build', { recursive: true });
  scratch = await mkdtemp(path.resolve('build', 'types-'));
}, 60_000);

afterAll(() => rm(scratch, { recursive: true }));

test('the sources of js/ keep to their types, and so do users of what is generated', async () => {
  expect(await generateTypes(path.join(scratch, 'js'))).toEqual([]);
  await mkdir(path.join(scratch, 'tests', 'types'), { recursive: true });
  await cp('tests/types/ownership.ts', path.join(scratch, 'tests', 'types', 'ownership.ts'));
  await cp('tsconfig.json', path.join(scratch, 'tsconfig.json'));
  await cp('tests/types/tsconfig.json', path.join(scratch, 'tests', 'types', 'tsconfig.json'));
  await writeFile(path.join(scratch, 'package.json'), '{"type":"module"}');
  expect(await compile('--project', path.join(scratch, 'tests', 'types'))).toBe('');
}, 600_000);
