// SPDX-License-Identifier: MIT
// The native tools that builds and checks need: the machine's own where they fit, else private ones
// from Debian packages.
//
//   node scripts/native-tools.mjs [tool…]      prints where each is

import { existsSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { cacheFolder } from './cache.mjs';
import { debianPackages } from './debian.mjs';
import { relocate } from './relocate.mjs';
import { ScriptError, compareVersions, main, run, which } from './run.mjs';

/** The suite that has LLVM 14, whose formatter and checks the sources are kept to. */
const TOOLS_SUITE = 'bookworm';
const LLVM = 'llvm-14';

// `programs` of `folder` are the ones that are made to run.
const CMAKE_PACKAGES = {
  name: 'cmake',
  packages: ['cmake', 'ninja-build'],
  assume: ['python3', 'procps'],
  folder: 'usr/bin',
  programs: ['cmake', 'ctest', 'ninja'],
};
const DOXYGEN_PACKAGES = {
  name: 'doxygen',
  packages: ['doxygen'],
  assume: ['python3'],
  folder: 'usr/bin',
  programs: ['doxygen'],
};
const CLANG_NEEDS = [
  'binutils',
  'libc6-dev',
  'libstdc++-12-dev',
  'libgcc-12-dev',
  'libobjc-12-dev',
];
const LLVM_PACKAGES = {
  name: LLVM,
  packages: ['clang-14', 'libclang-rt-14-dev', 'clang-format-14', 'clang-tidy-14'],
  assume: ['python3', 'python3-yaml', ...CLANG_NEEDS],
  folder: `usr/lib/${LLVM}/bin`,
  programs: ['clang', 'clang++', 'clang-format', 'clang-tidy', 'llvm-symbolizer'],
};

// `names` are tried on PATH; `accepts` says whether such a program will do.
const TOOLS = {
  cmake: { names: ['cmake'], accepts: isCmake, from: CMAKE_PACKAGES },
  ninja: { names: ['ninja'], accepts: () => true, from: CMAKE_PACKAGES },
  clang: { names: ['clang++-14', 'clang++'], accepts: linksFuzzers, from: LLVM_PACKAGES },
  doxygen: { names: ['doxygen'], accepts: () => true, from: DOXYGEN_PACKAGES },
  'clang-format': { names: versioned('clang-format'), accepts: isVersion14, from: LLVM_PACKAGES },
  'clang-tidy': { names: versioned('clang-tidy'), accepts: isVersion14, from: LLVM_PACKAGES },
};

export const TOOL_NAMES = [...Object.keys(TOOLS), 'googletest'];

/** Where Debian's package of GoogleTest's sources puts them. */
const GOOGLETEST = 'usr/src/googletest';

/**
 * Resolves with the full path of each tool asked for, e.g. `{cmake: '/usr/bin/cmake'}`. Names are
 * cmake, ninja, clang (clang++ that can link libFuzzer), clang-format, clang-tidy, and googletest
 * (the folder of its sources).
 */
export async function nativeTools(names) {
  const found = {};
  for (const name of names)
    found[name] = name === 'googletest' ? await googletest() : await program(name);
  return found;
}

/** `base` with the private ones among these tools first on PATH, and what the build reads of them. */
export function environmentWith(tools, base = process.env) {
  const { googletest: sources, ...programs } = tools;
  const folders = new Set(Object.values(programs).map((file) => path.dirname(file)));
  const added = [...folders].filter((folder) => folder.startsWith(cacheFolder()));
  const env = { ...base, PATH: [...added, base.PATH].join(path.delimiter) };
  if (sources) env.HEAPLET_GOOGLETEST = sources;
  return env;
}

async function program(name) {
  const tool = TOOLS[name];
  if (!tool) throw new ScriptError(`no tool is called ${name}`, `one of ${TOOL_NAMES.join(', ')}`);
  for (const candidate of tool.names) {
    const file = which(candidate);
    if (file && (await tool.accepts(file))) return file;
  }
  const folder = await installTools(tool.from);
  return path.join(folder, name === 'clang' ? 'clang++' : name);
}

/** Resolves with a folder that holds these programs and no others, fit for PATH. */
async function installTools({ name, packages, assume, folder: where, programs }) {
  const prefix = path.join(cacheFolder(), name);
  const finish = async (folder) => {
    const pattern = new RegExp(`^(${programs.join('|').replaceAll('+', '\\+')})$`);
    await relocate({
      folder,
      prefix,
      programs: [[where, pattern]],
      libraries: /^lib(LLVM|clang).*\.so/,
      searched: [`usr/lib/${LLVM}/lib`],
    });
    await mkdir(path.join(folder, 'tools'));
    for (const file of programs) {
      await symlink(path.join('..', where, file), path.join(folder, 'tools', file));
    }
  };
  await debianPackages({ suite: TOOLS_SUITE, packages, prefix, assume, finish });
  return path.join(prefix, 'tools');
}

async function googletest() {
  const system = path.join('/', GOOGLETEST);
  if (existsSync(path.join(system, 'CMakeLists.txt'))) return system;
  const prefix = path.join(cacheFolder(), 'googletest');
  const packages = ['googletest'];
  await debianPackages({ suite: TOOLS_SUITE, packages, withDependencies: false, prefix });
  return path.join(prefix, GOOGLETEST);
}

function versioned(name) {
  return [`${name}-14`, name];
}

async function isCmake(file) {
  return compareVersions(await versionOf(file), '3.25.0') >= 0;
}

async function isVersion14(file) {
  return (await versionOf(file)).startsWith('14.');
}

async function versionOf(file) {
  const { stdout } = await run(file, ['--version'], { allowFailure: true });
  return /\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? '0.0.0';
}

/** Whether this clang++ has the run-time libraries of libFuzzer and the sanitizers. */
async function linksFuzzers(file) {
  const source =
    '#include <cstddef>\nextern "C" int LLVMFuzzerTestOneInput(const unsigned char*, std::size_t) { return 0; }\n';
  const args = ['-fsanitize=fuzzer,address,undefined', '-x', 'c++', '-', '-o', os.devNull];
  return (await run(file, args, { input: source, allowFailure: true })).code === 0;
}

await main(import.meta, async (args) => {
  const tools = await nativeTools(args.length > 0 ? args : TOOL_NAMES);
  for (const [name, file] of Object.entries(tools)) process.stdout.write(`${name}\t${file}\n`);
});
