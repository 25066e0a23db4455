// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import path from 'node:path';
import { repository } from '../../scripts/run.mjs';

export const CLI = path.join(repository, 'js/cli/heaplet.js');
export const APP = path.join(repository, 'tests/cli/app.mjs');

/** Runs the command line; `{code, stdout, stderr}`. */
export function heaplet(args, options = {}) {
  return finished(spawn(process.execPath, [CLI, ...args], { ...options, stdio: 'pipe' }));
}

export function finished(child) {
  const texts = { stdout: '', stderr: '' };
  for (const name of Object.keys(texts)) {
    child[name].setEncoding('utf8').on('data', (text) => (texts[name] += text));
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...texts }));
  });
}

/** Arguments of tests/cli/app.mjs for one of the programs that tests/sight builds. */
export function appArguments({ folder, inputs }, target) {
  const { files, args, scale } = inputs[target.split('.')[0]];
  const pairs = Object.entries(files).map(([name, file]) => `${name}=${file}`);
  return [APP, path.join(folder, `${target}.mjs`), ...pairs, '--', ...args(scale.short)];
}

/** Runs heaplet serve; `{url, folder, end}` once it serves. */
export async function served(args, options = {}) {
  const child = spawn(process.execPath, [CLI, 'serve', '--json', ...args], {
    ...options,
    stdio: 'pipe',
  });
  const line = await new Promise((resolve, reject) => {
    child.stdout.once('data', (data) => resolve(`${data}`));
    child.stderr.once('data', (data) => reject(new Error(`${data}`)));
  });
  return { ...JSON.parse(line), end: () => child.kill() };
}
