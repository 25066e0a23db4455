// SPDX-License-Identifier: MIT
//
// Folders and files over HTTP, for the browser of this machine alone: bound to the loopback interface,
// and deaf to pages of other names that resolve to it.

import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** Browsers then give their finest clock, and shared memory. */
export const ISOLATED = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/**
 * @typedef {object} Mount
 * @property {string} at path that begins and, for a folder, ends with /; the longest that fits counts
 * @property {string} [folder]
 * @property {string} [file]
 * @property {Uint8Array | string} [content]
 * @property {string} [redirect]
 * @property {Record<string, string>} [headers]
 */

/**
 * @param {Mount[]} mounts
 * @param {number} [port] 0 chooses a free one
 * @returns {Promise<{origin: string, close: () => Promise<void>}>}
 */
export async function serveMounts(mounts, port = 0) {
  const byLength = [...mounts].sort((a, b) => b.at.length - a.at.length);
  const server = createServer((request, response) => {
    answer(byLength, request, response).catch(() => {
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  await new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const close = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { origin: `http://localhost:${server.address().port}`, close };
}

async function answer(mounts, request, response) {
  const refuse = (code, text) =>
    response.writeHead(code, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
  // A name of somebody else's that leads here would read what is served (DNS rebinding).
  if (!/^(localhost|127\.0\.0\.1)(:\d+)?$/.test(request.headers.host ?? '')) {
    return refuse(403, 'this server answers to localhost alone');
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, 'only GET');
  const wanted = pathOf(request.url);
  const mount = wanted && mounts.find(({ at }) => (at.endsWith('/') ? wanted.startsWith(at) : wanted === at)); // prettier-ignore
  if (!mount) return refuse(404, 'there is nothing here');
  if (mount.redirect) return response.writeHead(302, { Location: mount.redirect }).end();
  const file = mount.folder
    ? await inside(mount.folder, wanted.slice(mount.at.length))
    : mount.file;
  if (!file && mount.content === undefined) return refuse(404, `there is no ${wanted}`);
  response.writeHead(200, {
    'Content-Type': TYPES[path.extname(file ?? mount.at)] ?? 'application/octet-stream',
    'Cache-Control': 'no-cache',
    ...mount.headers,
  });
  if (request.method === 'HEAD') return response.end();
  if (!file) return response.end(mount.content);
  createReadStream(file)
    .on('error', () => response.destroy())
    .pipe(response);
}

function pathOf(url) {
  try {
    return decodeURIComponent(new URL(url, 'http://localhost').pathname);
  } catch {
    return undefined;
  }
}

/** The file of this name in a folder, links followed; undefined where it is none or lies outside. */
async function inside(folder, name) {
  try {
    const root = await realpath(folder);
    const asked = path.join(root, name);
    const found = await stat(asked);
    const file = await realpath(found.isDirectory() ? path.join(asked, 'index.html') : asked);
    return file.startsWith(root + path.sep) ? file : undefined;
  } catch {
    return undefined;
  }
}
