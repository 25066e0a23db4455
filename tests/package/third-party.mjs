// SPDX-License-Identifier: MIT
// Libraries with build systems and test suites of their own, from Debian's sources, switched to
// heaplet by one flag: --use-port in the linker's flags.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder } from '../../scripts/cache.mjs';
import { debianSource } from '../../scripts/debian.mjs';
import { environmentWith, nativeTools } from '../../scripts/native-tools.mjs';
import { run } from '../../scripts/run.mjs';

const SUITE = 'trixie';

// What the test suites need of Emscripten, whatever the allocator: buffers of 2 GB, a deep stack, and
// the files beside them.
export const PROJECTS = [
  {
    name: 'Expat, emcmake',
    source: 'expat',
    flags: '-sALLOW_MEMORY_GROWTH -sMAXIMUM_MEMORY=4GB -sSTACK_SIZE=1MB',
    commands: ({ source, flags, root }) => [
      [
        path.join(root, 'emcmake'),
        ...['cmake', '-G', 'Ninja', '-S', path.join(source, 'expat'), '-B', '.'],
        ...['-DCMAKE_BUILD_TYPE=Release', '-DEXPAT_SHARED_LIBS=OFF'],
        `-DCMAKE_EXE_LINKER_FLAGS=${flags}`,
      ],
      ['ninja', 'runtests'],
      [process.execPath, 'tests/runtests.js'],
    ],
    prints: /^100%: Checks: \d+, Failed: 0$/m,
  },
  {
    // Of its three suites, that of pcre2grep is left out: it wants locales that Emscripten lacks.
    name: 'PCRE2, emconfigure',
    source: 'pcre2',
    // As emconfigure has it for its own: programs that can be started by their names, in any Emscripten.
    variables: { EMMAKEN_JUST_CONFIGURE: '1' },
    flags: '-sALLOW_MEMORY_GROWTH -sNODERAWFS -sSTACK_SIZE=8MB',
    commands: ({ source, flags, root }) => [
      [
        path.join(root, 'emconfigure'),
        ...[path.join(source, 'configure'), '--disable-shared', `LDFLAGS=${flags}`],
      ],
      [path.join(root, 'emmake'), 'make', '-j2'],
      ['make', 'check', 'TESTS=pcre2posix_test RunTest'],
    ],
    prints: /^# PASS: +2$/m,
  },
];

/** One consumer for each project, of one Emscripten. */
export async function thirdParty(workshop, toolchain) {
  const tools = await nativeTools(['cmake', 'ninja']);
  const env = environmentWith(tools, toolchain.env);
  return PROJECTS.map((project) => ({
    name: project.name,
    run: () => build(project, workshop, { ...toolchain, env }),
  }));
}

async function build(project, workshop, toolchain) {
  const { name, source, flags, commands, prints, variables } = project;
  const { root, version } = toolchain;
  const env = { ...toolchain.env, ...variables };
  const prefix = path.join(cacheFolder(), 'sources', `${source}-${SUITE}`);
  await debianSource({ suite: SUITE, name: source, prefix });
  const folder = await workshop.project(`${name.replace(/\W+/g, '-')}-${version}`);
  const port = path.join(folder, 'node_modules/heaplet/ports/heaplet.py');
  const cwd = path.join(folder, 'build');
  await mkdir(cwd);
  // Emscripten's programs are CommonJS, and the folder above is of modules.
  await writeFile(path.join(cwd, 'package.json'), '{ "type": "commonjs" }');
  let said = '';
  const all = commands({ source: prefix, root, flags: `--use-port=${port} ${flags}` });
  for (const [command, ...args] of all) {
    const ended = await run(command, args, { cwd, env, allowFailure: true, label: name });
    said = ended.stdout + ended.stderr;
    if (ended.code !== 0) return `${command} ${args.join(' ')}\nexit code ${ended.code}\n${said}`;
  }
  return prints.test(said) ? null : said;
}
