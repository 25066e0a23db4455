// SPDX-License-Identifier: MIT
// Deno and Bun, which npm has as packages: 200 MB together, so not among those that everybody
// installs. They go into the cache the first time that somebody asks for them.

import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder, install } from './cache.mjs';
import { run } from './run.mjs';

const VERSIONS = { deno: '2.9.6', bun: '1.4.5' };

export const RUNTIMES = Object.keys(VERSIONS);

/** The program of 'deno' or 'bun', installed if need be. */
export async function runtime(name) {
  const version = VERSIONS[name];
  const target = path.join(cacheFolder(), `${name}-${version}`);
  const { program } = await install(target, `${name} ${version}`, async (folder) => {
    const args = ['install', '--prefix', folder, '--no-save', '--no-audit', '--ignore-scripts'];
    await run('npm', [...args, `${name}@${version}`], {
      label: `npm install ${name}`,
      hint: 'check the network, then run the same command again',
    });
    return { program: path.relative(folder, await programIn(folder, name)) };
  });
  return path.join(target, program);
}

/** The package for this machine has the program itself; the one named as it has a launcher. */
async function programIn(folder, name) {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const found = files.find(
    (file) => file.isFile() && file.name === name && /node_modules.@/.test(file.parentPath),
  );
  return path.join(found.parentPath, found.name);
}
