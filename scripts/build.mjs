// SPDX-License-Identifier: MIT
// npm run build: builds what is shipped, and nothing else.

import { cp, mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { buildPreset } from './cmake.mjs';
import { ScriptError, main, repository, say } from './run.mjs';
import { generateTypes } from './types.mjs';

const SHIPPED = ['heaplet', 'heaplet_malloc', 'heaplet_malloc_tiny'];

await main(import.meta, async () => {
  const { folder } = await buildPreset('wasm', { targets: [...SHIPPED, 'heaplet_raw'] });
  for (const name of SHIPPED) {
    const file = path.join(folder, 'src', `lib${name}.a`);
    say(`${(await stat(file)).size} bytes\t${file}`);
  }
  await buildPackage(folder);
});

/** dist/: what the npm package has beside js/, the module and the types. */
async function buildPackage(folder) {
  const dist = path.join(repository, 'dist');
  await rm(dist, { recursive: true, force: true });
  await mkdir(dist);
  const module = path.join(dist, 'heaplet-raw.wasm');
  await cp(path.join(folder, 'bindings', 'heaplet-raw.wasm'), module);
  say(`${(await stat(module)).size} bytes\t${module}`);

  const problems = await generateTypes(path.join(dist, 'types'));
  if (problems.length > 0)
    throw new ScriptError(`the types of js/ are wrong:\n${problems.join('')}`);
}
