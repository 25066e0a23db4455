// SPDX-License-Identifier: MIT
// The ways to link heaplet into an Emscripten program, each a project of its own: made outside the
// repository from the packed tarball, built and run.

import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { newestNode } from '../../bench/lib/newest-node.mjs';
import { LOWEST_VERSION } from '../../scripts/emscripten.mjs';
import { environmentWith, nativeTools } from '../../scripts/native-tools.mjs';
import { repository, run } from '../../scripts/run.mjs';

const here = path.join(repository, 'tests/package/cpp');
const PRINTS = 'heap sound, 100000 words, malloc heaplet\n';
const FLAGS = ['-std=c++20', '-O1', '-sALLOW_MEMORY_GROWTH'];
const PACKAGE = 'node_modules/heaplet';

// `args` are those of the one command; `cmake` those of configuring a project. `fast` are
// those of the short form, by the lowest Emscripten; the guides say the same of the newest.
// `newest`: by the newest Emscripten alone, and run by the newest Node, as wasm64 is.
// `row: false` is a check of ours that says nothing to users.
export const CPP_CONSUMERS = [
  { name: 'find_package, installed', from: 'find-package', cmake: installed },
  { name: 'find_package, node_modules', from: 'find-package-npm', cmake: () => [], fast: true },
  { name: 'add_subdirectory, node_modules', from: 'add-subdirectory-npm', cmake: () => [] },
  {
    name: 'FetchContent, tarball',
    from: 'fetch-content',
    cmake: ({ tarball }) => [`-DHEAPLET_TARBALL=${tarball}`],
  },
  { name: '--use-port', fast: true, args: () => [`--use-port=${PACKAGE}/ports/heaplet.py`] },
  { name: '--use-port, tiny', args: () => [`--use-port=${PACKAGE}/ports/heaplet.py:malloc=tiny`] },
  {
    name: '--use-port, -pthread',
    fast: true,
    args: () => ['-pthread', `--use-port=${PACKAGE}/ports/heaplet.py`],
  },
  {
    name: '--use-port, -sWASM_WORKERS',
    fast: true,
    args: () => ['-sWASM_WORKERS', `--use-port=${PACKAGE}/ports/heaplet.py`],
  },
  {
    name: '--use-port, debug',
    args: () => ['--profiling-funcs', `--use-port=${PACKAGE}/ports/heaplet.py:malloc=debug`],
  },
  {
    name: '--use-port, hardened',
    fast: true,
    args: () => [`--use-port=${PACKAGE}/ports/heaplet.py:malloc=hardened`],
  },
  {
    name: '--use-port, hardened, -pthread',
    args: () => ['-pthread', `--use-port=${PACKAGE}/ports/heaplet.py:malloc=hardened`],
  },
  ...['default', 'hardened', 'debug'].map((malloc) => ({
    name: malloc === 'default' ? '--use-port, -m64' : `--use-port, ${malloc}, -m64`,
    newest: true,
    args: () => [
      ...['-m64', '--profiling-funcs'],
      `--use-port=${PACKAGE}/ports/heaplet.py:malloc=${malloc}`,
    ],
  })),
  {
    name: 'find_package, -m64',
    newest: true,
    from: 'find-package-npm',
    cmake: () => ['-DCMAKE_CXX_FLAGS=-m64'],
  },
  {
    name: '--use-port, profiler',
    args: () => [`--use-port=${PACKAGE}/ports/heaplet.py:profiler=1`],
  },
  {
    name: 'find_package, -pthread',
    from: 'find-package-npm',
    cmake: () => ['-DCMAKE_CXX_FLAGS=-pthread'],
  },
  {
    name: 'find_package, -sWASM_WORKERS',
    from: 'find-package-npm',
    cmake: () => ['-DCMAKE_CXX_FLAGS=-sWASM_WORKERS'],
  },
  {
    name: 'flags alone',
    args: () => [
      ...[`-I${PACKAGE}/include`, `-L${PACKAGE}/dist/lib/wasm32`],
      ...['-lheaplet', '-lheaplet_malloc', '-sMALLOC=none'],
    ],
  },
  { name: 'pkg-config', args: pkgConfig },
  // Says that the program can tell whose malloc it has.
  {
    name: 'without heaplet::malloc',
    row: false,
    args: () => withoutMalloc(),
    prints: /malloc another\n$/,
  },
];

