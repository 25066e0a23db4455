// SPDX-License-Identifier: MIT
// Serves the built page on the loopback interface, cross-origin isolated unless told otherwise.

import { ISOLATED, serveMounts } from '../js/cli/static-server.js';
import { ScriptError } from '../scripts/run.mjs';
import { siteFolder } from './build.mjs';

/**
 * @param {{port?: number, folder?: string, isolated?: boolean, base?: string}} [options] port 0
 *   chooses a free one; `base` is the path the page is under
 * @returns {Promise<{url: string, close: () => Promise<void>}>}
 */
export async function serveDemo({
  port = 0,
  folder = siteFolder,
  isolated = true,
  base = '/',
} = {}) {
  const headers = isolated ? ISOLATED : {};
  const { origin, close } = await serveMounts([{ at: base, folder, headers }], port).catch(
    (error) => {
      throw new ScriptError(
        `cannot serve the page on port ${port}: ${error.message}`,
        'choose another: --port=N',
      );
    },
  );
  return { url: `${origin}${base}`, close };
}
