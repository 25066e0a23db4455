// SPDX-License-Identifier: MIT
// malloc on the main thread of a page, beside workers that contend for its lock, in each browser.
//
//   node tests/reliability/threads/page.mjs [chrome] [firefox]

import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { BROWSER_NAMES, launchBrowser } from '../../../scripts/browsers.mjs';
import { emscripten } from '../../../scripts/emscripten.mjs';
import { nodeModules } from '../../../scripts/node-modules.mjs';
import { main, repository, run } from '../../../scripts/run.mjs';

const TURNS = 40;
const TYPES = { '.html': 'text/html', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };

await main(import.meta, async (args) => {
  const folder = await build();
  await nodeModules();
  const server = await serve(folder);
  const counts = { passed: 0, failed: 0 };
  try {
    for (const name of args.length > 0 ? args : BROWSER_NAMES) {
      const found = await runIn(name, `http://localhost:${server.address().port}/`);
      const good = found.error === undefined && found.failures === 0 && found.running === 0;
      counts[good ? 'passed' : 'failed']++;
      const said = `${TURNS} turns of the main thread beside 3 workers`;
      console.log(`${good ? 'ok' : 'not ok'} ${name}: ${good ? said : JSON.stringify(found)}`);
    }
  } finally {
    server.close();
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  if (counts.failed > 0) process.exitCode = 1;
});

async function build() {
  const { emxx, env } = await emscripten();
  const folder = path.join(repository, 'build/threads-page');
  await mkdir(folder, { recursive: true });
  const compile = ['-O2', '-std=c++20', '-pthread', '-fno-builtin', '-fno-exceptions', '-fno-rtti'];
  const sources = ['src/malloc/malloc.cpp', 'tests/reliability/threads/page.cpp'];
  const link = ['-sMALLOC=none', '-sALLOW_MEMORY_GROWTH', '-Wno-pthreads-mem-growth'];
  link.push('-sPTHREAD_POOL_SIZE=3', '-sMODULARIZE', '-sEXPORT_ES6', '-sENVIRONMENT=web,worker');
  const flags = [...compile, '-mbulk-memory', '-Iinclude', '-Isrc'];
  const all = [...flags, ...sources, ...link, '-o', path.join(folder, 'page.mjs')];
  await run(emxx, all, { cwd: repository, env, label: 'building the page' });
  return folder;
}

async function runIn(name, url) {
  const browser = await launchBrowser(name);
  try {
    const page = await browser.newPage();
    await page.goto(url);
    return await page.evaluate(async (turns) => {
      try {
        if (!crossOriginIsolated) throw new Error('the page is not isolated');
        const { default: load } = await import('/page.mjs');
        const module = await load();
        let failures = 0;
        for (let turn = 1; turn <= turns; turn++) {
          failures = module._turn(turn, 2000);
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        let running = module._finish();
        for (let waited = 0; running > 0 && waited < 30_000; waited += 20) {
          await new Promise((resolve) => setTimeout(resolve, 20));
          running = module._finish();
        }
        return { failures, running };
      } catch (error) {
        return { error: `${error}` };
      }
    }, TURNS);
  } finally {
    await browser.close();
  }
}

/** The folder's files on a cross-origin isolated page, on the loopback interface. */
async function serve(folder) {
  const server = createServer(async (request, response) => {
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    const name = path.basename(new URL(request.url, 'http://localhost').pathname);
    const type = TYPES[path.extname(name)] ?? TYPES['.html'];
    try {
      const body = name === '' ? '<!doctype html><title>threads</title>' : await readFile(path.join(folder, name)); // prettier-ignore
      response.setHeader('Content-Type', type).end(body);
    } catch (error) {
      response.writeHead(404).end(error.message);
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