/** The consumers of one Emscripten: `{name, run}` each, whose run resolves with a problem or null. */
export async function cppConsumers(workshop, toolchain) {
  const tools = await nativeTools(['cmake', 'ninja']);
  const env = environmentWith(tools, toolchain.env);
  const known = CPP_CONSUMERS.filter(
    ({ newest }) => !newest || toolchain.version !== LOWEST_VERSION,
  );
  return known.map((consumer) => ({
    ...{ name: consumer.name, row: consumer.row, fast: consumer.fast },
    run: () => build(consumer, { ...workshop, toolchain, env }),
  }));
}

async function build({ name, from, cmake, args, prints, newest }, context) {
  const { env, toolchain, project } = context;
  const folder = await project(
    `${name.replace(/\W+/g, '-')}-${toolchain.version}`,
    from && path.join(here, from),
  );
  await copyFile(path.join(here, 'app.cpp'), path.join(folder, 'app.cpp'));
  const commands = cmake
    ? [
        [
          path.join(toolchain.root, 'emcmake'),
          ...['cmake', '-G', 'Ninja', '-S', '.', '-B', 'build', '-DCMAKE_BUILD_TYPE=Release'],
          ...(await cmake({ ...context, folder })),
        ],
        ['cmake', '--build', 'build'],
      ]
    : [[toolchain.emxx, ...FLAGS, 'app.cpp', '-o', 'app.cjs', ...(await args({ env, folder }))]];
  for (const [command, ...rest] of commands) {
    const { code, stdout, stderr } = await run(command, rest, {
      ...{ cwd: folder, env, allowFailure: true, label: name },
    });
    if (code !== 0) return `${command} ${rest.join(' ')}\n${stdout}${stderr}`;
  }
  // Emscripten's JavaScript is a CommonJS program; in a package of modules its name must say so.
  if (cmake) await copyFile(path.join(folder, 'build/app.js'), path.join(folder, 'build/app.cjs'));
  const program = cmake ? 'build/app.cjs' : 'app.cjs';
  const node = newest ? await newestNode() : process.execPath;
  const { code, stdout, stderr } = await run(node, [program], {
    ...{ cwd: folder, allowFailure: true },
  });
  const right = prints ? prints.test(stdout) : code === 0 && stdout === PRINTS;
  return right ? null : `exit code ${code}\n${stdout}${stderr}`;
}

/** Installs heaplet from its tarball under a prefix: what a distribution would do. */
async function installed({ env, folder, toolchain }) {
  const build = path.join(folder, 'heaplet-build');
  const prefix = path.join(folder, 'prefix');
  const options = { cwd: folder, env, label: 'installing heaplet' };
  await mkdir(prefix);
  await run(
    path.join(toolchain.root, 'emcmake'),
    [
      ...['cmake', '-G', 'Ninja', '-S', PACKAGE, '-B', build],
      ...['-DCMAKE_BUILD_TYPE=Release', `-DCMAKE_INSTALL_PREFIX=${prefix}`],
    ],
    options,
  );
  await run('cmake', ['--build', build, '--target', 'install'], options);
  return [`-Dheaplet_DIR=${prefix}/lib/cmake/heaplet`];
}

async function pkgConfig({ env, folder }) {
  const { stdout } = await run('pkg-config', ['--cflags', '--libs', 'heaplet', 'heaplet-malloc'], {
    cwd: folder,
    env: { ...env, PKG_CONFIG_PATH: path.join(folder, PACKAGE, 'dist/lib/wasm32/pkgconfig') },
    hint: 'install pkgconf',
  });
  return stdout.trim().split(/\s+/);
}

const withoutMalloc = () => [`--use-port=${PACKAGE}/ports/heaplet.py:malloc=none`];
