// SPDX-License-Identifier: MIT
// npm run lint: formatting of C, C++ and JavaScript. npm run format: the same, put right.
//
//   node scripts/lint.mjs [--fix] [--tidy]     --tidy adds clang-tidy

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { buildPreset } from './cmake.mjs';
import { nativeTools } from './native-tools.mjs';
import { nodeModules } from './node-modules.mjs';
import { main, repository, run, say } from './run.mjs';

const CXX = /\.(c|h|cpp|hpp)$/;
const SCRIPTS = /(\.(js|mjs|cjs|ts|json)|\.prettierrc)$/;

/** Files of the repository, also those not yet added to git, that match. */
export async function sourceFiles(pattern) {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const { stdout } = await run('git', args, { cwd: repository });
  const { stdout: deleted } = await run('git', ['ls-files', '-z', '--deleted'], {
    cwd: repository,
  });
  const gone = new Set(deleted.split('\0'));
  return stdout.split('\0').filter((file) => file && !gone.has(file) && pattern.test(file));
}

/** Resolves with the number of tools that found something. */
export async function checkFormat({ fix = false } = {}) {
  const { 'clang-format': clangFormat } = await nativeTools(['clang-format']);
  const prettier = path.join(await nodeModules(), 'prettier');
  const cxx = await sourceFiles(CXX);
  const scripts = await sourceFiles(SCRIPTS);
  const clangArgs = fix ? ['-i'] : ['--dry-run', '-Werror'];
  const prettierArgs = fix ? ['--write', '--log-level=warn'] : ['--check', '--log-level=warn'];
  return (
    (await finds('clang-format', clangFormat, [...clangArgs, ...cxx], cxx.length)) +
    (await finds('prettier', prettier, [...prettierArgs, ...scripts], scripts.length))
  );
}

/**
 * clang-tidy over the sources of the native build. src/malloc is for wasm alone, and a clang-tidy
 * that matches its compiler is not packaged; the compiler's own warnings must do there.
 */
export async function checkTidy() {
  const { 'clang-tidy': clangTidy } = await nativeTools(['clang-tidy']);
  const { folder } = await buildPreset('dev', { targets: ['heaplet'] });
  const commands = JSON.parse(await readFile(path.join(folder, 'compile_commands.json'), 'utf8'));
  const ours = path.join(repository, 'src');
  const files = commands.map(({ file }) => file).filter((file) => file.startsWith(ours));
  const waiting = [...files];
  let problems = 0;
  const next = async () => {
    for (let file = waiting.pop(); file; file = waiting.pop()) {
      const name = path.relative(repository, file);
      // gcc's own warning options are not clang's.
      const args = ['-p', folder, '--quiet', '--extra-arg=-Wno-unknown-warning-option', file];
      problems += await finds(`clang-tidy ${name}`, clangTidy, args, 1);
    }
  };
  await Promise.all([next(), next()]);
  return { files: files.length, problems };
}

async function finds(label, command, args, files) {
  if (files === 0) return 0;
  const options = { cwd: repository, label, allowFailure: true };
  const { code, stdout, stderr } = await run(command, args, options);
  if (code === 0) return 0;
  say(stdout + readable(stderr));
  say(`${label} finds fault`);
  return 1;
}

/** Only the names of badly formatted files, and none of clang-tidy's counts of other findings. */
function readable(stderr) {
  const badlyFormatted = [
    ...stderr.matchAll(/^(.*?):\d+:\d+: error: code should be clang-formatted/gm),
  ];
  if (badlyFormatted.length > 0)
    return [...new Set(badlyFormatted.map(([, file]) => file))].join('\n');
  return stderr.replace(/^\d+ warnings.*\n|^Suppressed.*\n|^Use -header.*\n/gm, '').trimEnd();
}

await main(import.meta, async (args) => {
  let problems = await checkFormat({ fix: args.includes('--fix') });
  if (args.includes('--tidy')) problems += (await checkTidy()).problems;
  if (problems === 0) return say('lint: nothing found');
  say('formatting is put right by: npm run format');
  process.exitCode = 1;
});
