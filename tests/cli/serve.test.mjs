// SPDX-License-Identifier: MIT
// heaplet serve: what it gives to whom. tests/demo opens it in browsers.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { emptyProfile } from '../../js/sight/profile.js';
import { TraceWriter } from '../../js/sight/trace.js';
import { heaplet, served } from './support.mjs';

jest.setTimeout(120_000);
let folder;
const at = (name) => path.join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'heaplet-serve-'));
  for (const name of ['page', 'site', 'site/inner']) mkdirSync(at(name));
  writeFileSync(at('page/index.html'), 'the page');
  writeFileSync(at('site/index.html'), 'a program of a user');
  writeFileSync(at('site/inner/app.wasm'), 'wasm');
  writeFileSync(at('secret'), 'secret');
  symlinkSync(at('secret'), at('site/link'));
  const writer = new TraceWriter({ program: 'app' });
  writer.free(writer.malloc(24));
  writer.malloc(100);
  writeFileSync(at('app.trace'), writer.finish());
  const profile = emptyProfile({ program: 'kept', liveBytes: 7 });
  writeFileSync(at('app.heaplet.json'), JSON.stringify(profile));
});
afterAll(() => rmSync(folder, { recursive: true }));

const opened = (...args) => served(['--page', at('page'), ...args]);

/** Status and text of a request as it is, whose path nothing has made shorter. */
const got = (url, name, { host, method = 'GET' } = {}) =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const headers = { host: host ?? `${hostname}:${port}` };
    request({ host: '127.0.0.1', port, path: name, method, headers }, (response) => {
      let text = '';
      response.on('data', (data) => (text += data));
      response.on('end', () => resolve({ status: response.statusCode, text, headers: response.headers })); // prettier-ignore
    })
      .on('error', reject)
      .end();
  });

describe('a file', () => {
  test('that is a trace is served with its profile, and the address names both', async () => {
    const { url, end } = await opened(at('app.trace'));
    try {
      const view = new URLSearchParams(new URL(url).hash.slice(1));
      expect(view.get('workload')).toBe('file:opened/app.trace');
      const page = await fetch(url);
      expect(await page.text()).toBe('the page');
      expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin');
      const profile = await (await fetch(new URL(view.get('profile'), url))).json();
      expect([profile.program, profile.liveBytes]).toEqual(['app', 100]);
      const trace = await (await fetch(new URL('opened/app.trace', url))).arrayBuffer();
      expect(Buffer.from(trace).equals(readFileSync(at('app.trace')))).toBe(true);
      const home = await fetch(new URL('/', url));
      expect([home.redirected, await home.text()]).toEqual([true, 'the page']);
    } finally {
      end();
    }
  });

  test('that is a profile is served as it is', async () => {
    const { url, end } = await opened(at('app.heaplet.json'));
    try {
      expect(new URL(url).hash).toBe('#profile=opened%2Fapp.heaplet.json');
      const profile = await (await fetch(new URL('opened/app.heaplet.json', url))).json();
      expect(profile.program).toBe('kept');
    } finally {
      end();
    }
  });

  test('that is neither is refused', async () => {
    const { code, stderr } = await heaplet(['serve', '--page', at('page'), at('secret')]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('not a valid profile')]);
  });
});

test('a folder is served beside the page, and nothing that lies outside of it', async () => {
  const { url, end } = await opened(at('site'));
  try {
    expect((await got(url, '/')).text).toBe('a program of a user');
    const wasm = await got(url, '/inner/app.wasm');
    expect([wasm.text, wasm.headers['content-type']]).toEqual(['wasm', 'application/wasm']);
    expect((await got(url, '/.heaplet/')).text).toBe('the page');
    for (const name of ['/../secret', '/%2e%2e/secret', '/..%2fsecret', '/link', '/%', '/none']) {
      expect([name, (await got(url, name)).status]).toEqual([name, 404]);
    }
  } finally {
    end();
  }
});

test('strangers are refused: other names for this machine, and other methods than GET', async () => {
  const { url, end } = await opened(at('site'));
  try {
    expect((await got(url, '/', { host: 'evil.example' })).status).toBe(403);
    expect((await got(url, '/', { method: 'POST' })).status).toBe(405);
    const { port } = new URL(url);
    const taken = await heaplet(['serve', '--page', at('page'), '--port', port]);
    expect([taken.code, taken.stderr]).toEqual([
      2,
      expect.stringMatching(/cannot serve on port \d+.*EADDRINUSE[^]*choose another/),
    ]);
  } finally {
    end();
  }
});

test('where there is no page, what to do is said', async () => {
  const { code, stderr } = await heaplet(['serve', '--page', at('site/inner')]);
  expect([code, stderr]).toEqual([2, expect.stringMatching(/no page in .*inner[^]*npm run build/)]);
});
