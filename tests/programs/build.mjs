// SPDX-License-Identifier: MIT
// Builds the programs with CMake and Ninja: only what is missing or out of date.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { withLock } from '../../scripts/cache.mjs';
import { environmentWith, nativeTools } from '../../scripts/native-tools.mjs';
import { repository, run, say, seconds } from '../../scripts/run.mjs';

const here = path.join(repository, 'tests/programs');

/** Resolves with the folder that holds `<program>.<allocator>.mjs` and `.wasm`, and `<test>.cjs`. */
export async function buildPrograms({
  toolchain,
  sources,
  allocators = [],
  programs = [],
  tests = [],
}) {
  const tools = await nativeTools(['cmake', 'ninja']);
  const env = environmentWith(tools, toolchain.env);
  const folder = path.join(repository, 'build', `programs-${toolchain.version}`);
  await mkdir(folder, { recursive: true });
  return withLock(path.join(folder, '.lock'), 'the test programs', async () => {
    const start = performance.now();
    await configure(folder, env, [
      `-DCMAKE_TOOLCHAIN_FILE=${toolchain.toolchainFile}`,
      `-DPROGRAMS_SQLITE=${sources.sqlite}`,
      `-DPROGRAMS_LUA=${sources.lua}`,
      `-DPROGRAMS_QUICKJS=${sources.quickjs}`,
    ]);
    const targets = programs.flatMap((program) => allocators.map((name) => `${program}.${name}`));
    targets.push(...tests);
    const { stdout } = await run(tools.ninja, ['-C', folder, ...targets], {
      env,
      label: `building ${targets.length} programs`,
    });
    if (!/no work to do/.test(stdout)) say(`built ${targets.length} programs in ${seconds(start)}`);
    return folder;
  });
}

// CMake runs again by itself when a CMakeLists.txt changes; only other arguments need a new start.
async function configure(folder, env, settings) {
  const stamp = path.join(folder, 'configured-with.txt');
  const wanted = settings.join('\n');
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return;
  const args = ['--fresh', '-G', 'Ninja', '-S', here, '-B', folder, ...settings];
  await run('cmake', args, { env, label: 'configuring the test programs' });
  await writeFile(stamp, wanted);
}
