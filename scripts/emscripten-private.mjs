// SPDX-License-Identifier: MIT
// A private Emscripten made of Debian packages. Python and Node are the machine's; all else, libc
// included, is of the suite that it comes from.

import { access, mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder, withLock } from './cache.mjs';
import { debianPackages } from './debian.mjs';
import { onlyMatch, relocate } from './relocate.mjs';
import { ScriptError, run, say, seconds } from './run.mjs';

// The machine's own stand in for these; nothing in emcc needs a native C++ toolchain or ccache.
const ASSUMED = ['python3', 'nodejs', 'ccache', 'binutils', 'libc6-dev', 'media-types'];
const UNNEEDED =
  /^(binutils-.*|lib(gcc|stdc\+\+|objc)-\d+-dev|linux-libc-dev|lib(asan|tsan|lsan|ubsan|hwasan|itm|gomp|quadmath)\d+)$/;

// What a first ordinary link would otherwise build. An allocator is part of the link line, so each
// has a library of its own. Variants for debugging, exceptions or threads cost a minute each and are
// left to the link that asks for them.
const WARM_UP_LINKS = [
  ['emcc', 'a.c', '-O2', '-sMALLOC=dlmalloc'],
  ['emcc', 'a.c', '-O2', '-sMALLOC=emmalloc'],
  ['emcc', 'a.c', '-O2', '-sMALLOC=mimalloc'],
  ['emcc', 'a.c', '-Oz'],
  ['em++', 'a.cpp', '-O2'],
];

/** Installs the Emscripten of a Debian suite: `{prefix, version}`. */
export async function installPrivateEmscripten(suite) {
  await checkMachine();
  const prefix = path.join(cacheFolder(), `emscripten-${suite}`);
  const { version } = await debianPackages({
    suite,
    packages: ['emscripten'],
    prefix,
    assume: ASSUMED,
    exclude: UNNEEDED,
    what: `Emscripten from Debian ${suite} (a few hundred MB)`,
    finish: (folder, { versions }) => makeRunnable({ folder, prefix, versions }),
  });
  return { prefix, version };
}

/** The environment in which the private Emscripten's programs are called. */
export async function privateEnvironment(prefix) {
  const env = { ...process.env, EM_CONFIG: path.join(prefix, 'emscripten.config') };
  for (const name of ['EM_CACHE', 'EM_LLVM_ROOT', 'EM_BINARYEN_ROOT', 'EM_NODE_JS', 'EMSDK'])
    delete env[name];
  env.PATH = [path.join(prefix, 'usr/share/emscripten'), process.env.PATH].join(path.delimiter);
  return env;
}

const WARM_UP_SOURCES = {
  'a.c': 'int puts(const char*);\nint main(void) { return puts("C") < 0; }\n',
  'a.cpp': '#include <iostream>\nint main() { std::cout << "C++" << std::endl; }\n',
};

/** Builds the system libraries that ordinary links need, once. */
export async function warmUp(prefix, env) {
  const stamp = path.join(prefix, '.libraries-complete');
  if (await exists(stamp)) return;
  await withLock(`${prefix}.lock`, "Emscripten's system libraries", async () => {
    if (await exists(stamp)) return;
    const start = performance.now();
    say("preparing Emscripten's system libraries (once; about a minute)");
    const work = path.join(prefix, 'warm-up');
    await mkdir(work, { recursive: true });
    for (const [name, content] of Object.entries(WARM_UP_SOURCES)) {
      await writeFile(path.join(work, name), content);
    }
    for (const command of WARM_UP_LINKS) await linkAndRun(command, { prefix, work, env });
    await writeFile(stamp, '');
    say(`  done: system libraries (${seconds(start)})`);
  });
}

async function linkAndRun([compiler, ...args], { prefix, work, env }) {
  const label = `${compiler} ${args.join(' ')}`;
  say(`  ${label}`);
  const program = path.join(prefix, 'usr/share/emscripten', compiler);
  await run(program, [...args, '-o', 'a.js'], { cwd: work, env, label });
  await run(process.execPath, ['a.js'], { cwd: work, label: `running what ${label} made` });
}

async function checkMachine() {
  const python = await run('python3', ['-c', 'import sys; print(sys.version_info >= (3, 10))'], {
    allowFailure: true,
  }).catch(() => null);
  if (python?.stdout.trim() === 'True') return;
  throw new ScriptError(
    'python3 of at least 3.10 is not on PATH; Emscripten is written in it',
    'install python3',
  );
}

async function makeRunnable({ folder, prefix, versions }) {
  const share = path.join(folder, 'usr/share');
  const version = /\d+\.\d+\.\d+/.exec(
    await readFile(path.join(share, 'emscripten/emscripten-version.txt'), 'utf8'),
  )[0];
  const llvm = await onlyMatch(path.join(folder, 'usr/lib'), /^llvm-\d+$/);
  await relocate({
    folder,
    prefix,
    programs: [
      [path.join('usr/lib', llvm, 'bin'), /./],
      ['usr/bin', /^wasm(-|2js)/],
    ],
    libraries: /^lib(LLVM|clang|binaryen).*\.so/,
    searched: [path.join('usr/lib', llvm, 'lib')],
  });
  // emcc's JavaScript optimiser finds acorn by walking up from its own folder.
  if (!(await exists(path.join(share, 'node_modules'))))
    await symlink('nodejs', path.join(share, 'node_modules'));
  // Some of Debian's versions come with their system libraries built.
  const libraries = path.join(share, 'emscripten/cache');
  if (await exists(libraries)) await rename(libraries, path.join(folder, 'cache'));
  await writeFile(path.join(folder, 'emscripten.config'), emscriptenConfig(prefix, llvm));
  return { version, llvm, packages: Object.keys(versions).length };
}

function emscriptenConfig(prefix, llvm) {
  const settings = {
    LLVM_ROOT: path.join(prefix, 'usr/lib', llvm, 'bin'),
    BINARYEN_ROOT: path.join(prefix, 'usr'),
    NODE_JS: process.execPath,
    CACHE: path.join(prefix, 'cache'),
    // Debian's emcc would call clang-NN; the folder above holds plain names.
    LLVM_ADD_VERSION: '',
    CLANG_ADD_VERSION: '',
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`)
    .join('');
}

function exists(file) {
  return access(file).then(
    () => true,
    () => false,
  );
}
