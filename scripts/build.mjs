// SPDX-License-Identifier: MIT
// npm run build: builds what is shipped, and nothing else.

import { stat } from 'node:fs/promises';
import path from 'node:path';
import { buildPreset } from './cmake.mjs';
import { main, say } from './run.mjs';

const SHIPPED = ['heaplet', 'heaplet_malloc', 'heaplet_malloc_tiny'];

await main(import.meta, async () => {
  const { folder } = await buildPreset('wasm', { targets: SHIPPED });
  for (const name of SHIPPED) {
    const file = path.join(folder, 'src', `lib${name}.a`);
    say(`${(await stat(file)).size} bytes\t${file}`);
  }
});
