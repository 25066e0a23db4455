// SPDX-License-Identifier: MIT
// npm run demo:dev: serves the page's sources and reloads it when one changes.

import path from 'node:path';
import { nodeModules } from '../scripts/node-modules.mjs';
import { main, repository } from '../scripts/run.mjs';
import { prepare } from './build.mjs';

await main(import.meta, async () => {
  await prepare();
  await nodeModules();
  const { createServer } = await import('vite');
  const server = await createServer({
    configFile: path.join(repository, 'web-demo/vite.config.mjs'),
  });
  await server.listen();
  server.printUrls();
});
