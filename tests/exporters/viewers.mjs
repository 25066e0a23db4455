// SPDX-License-Identifier: MIT
// The programs that open what exporters write: the machine's own where there are, else Debian's,
// fetched once into the cache folder. To download: valgrind 14 MB (kept: a script and a page of it),
// heaptrack 6 MB with its libraries, Go 63 MB (kept: pprof, 10 MB).
//
//   node tests/exporters/viewers.mjs      prints where each is

import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder } from '../../scripts/cache.mjs';
import { debianPackages } from '../../scripts/debian.mjs';
import { main, which } from '../../scripts/run.mjs';
import { relocate } from '../../scripts/relocate.mjs';

const SUITE = 'bookworm';
const DH_VIEW = 'usr/libexec/valgrind/dh_view.html';
const GO = 'usr/lib/go-1.19/pkg/tool/linux_amd64/pprof';

/** The page that valgrind brings, and massif's printer. */
export async function valgrindViewers() {
  const page = path.join('/', DH_VIEW);
  const own = which('ms_print');
  if (own && existsSync(page)) return { msPrint: own, dhView: page };
  const prefix = path.join(cacheFolder(), 'valgrind-viewers');
  const finish = (folder) => keepOnly(folder, ['usr/bin/ms_print', DH_VIEW]);
  const request = { packages: ['valgrind'], withDependencies: false, suite: SUITE };
  await debianPackages({ ...request, prefix, finish });
  return { msPrint: path.join(prefix, 'ms_print'), dhView: path.join(prefix, 'dh_view.html') };
}

export async function heaptrackPrint() {
  const own = which('heaptrack_print');
  if (own) return own;
  const prefix = path.join(cacheFolder(), 'heaptrack');
  const finish = (folder) =>
    relocate({ folder, prefix, programs: [['usr/bin', /^heaptrack_print$/]] });
  await debianPackages({ packages: ['heaptrack'], suite: SUITE, prefix, finish });
  return path.join(prefix, 'usr/bin/heaptrack_print');
}

/** What `go tool pprof` runs. */
export async function goPprof() {
  const prefix = path.join(cacheFolder(), 'go-pprof');
  const finish = (folder) => keepOnly(folder, [GO]);
  const request = { packages: ['golang-1.19-go'], withDependencies: false, suite: SUITE };
  await debianPackages({ ...request, prefix, finish });
  return path.join(prefix, 'pprof');
}

/** Moves some files of an unpacked package to its top, and drops everything else. */
async function keepOnly(folder, files) {
  const kept = path.join(folder, '.kept');
  await mkdir(kept);
  for (const file of files) {
    await rename(path.join(folder, file), path.join(kept, path.basename(file)));
  }
  for (const name of await readdir(folder)) {
    if (name !== '.kept') await rm(path.join(folder, name), { recursive: true });
  }
  for (const name of await readdir(kept))
    await rename(path.join(kept, name), path.join(folder, name));
  await rm(kept, { recursive: true });
}

await main(import.meta, async () => {
  const found = { ...(await valgrindViewers()), heaptrackPrint: await heaptrackPrint() };
  for (const [name, file] of Object.entries({ ...found, pprof: await goPprof() })) {
    console.log(`${name.padEnd(16)} ${file}`);
  }
});
