// SPDX-License-Identifier: MIT
// Makes programs of unpacked Debian packages run where they lie.
//
// They expect their own libc and libraries in the system's folders. Each program gets the unpacked
// loader as its interpreter and the unpacked folders as its library path, so that it runs with the
// libc of its own suite, whatever the machine has.

import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder } from './cache.mjs';
import { debianPackages } from './debian.mjs';
import { ScriptError, run, which } from './run.mjs';

/**
 * Patches programs and libraries below `folder`, which will be renamed to `prefix`.
 *
 * - `programs`  `[folder, pattern]` pairs, folders relative
 * - `libraries` pattern of those in usr/lib/<triplet> that carry a RUNPATH, which would win over the
 *               program's
 * - `searched`  relative library folders besides usr/lib/<triplet>
 */
export async function relocate({ folder, prefix, programs, libraries = /^$/, searched = [] }) {
  const patchelf = await findPatchelf();
  const triplet = path.join(
    'usr/lib',
    await onlyMatch(path.join(folder, 'usr/lib'), /^\w+-linux-gnu\w*$/),
  );
  const rpath = [triplet, triplet.replace(/^usr\//, ''), ...searched]
    .map((name) => path.join(prefix, name))
    .join(':');
  const setPath = ['--force-rpath', '--set-rpath', rpath];
  const setLoader = ['--set-interpreter', path.join(prefix, await findLoader(folder, triplet))];
  const patch = async (files, settings) => {
    for (const file of await elfFiles(files)) {
      await run(patchelf, [...settings, file], { label: `patching ${path.basename(file)}` });
    }
  };
  for (const [where, pattern] of programs) {
    await patch(await filesIn(path.join(folder, where), pattern), [...setLoader, ...setPath]);
  }
  await patch(await filesIn(path.join(folder, triplet), libraries), setPath);
}

/** The one entry of `folder` that matches. */
export async function onlyMatch(folder, pattern) {
  const names = (await readdir(folder)).filter((name) => pattern.test(name));
  if (names.length === 1) return names[0];
  throw new ScriptError(
    `expected one ${pattern} in ${folder}, found: ${names.join(', ') || 'none'}`,
  );
}

async function findLoader(folder, triplet) {
  // Before Debian merged /lib into /usr/lib, the libc package had its loader in /lib.
  for (const where of [triplet, triplet.replace(/^usr\//, '')]) {
    const [file] = await filesIn(path.join(folder, where), /^ld-linux.*\.so\.\d+$/);
    if (file) return path.relative(folder, file);
  }
  throw new ScriptError(
    `no dynamic loader below ${folder}`,
    'remove that folder and run the script again',
  );
}

async function findPatchelf() {
  const present = which('patchelf');
  if (present) return present;
  const prefix = path.join(cacheFolder(), 'patchelf');
  await debianPackages({ packages: ['patchelf'], withDependencies: false, prefix });
  return path.join(prefix, 'usr/bin/patchelf');
}

async function filesIn(folder, pattern) {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => pattern.test(name)).map((name) => path.join(folder, name));
}

/** Those of `files` that are ELF files themselves: links are left to their target. */
async function elfFiles(files) {
  const found = [];
  for (const file of files) {
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => null);
    if (!handle) continue;
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    await handle.close();
    if (buffer.toString('latin1') === '\x7fELF') found.push(file);
  }
  return found;
}
