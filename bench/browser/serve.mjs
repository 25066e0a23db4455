// SPDX-License-Identifier: MIT
// Serves the bench page on the loopback interface: node bench/browser/serve.mjs [port]
// Cross-origin isolated, which gives the page its finest clock.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allocators } from '../allocators.mjs';
import { buildReplay } from '../build.mjs';
import { Compiler, root } from '../lib/compile.mjs';
import { warmUpNames } from '../lib/measure.mjs';
import { loadTrace, recordedNames } from '../lib/node.mjs';

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cache-Control': 'no-store',
};
const served = ['bench/browser', 'bench/lib', 'js/sight', 'build/bench/replay'];

/** A trace as page.js wants it: length and text of the JSON, padding, operations. */
function traceBody(name) {
  const { operations, fingerprint, ...head } = loadTrace(name);
  const text = Buffer.from(JSON.stringify(head));
  const start = Math.ceil((4 + text.length) / 4) * 4;
  const body = Buffer.alloc(start + operations.byteLength);
  body.writeUInt32LE(text.length, 0);
  text.copy(body, 4);
  Buffer.from(operations.buffer, operations.byteOffset, operations.byteLength).copy(body, start);
  return body;
}

function planFor(query, builds) {
  const list = (key, all) => query.get(key)?.split(',') ?? all;
  const chosen = new Set([
    'dlmalloc',
    ...list(
      'allocators',
      builds.map(({ name }) => name),
    ),
  ]);
  return {
    builds: builds
      .filter(({ name }) => chosen.has(name))
      .map(({ name }) => ({
        name,
        module: `/build/bench/replay/${name}.mjs`,
        wasm: `/build/bench/replay/${name}.wasm`,
      })),
    traces: list('traces', recordedNames()),
    rounds: Number(query.get('rounds') ?? 3),
    warmUp: warmUpNames,
  };
}

/**
 * @param {number} port 0 chooses one
 * @param {string[]} names of allocators
 * @returns {Promise<{url: string, close: () => Promise<void>}>}
 */
export async function serve(port = 0, names = allocators.map(({ name }) => name)) {
  const compiler = await Compiler.create();
  const builds = [];
  for (const name of names) builds.push(await buildReplay(compiler, name));

  const answer = (url) => {
    if (url.pathname === '/')
      return [readFileSync(join(root, 'bench/browser/index.html')), '.html'];
    if (url.pathname === '/plan') return [JSON.stringify(planFor(url.searchParams, builds)), '.js'];
    if (url.pathname.startsWith('/trace/')) return [traceBody(url.pathname.slice(7)), ''];
    const file = normalize(url.pathname);
    if (!served.some((folder) => file.startsWith(`/${folder}/`))) throw new Error('not served');
    return [readFileSync(join(root, file)), extname(file)];
  };
  const server = createServer((request, response) => {
    try {
      const [body, kind] = answer(new URL(request.url, 'http://localhost'));
      const type = types[kind] ?? 'application/octet-stream';
      response.writeHead(200, { ...headers, 'Content-Type': type }).end(body);
    } catch (error) {
      response.writeHead(404, headers).end(error.message);
    }
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log((await serve(Number(process.argv[2] ?? 0))).url);
}
