// SPDX-License-Identifier: MIT
// The tarball, packed once for a run, and empty projects that have it installed as a user would.

import { cp, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { repository, run } from '../../scripts/run.mjs';

/**
 * Packs heaplet, or takes the tarball given, and resolves with a workshop outside the repository:
 * `{folder, tarball, project, useModules, remove}`; `project(name, from)` makes a folder with a copy of the files
 * of `from` and heaplet in its node_modules: installed once, and copied for all others.
 */
export async function workshop({ tarball: given } = {}) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'heaplet-consumers-'));
  const tarball = given ? path.resolve(given) : await pack(folder);
  const installed = path.join(folder, 'installed');
  await install(tarball, installed);
  return {
    folder,
    tarball,
    installed,
    /** Lets the projects find the programs of an npm folder, as if a folder above had them. */
    useModules: (modules) => symlink(modules, path.join(folder, 'node_modules')),
    project: (name, from) => project(path.join(folder, name), installed, from),
    remove: () => rm(folder, { recursive: true }),
  };
}

async function pack(folder) {
  const args = ['pack', '--pack-destination', folder];
  await run('npm', args, { cwd: repository, label: 'npm pack' });
  const [tarball] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  return path.join(folder, tarball);
}

async function install(tarball, target) {
  await mkdir(target);
  await writeFile(path.join(target, 'package.json'), JSON.stringify({ private: true }));
  // Offline: the package has no dependencies, so that nothing else is to be had.
  const args = ['install', '--offline', '--no-audit', '--no-fund', tarball];
  await run('npm', args, { cwd: target, label: 'npm install of the tarball' });
}

async function project(target, installed, from) {
  await mkdir(target);
  if (from) await cp(from, target, { recursive: true });
  const manifest = path.join(target, 'package.json');
  if (!(await stat(manifest).catch(() => null))) {
    const name = path.basename(target);
    await writeFile(manifest, JSON.stringify({ name, private: true, type: 'module' }));
  }
  const modules = [installed, target].map((folder) => path.join(folder, 'node_modules'));
  await cp(...modules, { recursive: true, verbatimSymlinks: true });
  return target;
}
