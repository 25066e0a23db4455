// SPDX-License-Identifier: MIT
// Runs the tests of tests/js/ that need no Node in the browsers of this machine.
//
//   node tests/browser/run.mjs [chrome] [firefox]
//
// HEAPLET_WASM_BUILD names a build's folder; else the module is built.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { BROWSER_NAMES, launchBrowser } from '../../scripts/browsers.mjs';
import { buildPreset } from '../../scripts/cmake.mjs';
import { nodeModules } from '../../scripts/node-modules.mjs';
import { main, repository, say } from '../../scripts/run.mjs';
import { DEVTOOLS_TESTS } from './devtools.mjs';

const SUITES = [
  'js/boundary',
  'js/box',
  'js/containers',
  'js/cycles',
  'js/hostile',
  'js/layout',
  'js/containers-model',
  'js/model',
  'js/outside',
  'js/reports',
  'js/scope',
  'js/shared',
  'js/threads',
  'js/tracked',
  'js/views',
  'js/views-model',
  'browser/page',
];

const FAST_CHECK = 'node_modules/fast-check/lib/fast-check.js';

const TYPES = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };

/** All that a page needs that uses heaplet. Nothing is compiled from strings, none becomes markup. */
const NONCE = 'import-map';
const HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    `script-src 'self' 'nonce-${NONCE}' 'wasm-unsafe-eval'`,
    "worker-src 'self'",
    "connect-src 'self'",
    "require-trusted-types-for 'script'",
    'trusted-types tests',
  ].join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

await main(import.meta, async (args) => {
  const given = process.env.HEAPLET_WASM_BUILD;
  const { folder } = given
    ? { folder: given }
    : await buildPreset('wasm', { targets: ['heaplet_raw', 'heaplet_embind', 'heaplet_shared'] });
  await nodeModules();
  const server = await serve(path.join(folder, 'bindings'), await importMap());
  const url = `http://localhost:${server.address().port}/`;
  const counts = { passed: 0, failed: 0 };
  try {
    for (const name of args.length > 0 ? args : BROWSER_NAMES) {
      await runIn(name, url, counts);
    }
  } finally {
    server.close();
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  if (counts.failed > 0) process.exitCode = 1;
});

async function runIn(name, url, counts) {
  const browser = await launchBrowser(name);
  try {
    const page = await browser.newPage();
    await page.goto(url);
    for (const suite of SUITES) {
      const results = await page.evaluate(async (file) => {
        await import(file);
        const { runTests } = await import('@jest/globals');
        return runTests();
      }, `/tests/${suite}.test.mjs`);
      const failed = results.filter(({ error }) => error !== null);
      for (const { name: test, error } of failed) say(`FAILED in ${name}: ${test}\n${error}`);
      counts.failed += failed.length;
      counts.passed += results.length - failed.length;
    }
    if (name === 'chrome') await askDevTools(page, counts);
    say(`${name} ${await browser.version()}: ${SUITES.length} suites`);
  } finally {
    await browser.close();
  }
}

/** The protocol of DevTools is Chromium's. */
async function askDevTools(page, counts) {
  const client = await page.createCDPSession();
  await client.send('Runtime.enable');
  await client.send('Runtime.setCustomObjectFormatterEnabled', { enabled: true });
  for (const [test, body] of Object.entries(DEVTOOLS_TESTS)) {
    try {
      await body(client);
      counts.passed += 1;
    } catch (error) {
      counts.failed += 1;
      say(`FAILED in DevTools: ${test}\n${error.stack}`);
    }
  }
}

/** Where bare names and what needs Node are in browsers. */
async function importMap() {
  const imports = {
    '@jest/globals': '/tests/browser/globals.mjs',
    '/tests/js/support.mjs': '/tests/browser/support.mjs',
    'fast-check': `/${FAST_CHECK}`,
  };
  const source = await readFile(path.join(repository, FAST_CHECK), 'utf8');
  for (const [, name] of source.matchAll(/from "(pure-rand\/[^"]+)"/g)) {
    const file = fileURLToPath(import.meta.resolve(name));
    imports[name] = `/${path.relative(repository, file)}`;
  }
  return { imports };
}

/** The repository's JavaScript and the modules in `bindings`, on the loopback interface. */
async function serve(bindings, map) {
  const page = `<!doctype html><meta charset="utf-8"><title>tests</title>
<script type="importmap" nonce="${NONCE}">${JSON.stringify(map)}</script>`;
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const file = path.normalize(pathname);
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    try {
      if (file === '/') return response.setHeader('Content-Type', 'text/html').end(page);
      const isOurs = /^\/(js|tests\/js|tests\/browser|node_modules)\/[\w./-]+$/.test(file);
      // Where the modules are beside the package, and a place of another name.
      const [, module] = /^(?:\/dist)?\/(heaplet(?:-raw|-shared)?\.(?:wasm|js))$/.exec(file) ?? [];
      if (!isOurs && !module) throw new Error('not served');
      const body = await readFile(
        isOurs ? path.join(repository, file) : path.join(bindings, module),
      );
      response.setHeader('Content-Type', TYPES[path.extname(file)]).end(body);
    } catch (error) {
      response.writeHead(404).end(error.message);
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
