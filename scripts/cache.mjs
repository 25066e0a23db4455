// SPDX-License-Identifier: MIT
// The cache folder: where everything that scripts install lives, outside the repository and outside
// the system. Removing the folder undoes all of it.
//
// An installation is a folder with a stamp file. It is made in a neighbour folder and renamed into
// place when complete, so what carries a stamp is whole: an interrupted set-up starts that one piece
// again, and a complete one needs no network.

import { spawn } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ScriptError, say, seconds } from './run.mjs';

const STAMP = '.heaplet-complete.json';

export function cacheFolder() {
  if (process.env.HEAPLET_CACHE) return path.resolve(process.env.HEAPLET_CACHE);
  const base = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  return path.join(base, 'heaplet');
}

/** What the stamp of a complete installation says, or null. */
export async function installed(target) {
  try {
    return JSON.parse(await readFile(path.join(target, STAMP), 'utf8'));
  } catch {
    return null;
  }
}

/**
 * Makes `target` unless it is complete: `fill(folder)` fills a temporary folder next to it and
 * returns what the stamp shall say. `target` is the final path for whatever must know it.
 */
export async function install(target, what, fill) {
  const before = await installed(target);
  if (before) return before;
  return withLock(`${target}.lock`, what, async () => {
    const meanwhile = await installed(target); // another script may have finished it while we waited
    if (meanwhile) return meanwhile;
    const start = performance.now();
    say(`installing ${what}\n  into ${target} (removable)`);
    const partial = `${target}.partial`;
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    const facts = { ...(await fill(partial)) };
    await writeFile(path.join(partial, STAMP), `${JSON.stringify(facts, null, 2)}\n`);
    await rm(target, { recursive: true, force: true });
    await rename(partial, target);
    say(`  done: ${what} (${seconds(start)})`);
    return facts;
  });
}

/**
 * Holds an exclusive lock while `body` runs. The kernel drops it when this process ends, however it
 * ends, because flock(1) holds it only as long as our end of its standard input is open.
 */
export async function withLock(file, what, body) {
  await mkdir(path.dirname(file), { recursive: true });
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held; exec cat >/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const waiting = setTimeout(() => say(`waiting for another script that installs ${what}`), 1000);
  try {
    await new Promise((resolve, reject) => {
      const lost = (why) =>
        reject(new ScriptError(`cannot lock ${file}: ${why}`, 'install util-linux (flock)'));
      holder.stdout.once('data', resolve);
      holder.once('error', (error) => lost(error.message));
      holder.once('exit', (code) => lost(`flock ended with code ${code}`));
    });
  } finally {
    clearTimeout(waiting);
  }
  try {
    return await body();
  } finally {
    holder.stdin.end();
    holder.removeAllListeners();
  }
}
