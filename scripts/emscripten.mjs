// SPDX-License-Identifier: MIT
// Finds an Emscripten that is new enough, or installs one.
//
//   node scripts/emscripten.mjs [--choice active|newest|<version>] [--print-env]
//
// The choice (also HEAPLET_EMSCRIPTEN) is
//   active    the emcc on PATH, for example of an activated emsdk
//   newest    the private one, from Debian's unstable suite
//   3.1.69    this version exactly: the active one if it is that, else a private one
//   (none)    active if new enough, else a private one that is installed, else the newest that
//             can be installed
// Private ones live in the cache folder, one folder a version, each complete in itself.

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder, installed } from './cache.mjs';
import { installPrivateEmscripten, privateEnvironment, warmUp } from './emscripten-private.mjs';
import { ScriptError, compareVersions, main, run, say, which } from './run.mjs';

export const LOWEST_VERSION = '3.1.69';

/** Where Debian has which version: the lowest supported one, and one that moves. */
const LOWEST_SUITE = 'trixie';
const NEWEST_SUITE = 'sid';

/**
 * Resolves with `{version, root, emcc, emxx, toolchainFile, env}`; `env` is the whole environment to
 * run compilers, cmake and ninja with.
 */
export async function emscripten({ choice = process.env.HEAPLET_EMSCRIPTEN } = {}) {
  const found = await find(choice || 'auto');
  const { root, version, env } = found;
  return {
    version,
    root,
    emcc: path.join(root, 'emcc'),
    emxx: path.join(root, 'em++'),
    toolchainFile: path.join(root, 'cmake/Modules/Platform/Emscripten.cmake'),
    env: { ...env, EMSCRIPTEN_ROOT: root },
  };
}

async function find(choice) {
  if (choice === 'newest') return usePrivate((await newestInstalled()) ?? (await installNewest()));
  if (choice === 'active') {
    const active = await activeEmscripten();
    if (active && isSupported(active.version)) return active;
    throw new ScriptError(
      active
        ? `the active emcc is ${active.version}; the lowest supported is ${LOWEST_VERSION}`
        : 'no emcc is on PATH',
      'activate a newer emsdk, or leave HEAPLET_EMSCRIPTEN unset to use a private Emscripten',
    );
  }
  if (choice === 'auto') {
    const active = await activeEmscripten();
    if (active && isSupported(active.version)) return active;
    if (active)
      say(`emcc ${active.version} on PATH is older than ${LOWEST_VERSION}: looking for another`);
    return usePrivate((await newestInstalled()) ?? (await installNewest()));
  }
  if (!/^\d+\.\d+\.\d+$/.test(choice)) {
    throw new ScriptError(
      `HEAPLET_EMSCRIPTEN=${choice} is no choice`,
      'say active, newest, or a version such as 3.1.69',
    );
  }
  const active = await activeEmscripten();
  if (active?.version === choice) return active;
  const present = (await privateVersions()).find(({ version }) => version === choice);
  return usePrivate(present ?? (await installExactly(choice)));
}

async function installExactly(version) {
  for (const suite of version === LOWEST_VERSION ? [LOWEST_SUITE] : [NEWEST_SUITE, LOWEST_SUITE]) {
    const made = await installPrivateEmscripten(suite);
    if (made.version === version) return made;
    say(`Debian ${suite} has Emscripten ${made.version}, not ${version}`);
  }
  throw new ScriptError(
    `Emscripten ${version} is neither active nor in Debian`,
    `activate it with emsdk`,
  );
}

async function installNewest() {
  try {
    return await installPrivateEmscripten(NEWEST_SUITE);
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    say(`Emscripten of Debian ${NEWEST_SUITE} cannot be installed: ${error.message}`);
    say(`falling back to Debian ${LOWEST_SUITE}`);
    return installPrivateEmscripten(LOWEST_SUITE);
  }
}

async function usePrivate({ prefix, version }) {
  const env = await privateEnvironment(prefix);
  await warmUp(prefix, env);
  return { root: path.join(prefix, 'usr/share/emscripten'), version, env };
}

/** The emcc on PATH: `{root, version, env}`, or null. */
async function activeEmscripten() {
  if (!which('emcc') || !which('em-config')) return null;
  const { stdout } = await run('em-config', ['EMSCRIPTEN_ROOT'], { allowFailure: true });
  const root = stdout.trim();
  const version = root && (await versionOf(root));
  return version ? { root, version, env: { ...process.env } } : null;
}

async function versionOf(root) {
  const text = await readFile(path.join(root, 'emscripten-version.txt'), 'utf8').catch(() => '');
  return /\d+\.\d+\.\d+/.exec(text)?.[0] ?? null;
}

async function privateVersions() {
  const names = await readdir(cacheFolder()).catch(() => []);
  const found = [];
  for (const name of names.filter((n) => /^emscripten-[a-z]+$/.test(n))) {
    const prefix = path.join(cacheFolder(), name);
    const facts = await installed(prefix);
    if (facts) found.push({ prefix, version: facts.version });
  }
  return found.sort((a, b) => compareVersions(b.version, a.version));
}

/** The newest private one, unless all there is the one kept for testing the lowest version. */
async function newestInstalled() {
  return (await privateVersions()).find(({ version }) => version !== LOWEST_VERSION) ?? null;
}

function isSupported(version) {
  return compareVersions(version, LOWEST_VERSION) >= 0;
}

await main(import.meta, async (args) => {
  const at = args.indexOf('--choice');
  const { version, root, env } = await emscripten(at >= 0 ? { choice: args[at + 1] } : {});
  if (!args.includes('--print-env')) return say(`Emscripten ${version} in ${root}`);
  for (const name of ['EMSCRIPTEN_ROOT', 'EM_CONFIG', 'PATH']) {
    if (env[name]) process.stdout.write(`export ${name}='${env[name].replaceAll("'", `'\\''`)}'\n`);
  }
});
