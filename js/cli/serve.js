// SPDX-License-Identifier: MIT
// heaplet serve: the page, on a file of ours, or beside a program's own pages.

import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandError } from './errors.js';
import { bytesOf, isTrace, loadProfile } from './load.js';
import { ISOLATED, serveMounts } from './static-server.js';

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));
const PAGE = '/.heaplet/';

/** Serves until the process is ended. */
export async function serveCommand({ values, positionals: [target] }) {
  const page = values.page ?? path.join(DIST, 'page');
  if (!existsSync(path.join(page, 'index.html'))) {
    throw new CommandError(
      `there is no page in ${page}`,
      'in a checkout, build it: npm run build; or name a folder of `npm run demo:build` with --page',
    );
  }
  const { mounts, view } = await opened(target, values);
  const { origin } = await serveMounts([...pageMounts(page), ...mounts], values.port).catch(
    (error) => {
      throw new CommandError(
        `cannot serve on port ${values.port}: ${error.message}`,
        'choose another with --port, or leave it out',
      );
    },
  );
  const url = `${origin}${PAGE}${view}`;
  const folder = mounts.some(({ at }) => at === '/') ? `${origin}/` : undefined;
  if (values.json) print(JSON.stringify({ url, folder }));
  else print(`heaplet's page is at ${url}\n${folder ? `${target} is at ${folder}\n` : ''}Ctrl+C ends it.`); // prettier-ignore
  if (process.stdout.isTTY && !values['no-open']) openBrowser(url);
  await new Promise(() => {});
}

/** The page; what it shares with the command line lies in dist/ once. */
function pageMounts(page) {
  return [
    { at: PAGE, folder: page, headers: ISOLATED },
    ...(existsSync(path.join(page, 'replay'))
      ? []
      : [{ at: `${PAGE}replay/`, folder: path.join(DIST, 'replay'), headers: ISOLATED }]),
    ...(existsSync(path.join(page, 'heaplet-raw.wasm'))
      ? []
      : [{ at: `${PAGE}heaplet-raw.wasm`, file: path.join(DIST, 'heaplet-raw.wasm') }]),
  ];
}

/** What is served beside the page, and the part of its address that opens it. */
async function opened(target, values) {
  const home = { at: '/', redirect: PAGE };
  if (target === undefined) return { mounts: [home], view: '' };
  if (existsSync(target) && statSync(target).isDirectory()) {
    return { mounts: [{ at: '/', folder: target }], view: '#profile' };
  }
  const bytes = await bytesOf(target);
  const profile = JSON.stringify(await loadProfile(target, values));
  const name = path.basename(target);
  const profileName = name.endsWith('.json') ? name : `${name}.heaplet.json`;
  const view = new URLSearchParams();
  const mounts = [home, { at: `${PAGE}opened/${profileName}`, content: profile }];
  if (isTrace(bytes)) {
    mounts.push({ at: `${PAGE}opened/${name}`, content: bytes });
    view.set('workload', `file:opened/${encodeURIComponent(name)}`);
  }
  view.set('profile', `opened/${encodeURIComponent(profileName)}`);
  return { mounts, view: `#${view}` };
}

/** What fails here the visitor does by hand: the address is printed. */
function openBrowser(url) {
  const [program, ...args] = {
    darwin: ['open'],
    win32: ['cmd', '/c', 'start', ''],
  }[process.platform] ?? ['xdg-open'];
  spawn(program, [...args, url], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}

const print = (text) => process.stdout.write(`${text}\n`);
