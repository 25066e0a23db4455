// SPDX-License-Identifier: MIT
// npm run setup: installs everything that the other scripts would install when they need it, so that
// they work without a network from then on.
//
//   npm run setup [-- --lowest]      --lowest adds the lowest supported Emscripten

import { cacheFolder } from './cache.mjs';
import { LOWEST_VERSION, emscripten } from './emscripten.mjs';
import { TOOL_NAMES, nativeTools } from './native-tools.mjs';
import { nodeModules } from './node-modules.mjs';
import { main, say } from './run.mjs';
import { consumerTools } from '../tests/package/tools.mjs';
import { programSources } from '../tests/programs/sources.mjs';

await main(import.meta, async (args) => {
  say(`what is not on this machine goes into ${cacheFolder()} (removable)`);
  const found = { 'npm packages': await nodeModules(), ...(await nativeTools(TOOL_NAMES)) };
  const choices = args.includes('--lowest') ? [undefined, LOWEST_VERSION] : [undefined];
  for (const choice of choices) {
    const { version, root } = await emscripten({ choice });
    found[`emscripten ${version}`] = root;
  }
  found['consumers'] = (await consumerTools()).modules;
  Object.assign(found, await programSources());
  for (const [name, where] of Object.entries(found)) say(`${name.padEnd(18)} ${where}`);
});
