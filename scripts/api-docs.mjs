// SPDX-License-Identifier: MIT
// npm run docs: the API references, generated from the sources, in build/api. What the generators
// warn of is a failure.
//
//   build/api/js/     TypeDoc, from the declarations of the package's entries
//   build/api/cpp/    Doxygen, from include/heaplet

import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { nativeTools } from './native-tools.mjs';
import { nodeModules } from './node-modules.mjs';
import { main, repository, run, say } from './run.mjs';

const target = path.join(repository, 'build/api');

await main(import.meta, async () => {
  await rm(target, { recursive: true, force: true });
  await mkdir(path.join(target, 'cpp'), { recursive: true });
  const results = [await typedoc(), await doxygen()];
  const problems = results.filter(Boolean);
  for (const problem of problems) say(problem);
  say(`in ${target}: js/index.html and cpp/html/index.html`);
  console.log(`${results.length - problems.length} passed, ${problems.length} failed`);
  if (problems.length > 0) process.exitCode = 1;
});

async function typedoc() {
  const files = ['index', 'slim', 'raw', 'shared', 'sight/index'];
  const entries = files.flatMap((name) => ['--entryPoints', `js/${name}.js`]);
  const program = path.join(await nodeModules(), 'typedoc');
  const args = [
    ...entries,
    ...['--tsconfig', 'tsconfig.json', '--out', path.join(target, 'js'), '--name', 'heaplet'],
    ...['--readme', 'none', '--excludeInternal', '--treatWarningsAsErrors'],
    // What the entries mention and do not export is described, too.
    ...['--plugin', 'typedoc-plugin-missing-exports', '--internalModule', 'types'],
    ...['--disableSources', '--logLevel', 'Warn'],
  ];
  const { code, stdout, stderr } = await run(program, args, options('TypeDoc'));
  return code === 0 ? '' : `TypeDoc:\n${stdout}${stderr}`;
}

function options(label) {
  return { cwd: repository, label, allowFailure: true };
}

async function doxygen() {
  const { doxygen: program } = await nativeTools(['doxygen']);
  const settings = {
    PROJECT_NAME: 'heaplet',
    INPUT: 'include/heaplet',
    FILE_PATTERNS: '*.hpp *.h',
    RECURSIVE: 'YES',
    EXCLUDE: 'include/heaplet/detail',
    EXCLUDE_SYMBOLS: 'heaplet::detail*',
    OUTPUT_DIRECTORY: path.join(target, 'cpp'),
    STRIP_FROM_PATH: repository,
    GENERATE_LATEX: 'NO',
    EXTRACT_ALL: 'YES',
    QUIET: 'YES',
    WARN_AS_ERROR: 'FAIL_ON_WARNINGS',
    HAVE_DOT: 'NO',
  };
  const input = Object.entries(settings)
    .map(([key, value]) => `${key} = ${value}`)
    .join('\n');
  const { code, stdout, stderr } = await run(program, ['-'], { ...options('Doxygen'), input });
  return code === 0 ? '' : `Doxygen:\n${stdout}${stderr}`;
}
