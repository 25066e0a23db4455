// SPDX-License-Identifier: MIT
// Builds and runs the programs to be profiled.

import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { cacheFolder, withLock } from '../../scripts/cache.mjs';
import { debianSource } from '../../scripts/debian.mjs';
import { emscripten } from '../../scripts/emscripten.mjs';
import { environmentWith, nativeTools } from '../../scripts/native-tools.mjs';
import { repository, run } from '../../scripts/run.mjs';
import { programs } from '../programs/programs.mjs';
import { programSources } from '../programs/sources.mjs';

const here = path.join(repository, 'tests/sight/programs');

/**
 * Resolves with `{folder, inputs}`: where `<program>.<variant>.mjs` is, and what each program runs on.
 * @param {string[]} targets such as 'lua.profiled'
 */
export async function buildSightPrograms(targets) {
  const toolchain = await emscripten();
  const tools = await nativeTools(['cmake', 'ninja']);
  const env = environmentWith(tools, toolchain.env);
  const sources = await programSources();
  const cjson = path.join(cacheFolder(), 'sources', 'cjson-trixie');
  await debianSource({ suite: 'trixie', name: 'cjson', prefix: cjson });
  const folder = path.join(repository, 'build', `sight-${toolchain.version}`);
  await mkdir(folder, { recursive: true });
  await withLock(path.join(folder, '.lock'), 'the programs to be profiled', async () => {
    const settings = [
      `-DCMAKE_TOOLCHAIN_FILE=${toolchain.toolchainFile}`,
      `-DPROGRAMS_SQLITE=${sources.sqlite}`,
      `-DPROGRAMS_LUA=${sources.lua}`,
      `-DPROGRAMS_CJSON=${cjson}`,
    ];
    const args = ['-G', 'Ninja', '-S', here, '-B', folder, ...settings];
    await run('cmake', args, { env, label: 'configuring the programs to be profiled' });
    await run(tools.ninja, ['-C', folder, ...targets], {
      env,
      label: `building ${targets.length}`,
    });
  });
  return { folder, inputs: await programInputs() };
}

const EMPTY = { files: {}, args: () => [], scale: { short: 1, full: 1 } };

/** What each program runs on, by name. */
export async function programInputs() {
  const all = programs(await programSources()).map((program) => [program.name, program]);
  return { ...Object.fromEntries(all), cjson: EMPTY, known: EMPTY, known5: EMPTY };
}

/** The .wasm of a program. */
export const wasmOf = ({ folder }, target) => readFile(path.join(folder, `${target}.wasm`));

/**
 * Runs a program in this process.
 * @param {{folder: string, inputs: object}} built
 * @param {string} target
 * @param {object} [options] for the module's factory; `scale`; `beforeMain`, called before main()
 */
export async function runProgram(built, target, { scale, beforeMain, ...options } = {}) {
  const input = built.inputs[target.split('.')[0]];
  const { default: create } = await import(
    pathToFileURL(path.join(built.folder, `${target}.mjs`)).href
  );
  const lines = [];
  const program = await create({
    print: (line) => lines.push(line),
    printErr: (line) => lines.push(line),
    ...options,
  });
  for (const [name, file] of Object.entries(input.files)) {
    program.FS.writeFile(name, await readFile(file));
  }
  beforeMain?.();
  const start = performance.now();
  const code = program.callMain(input.args(scale ?? input.scale.short));
  return { program, code, output: lines.join('\n'), milliseconds: performance.now() - start };
}
