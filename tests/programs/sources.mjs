// SPDX-License-Identifier: MIT
// Where the test programs' sources come from. Nothing of them is kept in the repository: they are
// fetched once into the cache folder, and a second run needs no network.

import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder, install } from '../../scripts/cache.mjs';
import { debianSource } from '../../scripts/debian.mjs';
import { ScriptError, run } from '../../scripts/run.mjs';

// The npm package ships SQLite's amalgamation; nothing else of it is used, nor is it installed.
const SQLITE = {
  package: 'better-sqlite3@13.2.0',
  integrity:
    'sha512-Z8Q/9x/uNyKxA1v4FNodyItRVRw1TeKBrmj32JhxhR0ceNcBY+wMobt/Bv7M7TzwPAXjnZRtNaEsATnUZSKWZQ==',
};

// The oldest Debian suite that has both interpreters, so that every machine runs the same ones.
const SUITE = 'trixie';

const folder = (name) => path.join(cacheFolder(), 'sources', name);

/** Fetches what is missing; resolves with the folders that hold the C sources. */
export async function programSources() {
  const sqlite = folder(SQLITE.package.replace('@', '-'));
  const lua = folder(`lua-${SUITE}`);
  const quickjs = folder(`quickjs-${SUITE}`);
  await sqliteSource(sqlite);
  await debianSource({ suite: SUITE, name: 'lua5.4', prefix: lua });
  await debianSource({ suite: SUITE, name: 'quickjs', prefix: quickjs });
  return { sqlite, lua, quickjs };
}

async function sqliteSource(prefix) {
  await install(prefix, `SQLite's amalgamation from ${SQLITE.package}`, async (target) => {
    await run('npm', ['pack', SQLITE.package, '--ignore-scripts', '--pack-destination', target], {
      cwd: target, // away from the repository, whose package.json npm would read
      label: `downloading ${SQLITE.package}`,
      hint: 'check the network and the npm registry that npm is set to, then run this again',
    });
    const tarball = path.join(target, SQLITE.package.replace('@', '-') + '.tgz');
    const hash = createHash('sha512').update(await readFile(tarball));
    const found = `sha512-${hash.digest('base64')}`;
    if (found !== SQLITE.integrity) {
      throw new ScriptError(
        `${SQLITE.package} is not the file that was expected\n  expected ${SQLITE.integrity}\n  found    ${found}`,
        'do not use it; find out which registry or mirror npm is set to',
      );
    }
    const wanted = 'package/deps/sqlite3';
    await run('tar', ['-xzf', tarball, '-C', target, '--strip-components=3', wanted]);
    await rm(tarball);
    return { package: SQLITE.package };
  });
}
