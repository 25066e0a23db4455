// SPDX-License-Identifier: MIT
// The newest Node that npm has, in the cache folder: it is measured beside the one in use.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, install } from '../../scripts/cache.mjs';
import { run } from '../../scripts/run.mjs';

/** @returns {Promise<string>} the path of its executable */
export async function newestNode() {
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(cacheFolder(), 'newest-node');
  const { executable } = await install(folder, `the newest Node (npm's ${name})`, async (into) => {
    const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
    await run('npm', ['install', '--prefix', into, ...options, `${name}@latest`]);
    return { executable: join('node_modules', name, 'bin', 'node') };
  });
  const path = join(folder, executable);
  if (!existsSync(path)) throw new Error(`${path} is missing; remove ${folder} and try again`);
  return path;
}
