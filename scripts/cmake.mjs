// SPDX-License-Identifier: MIT
// Configures, builds and tests one of the presets of CMakePresets.json, with every tool that it needs.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { withLock } from './cache.mjs';
import { emscripten } from './emscripten.mjs';
import { environmentWith, nativeTools } from './native-tools.mjs';
import { ScriptError, repository, run, which } from './run.mjs';

const JOBS = `${os.availableParallelism()}`;

/**
 * Builds a preset, or only `targets` of it: `{folder, env}`. A wasm preset gets a folder for each
 * Emscripten version, so that changing between two of them builds nothing again.
 */
export async function buildPreset(preset, { targets = [], settings = {}, choice } = {}) {
  const { folder, env, configureArgs } = await prepare(preset, settings, choice);
  await mkdir(folder, { recursive: true });
  await withLock(`${folder}.lock`, `the build in ${folder}`, async () => {
    await configure(folder, env, configureArgs);
    const wanted = targets.length > 0 ? ['--target', ...targets] : [];
    const args = ['--build', folder, '--parallel', JOBS, ...wanted];
    await run('cmake', args, { cwd: repository, env, label: `building ${path.basename(folder)}` });
  });
  return { folder, env };
}

/**
 * Runs what ctest knows in a built folder, or what matches the pattern `only` of it:
 * `{passed, failed, problem?}`; prints what failed.
 */
export async function ctest({ folder, env }, { only } = {}) {
  const report = path.join(folder, 'ctest.xml');
  const args = ['--test-dir', folder, '--parallel', JOBS, '--output-on-failure'];
  if (only) args.push('--tests-regex', only);
  const label = `testing ${path.basename(folder)}`;
  await rm(report, { force: true });
  const result = await run('ctest', [...args, '--output-junit', report], {
    env,
    label,
    allowFailure: true,
  });
  if (result.code !== 0)
    process.stdout.write(result.stdout.replace(/^.* Passed .*\n/gm, '') + result.stderr);
  const counts = junitCounts(await readFile(report, 'utf8').catch(() => ''));
  if (result.code !== 0 && counts.failed === 0) counts.problem = `ctest: exit code ${result.code}`;
  if (counts.passed + counts.failed > 0) return counts;
  throw new ScriptError(`ctest ran no test in ${folder}`, 'see the CMakeLists.txt files of tests/');
}

/** A skipped or disabled test is neither passed nor failed. */
export function junitCounts(xml) {
  const count = (name) =>
    Number(new RegExp(`<testsuite[^>]*\\s${name}="(\\d+)"`).exec(xml)?.[1] ?? 0);
  const failed = count('failures');
  return { passed: count('tests') - failed - count('skipped') - count('disabled'), failed };
}

async function prepare(preset, settings, choice) {
  const isWasm = preset.startsWith('wasm');
  const tools = await nativeTools(['cmake', 'ninja', 'googletest']);
  const definitions = { HEAPLET_GOOGLETEST: tools.googletest, ...settings };
  if (preset === 'fuzz') definitions.CMAKE_CXX_COMPILER = (await nativeTools(['clang'])).clang;
  if (!isWasm && preset !== 'fuzz' && !which('c++')) {
    throw new ScriptError('no C++ compiler is on PATH (c++)', 'install g++');
  }
  const toolchain = isWasm ? await emscripten({ choice }) : null;
  const name = toolchain ? `${preset}-${toolchain.version}` : preset;
  const folder = path.join(repository, 'build', name);
  const defined = Object.entries(definitions).map(([key, value]) => `-D${key}=${value}`);
  return {
    folder,
    env: environmentWith(tools, toolchain?.env ?? process.env),
    configureArgs: ['--preset', preset, '-B', folder, ...defined],
  };
}

// The build itself configures again when a CMakeLists.txt changes. Other arguments, or a configuration
// that broke off, need a fresh start.
async function configure(folder, env, args) {
  const stamp = path.join(folder, 'configured-with.txt');
  const wanted = [env.EMSCRIPTEN_ROOT ?? '', ...args].join('\n');
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return;
  const label = `configuring ${path.basename(folder)}`;
  await run('cmake', ['--fresh', ...args], { cwd: repository, env, label });
  await writeFile(stamp, wanted);
}
