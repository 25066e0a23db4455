// SPDX-License-Identifier: MIT
// The consumers of the npm package that need no browser: runtimes, type checkers, test runners, and
// what looks at the package itself.

import { copyFile, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { repository, run } from '../../scripts/run.mjs';

const here = path.join(repository, 'tests/package/npm');

/** What tests/package/npm/program.js says. */
export const LINE = '42 shared 2 E0382 0';

/** Bytes of the packed tarball. Raise it in the commit that needs it, with the reason. */
const TARBALL_BUDGET = 900_000;

// `prints` is what the command's stdout must match; where it is left out, the exit code decides.
const line = new RegExp(`^${LINE}\n$`);
export const NPM_CONSUMERS = [
  { name: 'Node 20', tool: 'node', from: 'node', args: ['main.mjs'], prints: line },
  { name: 'Node, newest', tool: 'newest node', from: 'node', args: ['main.mjs'], prints: line },
  {
    ...{ name: 'Node, newest, wasm64', tool: 'newest node', from: 'node' },
    args: ['wasm64.mjs'],
    prints: /^42 true\n$/,
  },
  {
    ...{ name: 'Deno', tool: 'deno', from: 'node' },
    args: ['run', '--allow-read', 'main.mjs'],
    prints: line,
  },
  { name: 'Bun', tool: 'bun', from: 'node', args: ['run', 'main.mjs'], prints: line },
  {
    ...{ name: 'TypeScript, strict, node16', tool: 'tsc', from: 'typescript' },
    args: ['-p', 'tsconfig.node16.json'],
  },
  {
    ...{ name: 'TypeScript, strict, bundler', tool: 'tsc', from: 'typescript' },
    args: ['-p', 'tsconfig.bundler.json'],
  },
  {
    ...{ name: 'the command, npx heaplet', tool: 'npx' },
    args: ['heaplet', '--help'],
    prints: /heaplet/,
  },
  { name: 'Jest', tool: 'jest', from: 'jest', args: [] },
  { name: 'Vitest', tool: 'vitest', from: 'vitest', args: ['run'] },
  {
    ...{ name: 'publint', tool: 'publint' },
    args: ({ tarball }) => [tarball, '--strict'],
    prints: /All good!/,
  },
  {
    ...{ name: 'are the types wrong', tool: 'attw' },
    args: ({ tarball }) => [tarball, '--profile', 'esm-only'],
  },
];

export function npmConsumers(workshop, tools) {
  return [
    { name: 'the tarball itself', row: false, run: () => inspect(workshop) },
    ...NPM_CONSUMERS.map((consumer) => ({
      name: consumer.name,
      run: () => check(consumer, workshop, tools),
    })),
  ];
}

/** Small enough, nothing else installed with it, nothing run at its installation. */
async function inspect(workshop) {
  const { size } = await stat(workshop.tarball);
  const lock = path.join(workshop.installed, 'package-lock.json');
  const { packages } = JSON.parse(await readFile(lock, 'utf8'));
  const { hasInstallScript, dependencies } = packages['node_modules/heaplet'];
  const problems = [
    size > TARBALL_BUDGET && `${size} bytes are more than the budget of ${TARBALL_BUDGET}`,
    Object.keys(packages).length !== 2 && `${Object.keys(packages)} were installed`,
    hasInstallScript && 'it runs a script when it is installed',
    dependencies && `it depends on ${Object.keys(dependencies)}`,
  ];
  return problems.filter(Boolean).join('\n') || null;
}

async function check({ name, tool, from, args, prints }, workshop, tools) {
  const folder = await jsProject(workshop, name, from);
  const given = typeof args === 'function' ? args(workshop) : args;
  return problemOf(tools.program(tool), given, { cwd: folder, label: name, prints });
}

/** An empty project with heaplet, the files of `from` and the shared program. */
export async function jsProject(workshop, name, from) {
  const source = from && path.join(here, from);
  const folder = await workshop.project(name.replace(/\W+/g, '-').toLowerCase(), source);
  await copyFile(path.join(here, 'program.js'), path.join(folder, 'program.js'));
  return folder;
}

/** Runs a command; what is wrong with how it ended, or null. */
export async function problemOf([command, ...before], args, { prints, ...options }) {
  const all = [...before, ...args];
  const { code, stdout, stderr } = await run(command, all, { allowFailure: true, ...options });
  if (code === 0 && (!prints || prints.test(stdout))) return null;
  return `${command} ${all.join(' ')}\nexit code ${code}\n${stdout}${stderr}`;
}
