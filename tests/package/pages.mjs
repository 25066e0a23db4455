// SPDX-License-Identifier: MIT
// The consumers of the npm package that are pages: bundled by each bundler, for development and for
// production, and not bundled at all. Each is opened in Chromium and in Firefox.

import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { BROWSER_NAMES, launchBrowser } from '../../scripts/browsers.mjs';
import { LINE, jsProject, problemOf } from './npm.mjs';

const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
};
const STRICT_POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; img-src 'self'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";
const ESBUILD = [
  ...['src/explicit.js', '--bundle', '--format=esm', '--loader:.wasm=file', '--outdir=out'],
  '--log-level=warning',
];

// `build` is the command that makes a page in out/, `serve` a server of the bundler's own; `script` is
// the name of a bundle for which the page is written here; `page` is one that needs no building.
export const PAGES = [
  { name: 'Vite, development', serve: ['vite', (port) => ['--port', port, '--strictPort']] },
  { name: 'Vite, production', build: ['vite', ['build', '--outDir', 'out']] },
  {
    ...{ name: 'webpack, development', script: 'main.js' },
    build: ['webpack', ['build', '--mode', 'development', '--entry', './src/main.js', '-o', 'out']],
  },
  {
    ...{ name: 'webpack, production', script: 'main.js' },
    build: ['webpack', ['build', '--mode', 'production', '--entry', './src/main.js', '-o', 'out']],
  },
  { name: 'Rollup', build: ['rollup', ['-c']], script: 'explicit.js' },
  {
    ...{ name: 'esbuild, development', script: 'explicit.js' },
    serve: ['esbuild', (port) => [...ESBUILD, `--serve=127.0.0.1:${port}`, '--servedir=out']],
  },
  {
    ...{ name: 'esbuild, production', script: 'explicit.js' },
    build: ['esbuild', [...ESBUILD, '--minify']],
  },
  { name: 'no bundler, import map', from: 'pages', page: 'import-map.html' },
  { name: 'module worker', from: 'pages', page: 'worker.html' },
  { name: 'service worker', from: 'pages', page: 'service-worker.html' },
  {
    ...{ name: 'strict content security policy, Trusted Types', from: 'pages' },
    page: 'locked.html',
    headers: { 'Content-Security-Policy': STRICT_POLICY },
  },
];

/** One consumer for each page; its `run` resolves with a problem or null. */
export function pageConsumers(workshop, tools, browsers) {
  return PAGES.map((page) => ({
    name: page.name,
    run: () => openPage(page, workshop, tools, browsers),
  }));
}

/** Starts the browsers once for all pages: `{each, close}`. */
export async function startBrowsers() {
  const started = [];
  for (const name of BROWSER_NAMES) started.push([name, await launchBrowser(name)]);
  return {
    freePort,
    each: () => started,
    close: () => Promise.all(started.map(([, browser]) => browser.close())),
  };
}

async function openPage(page, workshop, tools, browsers) {
  const { name, from = 'bundle', build, script, headers = {}, page: file = '' } = page;
  const folder = await jsProject(workshop, name, from);
  if (from === 'pages') await nameTheEntry(folder);
  if (build) {
    const [tool, args] = build;
    const problem = await problemOf(tools.program(tool), args, { cwd: folder, label: name });
    if (problem) return problem;
  }
  if (script) await writePage(folder, script);
  const server = page.serve
    ? await serveByTool(page.serve, folder, tools)
    : await serveFolder(build ? path.join(folder, 'out') : folder, headers);
  try {
    for (const [browserName, browser] of browsers.each()) {
      const problem = await look(browser, `${server.url}${file}`);
      if (problem) return `${browserName}: ${problem}`;
    }
    return null;
  } finally {
    await server.close();
  }
}

/** What is wrong with a page that should show `line` and say nothing on its console, or null. */
export async function look(browser, url, line = LINE) {
  const page = await browser.newPage();
  const messages = [];
  page.on('console', (message) => messages.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => messages.push(`error: ${error.message}`));
  try {
    await page.goto(url);
    const condition = 'document.body?.textContent?.trim()';
    await page.waitForFunction(condition, { timeout: 20_000, polling: 100 }).catch(() => {});
    const shown = await page.evaluate('document.body?.textContent?.trim()');
    // What Vite says of its own connection is no fault.
    const faults = messages.filter((text) => !/^debug: |\[vite\]/.test(text));
    if (shown === line && faults.length === 0) return null;
    return `${url} shows ${JSON.stringify(shown)}\n${messages.join('\n')}`;
  } finally {
    await page.close();
  }
}

/** In workers and under a policy there are no import maps: there, the file's own name is written. */
async function nameTheEntry(folder) {
  const heaplet = path.join(folder, 'node_modules/heaplet');
  const { exports } = JSON.parse(await readFile(path.join(heaplet, 'package.json'), 'utf8'));
  const entry = exports['.'].default.replace('./', '');
  const map = path.join(folder, 'import-map.html');
  await writeFile(map, (await readFile(map, 'utf8')).replace('ENTRY', entry));
  const program = await readFile(path.join(folder, 'program.js'), 'utf8');
  const resolved = program.replace("'heaplet'", `'./node_modules/heaplet/${entry}'`);
  await writeFile(path.join(folder, 'resolved.js'), resolved);
}

async function writePage(folder, script) {
  const page = `<!doctype html><meta charset="utf-8"><title>heaplet in a bundle</title>
<link rel="icon" href="data:,"><script type="module" src="${script}"></script><body></body>`;
  await mkdir(path.join(folder, 'out'), { recursive: true });
  await writeFile(path.join(folder, 'out/index.html'), page);
}

async function serveFolder(folder, headers) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const file = path.join(folder, pathname.endsWith('/') ? `${pathname}index.html` : pathname);
    try {
      const body = await readFile(file);
      response.writeHead(200, { ...headers, 'Content-Type': TYPES[path.extname(file)] }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  const port = await listen(server);
  return { url: `http://localhost:${port}/`, close: () => stop(server) };
}

/** Starts a bundler's server and waits until it answers. */
async function serveByTool([tool, argsFor], folder, tools) {
  const port = await freePort();
  const [command, ...before] = tools.program(tool);
  const child = spawn(command, [...before, ...argsFor(`${port}`)], {
    cwd: folder,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const close = () =>
    new Promise((resolve) => {
      child.once('exit', resolve);
      child.kill();
    });
  const url = `http://localhost:${port}/`;
  for (let tries = 0; tries < 100; tries++) {
    if (child.exitCode !== null) throw new Error(`${tool} ended with code ${child.exitCode}`);
    if (await fetch(url).catch(() => null)) return { url, close };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await close();
  throw new Error(`${tool} does not answer at ${url}`);
}

async function freePort() {
  const server = createServer();
  const port = await listen(server);
  await stop(server);
  return port;
}

function listen(server) {
  return new Promise((resolve) =>
    server.listen(0, 'localhost', () => resolve(server.address().port)),
  );
}

function stop(server) {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
}
