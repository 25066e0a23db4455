// SPDX-License-Identifier: MIT
// npm's packages, installed when they are missing or not those of package-lock.json. A script calls
// this before it imports or runs any of them, so that it works on a fresh clone.

import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { withLock } from './cache.mjs';
import { repository, run, say } from './run.mjs';

const FOLDER = path.join(repository, 'node_modules');
const STAMP = path.join(FOLDER, '.heaplet-lock-hash');

/** Installs npm's packages if need be; resolves with the path of their programs' folder. */
export async function nodeModules() {
  const bin = path.join(FOLDER, '.bin');
  if (await isCurrent()) return bin;
  return withLock(path.join(repository, 'build', 'node-modules.lock'), 'npm packages', async () => {
    if (await isCurrent()) return bin;
    say(`installing npm's development packages\n  into ${FOLDER} (removable)`);
    const hint = "check the network and npm's registry setting, then run the same command again";
    await run('npm', ['ci', '--ignore-scripts', '--no-progress'], {
      cwd: repository,
      label: 'npm ci',
      hint,
    });
    await writeFile(STAMP, await lockHash());
    return bin;
  });
}

async function isCurrent() {
  const stamp = await readFile(STAMP, 'utf8').catch(() => '');
  return stamp === (await lockHash());
}

async function lockHash() {
  const lock = await readFile(path.join(repository, 'package-lock.json'));
  return createHash('sha256').update(lock).digest('hex');
}
