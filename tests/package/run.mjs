// SPDX-License-Identifier: MIT
// Builds a consumer of heaplet::malloc outside the repository, with many sets of flags, and runs it.
//
//   node tests/package/run.mjs [--all] [--only=NAME,NAME] [--malloc=heaplet::malloc_tiny] [--keep]
//
// --all adds the flags that need system libraries of their own, which Emscripten builds the first
// time. --malloc=dlmalloc runs the same on an allocator of Emscripten's, to tell whose fault it is.

import { cp, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { emscripten } from '../../scripts/emscripten.mjs';
import { environmentWith, nativeTools } from '../../scripts/native-tools.mjs';
import { main, repository, run, say, seconds } from '../../scripts/run.mjs';
import { GROUPS } from './variants.mjs';

const here = path.join(repository, 'tests/package');

await main(import.meta, async (args) => {
  const type = 'string';
  const flag = { type: 'boolean', default: false };
  const options = { all: flag, keep: flag, only: { type }, malloc: { type } };
  const { values } = parseArgs({ args, options });
  const { passed, failed } = await runVariants({ ...values, only: values.only?.split(',') });
  console.log(`${passed} passed, ${failed} failed`);
  if (failed > 0 || passed === 0) process.exitCode = 1;
});

/** Resolves with `{passed, failed}`; prints a line for each variant as it is known. */
export async function runVariants({ all = false, only, malloc, keep = false }) {
  const toolchain = await emscripten();
  const tools = await nativeTools(['cmake', 'ninja']);
  const env = environmentWith(tools, toolchain.env);
  say(
    `consumers of ${malloc ?? 'heaplet::malloc'}, Emscripten ${toolchain.version}, Node ${process.versions.node}`,
  );
  const folder = await mkdtemp(path.join(os.tmpdir(), 'heaplet-consumer-'));
  await cp(path.join(here, 'add-subdirectory'), path.join(folder, 'source'), { recursive: true });

  const results = { passed: 0, failed: 0 };
  const groups = chosenGroups(all, only);
  const next = async () => {
    for (let group = groups.shift(); group; group = groups.shift()) {
      await runGroup(group, { folder, toolchain, env, malloc, results });
    }
  };
  await Promise.all([next(), next()]); // a group is mostly one compiler or linker at a time
  if (keep) say(`built in ${folder}`);
  else await rm(folder, { recursive: true });
  return results;
}

function chosenGroups(all, only) {
  const wanted = ({ slow, name }, group) =>
    only ? only.includes(name) || only.includes(group.name) : all || !(slow || group.slow);
  return GROUPS.map((group) => ({
    ...group,
    variants: group.variants.filter((variant) => wanted(variant, group)),
  })).filter(({ variants }) => variants.length > 0);
}

async function runGroup(group, { folder, toolchain, env, malloc, results }) {
  const build = path.join(folder, group.name);
  const configure = [
    ...['-G', 'Ninja', '-S', path.join(folder, 'source'), '-B', build],
    `-DCMAKE_TOOLCHAIN_FILE=${toolchain.toolchainFile}`,
    `-DCMAKE_C_FLAGS=${group.flags}`,
    `-DCMAKE_CXX_FLAGS=${group.flags}`,
    `-DHEAPLET_FOLDER=${repository}`,
    `-DCONSUMER_MALLOC=${malloc ?? group.malloc ?? 'heaplet::malloc'}`,
    `-DCONSUMER_VARIANTS=${group.variants.map(({ name, options }) => `${name} ${options}`).join(';')}`,
  ];
  const configured = await run('cmake', configure, {
    env,
    allowFailure: true,
    label: `configuring ${group.name}`,
  });
  for (const variant of group.variants) {
    const start = performance.now();
    const built = configured.code
      ? configured
      : await run('ninja', ['-C', build, variant.name], {
          env,
          allowFailure: true,
          label: `building ${variant.name}`,
        });
    const problem = built.code
      ? `does not build\n${built.stdout.slice(-3000)}${built.stderr.slice(-3000)}`
      : await problemOf(variant, build);
    results[problem ? 'failed' : 'passed']++;
    const flags = [group.flags, variant.options].filter(Boolean).join(' ');
    console.log(`${problem ? 'not ok' : 'ok'} ${variant.name} (${seconds(start)}): ${flags}`);
    if (problem) console.log(problem.replace(/^/gm, '    '));
  }
}

async function problemOf({ name, options, runs }, build) {
  const command = options.includes('-sSTANDALONE_WASM')
    ? ['--no-warnings', path.join(here, 'run-standalone.mjs'), `${name}.wasm`]
    : [`${name}.cjs`];
  for (const { args, prints, aborts } of runs) {
    const label = `${name} ${args.join(' ')}`;
    const ended = await run(process.execPath, [...command, ...args], {
      cwd: build,
      allowFailure: true,
      label,
    });
    const said = `${ended.stdout}${ended.stderr}`;
    const right = aborts
      ? ended.code !== 0 && aborts.test(said)
      : ended.code === 0 && prints.test(said);
    if (!right) return `${label}: exit code ${ended.code}\n${said.slice(0, 3000)}`;
  }
  return null;
}
