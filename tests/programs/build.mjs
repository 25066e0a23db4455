// SPDX-License-Identifier: MIT
// Builds the programs with CMake and Ninja: only what is missing or out of date.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from '../../scripts/cache.mjs';
import { ScriptError, run, say, seconds, which } from '../../scripts/run.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const repository = path.resolve(here, '../..');

/** Resolves with the folder that holds `<program>.<allocator>.mjs` and `.wasm`. */
export async function buildPrograms({ toolchain, sources, allocators, programs }) {
  for (const tool of ['cmake', 'ninja']) {
    if (which(tool)) continue;
    throw new ScriptError(`${tool} is not on PATH`, 'install the packages cmake and ninja-build');
  }
  const folder = path.join(repository, 'build', `programs-${toolchain.version}`);
  await mkdir(folder, { recursive: true });
  return withLock(path.join(folder, '.lock'), 'the test programs', async () => {
    const start = performance.now();
    await configure(folder, toolchain, [
      `-DCMAKE_TOOLCHAIN_FILE=${toolchain.toolchainFile}`,
      `-DPROGRAMS_SQLITE=${sources.sqlite}`,
      `-DPROGRAMS_LUA=${sources.lua}`,
      `-DPROGRAMS_QUICKJS=${sources.quickjs}`,
    ]);
    const targets = programs.flatMap((program) => allocators.map((name) => `${program}.${name}`));
    const { stdout } = await run('ninja', ['-C', folder, ...targets], {
      env: toolchain.env,
      label: `building ${targets.length} programs`,
    });
    if (!/no work to do/.test(stdout)) say(`built ${targets.length} programs in ${seconds(start)}`);
    return folder;
  });
}

// CMake runs again by itself when a CMakeLists.txt changes; only other arguments need a new start.
async function configure(folder, toolchain, settings) {
  const stamp = path.join(folder, 'configured-with.txt');
  const wanted = settings.join('\n');
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return;
  const args = ['--fresh', '-G', 'Ninja', '-S', here, '-B', folder, ...settings];
  await run('cmake', args, { env: toolchain.env, label: 'configuring the test programs' });
  await writeFile(stamp, wanted);
}
