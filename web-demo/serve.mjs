// SPDX-License-Identifier: MIT
// Serves the built page on the loopback interface, cross-origin isolated unless told otherwise.

import path from 'node:path';
import { nodeModules } from '../scripts/node-modules.mjs';
import { ScriptError, repository } from '../scripts/run.mjs';

/** Overrides those of vite.config.mjs. */
const NOT_ISOLATED = {
  'Cross-Origin-Opener-Policy': 'unsafe-none',
  'Cross-Origin-Embedder-Policy': 'unsafe-none',
};

/**
 * @param {{port?: number, folder?: string, isolated?: boolean, base?: string}} [options] port 0
 *   chooses a free one; `base` is the path the page is under
 * @returns {Promise<{url: string, close: () => Promise<void>}>}
 */
export async function serveDemo({ port = 0, folder, isolated = true, base = '/' } = {}) {
  await nodeModules();
  const { preview } = await import('vite');
  const server = await preview({
    configFile: path.join(repository, 'web-demo/vite.config.mjs'),
    logLevel: 'error',
    base,
    ...(folder && { build: { outDir: folder } }),
    preview: {
      host: '127.0.0.1',
      port,
      strictPort: port !== 0,
      ...(!isolated && { headers: NOT_ISOLATED }),
    },
  }).catch((error) => {
    throw new ScriptError(
      `cannot serve the page on port ${port}: ${error.message}`,
      'choose another: --port=N',
    );
  });
  const address = server.httpServer.address();
  return {
    url: `http://localhost:${address.port}${base}`,
    close: () => server.close(),
  };
}
