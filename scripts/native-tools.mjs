// SPDX-License-Identifier: MIT
// The native tools that builds and checks need: the machine's own where they fit, else private ones
// from Debian packages.
//
//   node scripts/native-tools.mjs [tool…]      prints where each is

import { access } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { cacheFolder } from './cache.mjs';
import { debianPackages } from './debian.mjs';
import { relocate } from './relocate.mjs';
import { ScriptError, compareVersions, main, run, which } from './run.mjs';

/** The suite that has LLVM 14, whose formatter and checks the sources are kept to. */
const TOOLS_SUITE = 'bookworm';
const LLVM = 'llvm-14';

const CMAKE_PACKAGES = {
  folder: 'cmake',
  packages: ['cmake', 'ninja-build'],
  assume: ['python3', 'procps'],
};
const LLVM_PACKAGES = {
  folder: LLVM,
  packages: ['clang-14', 'libclang-rt-14-dev', 'clang-format-14', 'clang-tidy-14'],
  assume: [
    'python3',
    'python3-yaml',
    'binutils',
    'libc6-dev',
    'libstdc++-12-dev',
    'libgcc-12-dev',
    'libobjc-12-dev',
  ],
};

// `accepts` says whether a program of the machine will do.
const TOOLS = {
  cmake: {
    names: ['cmake'],
    accepts: (file) => versionIsAtLeast(file, '3.25.0'),
    from: CMAKE_PACKAGES,
    at: 'usr/bin/cmake',
  },
  ninja: { names: ['ninja'], accepts: () => true, from: CMAKE_PACKAGES, at: 'usr/bin/ninja' },
  clang: {
    names: ['clang++-14', 'clang++'],
    accepts: linksFuzzers,
    from: LLVM_PACKAGES,
    at: `usr/lib/${LLVM}/bin/clang++`,
  },
  'clang-format': {
    names: ['clang-format-14', 'clang-format'],
    accepts: isVersion14,
    from: LLVM_PACKAGES,
    at: `usr/lib/${LLVM}/bin/clang-format`,
  },
  'clang-tidy': {
    names: ['clang-tidy-14', 'clang-tidy'],
    accepts: isVersion14,
    from: LLVM_PACKAGES,
    at: `usr/lib/${LLVM}/bin/clang-tidy`,
  },
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

/** `base` with the folders of these tools on PATH, and what the build reads of them. */
export function environmentWith(tools, base = process.env) {
  const { googletest: sources, ...programs } = tools;
  const inherited = (base.PATH ?? '').split(path.delimiter);
  const folders = new Set(Object.values(programs).map((file) => path.dirname(file)));
  const added = [...folders].filter((folder) => !inherited.includes(folder));
  const env = { ...base, PATH: [...inherited, ...added].join(path.delimiter) };
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
  return path.join(await installTools(tool.from), tool.at);
}

async function installTools({ folder: name, packages, assume }) {
  const prefix = path.join(cacheFolder(), name);
  const finish = async (folder) => {
    const programs = [
      ['usr/bin', /^(cmake|ctest|ninja)$/],
      [`usr/lib/${LLVM}/bin`, /^(clang|clang-format|clang-tidy|llvm-symbolizer)$/],
    ];
    await relocate({
      folder,
      prefix,
      programs,
      libraries: /^lib(LLVM|clang).*\.so/,
      searched: [`usr/lib/${LLVM}/lib`],
    });
  };
  await debianPackages({ suite: TOOLS_SUITE, packages, prefix, assume, finish });
  return prefix;
}

async function googletest() {
  const system = path.join('/', GOOGLETEST);
  if (
    await access(path.join(system, 'CMakeLists.txt')).then(
      () => true,
      () => false,
    )
  )
    return system;
  const prefix = path.join(cacheFolder(), 'googletest');
  await debianPackages({
    suite: TOOLS_SUITE,
    packages: ['googletest'],
    withDependencies: false,
    prefix,
  });
  return path.join(prefix, GOOGLETEST);
}

async function versionIsAtLeast(file, lowest) {
  return compareVersions(await versionOf(file), lowest) >= 0;
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
