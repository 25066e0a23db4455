// SPDX-License-Identifier: MIT
// Records the programs of programs.mjs: node bench/record/record.mjs [name …]
// A developer's action on Debian 12, where `apt-get install` has put the packages in place; only
// the packed traces are committed. Raw logs and inputs go under build/.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pack } from './pack.mjs';
import { programs } from './programs.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const work = resolve(here, '../../build/bench/record');
const data = join(work, 'data');
const library = join(work, 'recorder.so');

// Raw logs stop here: enough to let pack.mjs choose where to cut.
const eventLimit = 1_500_000;

const wanted = process.argv.slice(2);
const chosen = programs.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const unknown = wanted.filter((name) => !programs.some((program) => program.name === name));
if (unknown.length) throw new Error(`no such program in programs.mjs: ${unknown.join(', ')}`);

mkdirSync(work, { recursive: true });
execFileSync(
  'cc',
  [
    '-O2',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-shared',
    '-fPIC',
    '-fno-builtin',
    '-o',
    library,
    join(here, 'recorder.c'),
  ],
  { stdio: 'inherit' },
);
execFileSync(process.execPath, [join(here, 'make-inputs.mjs'), data], { stdio: 'inherit' });

const shell = (line, env = {}) => {
  const text = line
    .replaceAll('@/', `${join(here, 'programs')}/`)
    .replaceAll('%/', `${data}/`)
    .replaceAll('%', data);
  return spawnSync('/bin/sh', ['-c', text], {
    env: {
      PATH: '/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: data,
      LANG: 'C.UTF-8',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    cwd: data,
  });
};

for (const program of chosen) {
  if (program.setup) {
    const { status, stderr } = shell(program.setup);
    if (status !== 0) throw new Error(`${program.name}: set-up failed: ${stderr}`);
  }
  const raw = join(work, `${program.name}.raw`);
  rmSync(raw, { force: true });
  const { status, stderr } = shell(program.run, {
    ...program.env,
    LD_PRELOAD: library,
    RECORD_FILE: raw,
    RECORD_PROGRAM: program.program,
    RECORD_MATCH: program.match ?? '',
    RECORD_LIMIT: String(eventLimit),
  });
  if (status !== 0) throw new Error(`${program.name} left with ${status}: ${stderr}`);
  if (!existsSync(raw))
    throw new Error(`${program.name}: no process named ${program.program} was seen`);
  pack(raw, program);
}
await import('./table.mjs');
