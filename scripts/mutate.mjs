// SPDX-License-Identifier: MIT
// Mutation testing of the heap's core and the handle table: one small change to the source at a time,
// and the tests must notice.
//
//   node scripts/mutate.mjs [--part=heap|handle] [--sample=100] [--seed=1] [--jobs=2] [--list]
//
// A mutant is killed when it does not compile, fails a test, crashes or takes five times as long as the
// original. Survivors are printed: each is a test that is missing, or a change that means nothing.
// --sample=all takes every mutant there is (hours); --list prints them and runs nothing.

import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { nativeTools } from './native-tools.mjs';
import { ScriptError, main, repository, run, say } from './run.mjs';

const PARTS = {
  heap: {
    folder: 'src/heap',
    sources: ['src/heap/heap.cpp', 'src/base/panic.cpp'],
    tests: ['tests/unit/heap', 'tests/reliability/exhaustive_test.cpp', 'tests/model'],
  },
  handle: {
    folder: 'src/handle',
    sources: ['src/handle', 'src/base/panic.cpp', 'src/heap/heap.cpp'],
    tests: ['tests/unit/handle'],
  },
};

// Only operators with blanks around them: the formatter sees to it that those are binary.
const REPLACEMENTS = [
  [/ < /g, ' <= '],
  [/ <= /g, ' < '],
  [/ > /g, ' >= '],
  [/ >= /g, ' > '],
  [/ == /g, ' != '],
  [/ != /g, ' == '],
  [/ && /g, ' || '],
  [/ \|\| /g, ' && '],
  [/ \+ /g, ' - '],
  [/ - /g, ' + '],
  [/ & /g, ' | '],
  [/ \| /g, ' & '],
  [/ << /g, ' >> '],
  [/ >> /g, ' << '],
  [/\+\+/g, '--'],
  [/--/g, '++'],
  [/ \+= /g, ' -= '],
  [/ -= /g, ' += '],
  [/\btrue\b/g, 'false'],
  [/\bfalse\b/g, 'true'],
  [/\bif \((?!constexpr)/g, 'if (!'],
];
const STATEMENT =
  /^\s+(?!return|const|static|using|else|if|for|case|break|auto)[\w.*&>[\]-]+(?:\(.*\)| (?:[-+|&^]?=) .*);$/;
const NO_CODE = /^\s*(?:\/\/|\*|#|static_assert|using |template|namespace|struct |class )/;

async function mutantsOf(folder) {
  const names = (await readdir(path.join(repository, folder))).filter((n) => /\.[ch]pp$/.test(n));
  const mutants = [];
  for (const name of names.sort()) {
    const file = path.join(folder, name);
    const lines = (await readFile(path.join(repository, file), 'utf8')).split('\n');
    lines.forEach((line, at) => {
      if (NO_CODE.test(line)) return;
      const code = line.replace(/\s*\/\/.*$/, '');
      for (const changed of changesOf(code)) mutants.push({ file, at, line: code, changed });
    });
  }
  return mutants;
}

function changesOf(code) {
  const changes = [];
  for (const [pattern, replacement] of REPLACEMENTS) {
    for (const match of code.matchAll(pattern)) {
      let changed =
        code.slice(0, match.index) + replacement + code.slice(match.index + match[0].length);
      if (replacement === 'if (!') changed = negated(code, match.index);
      if (changed) changes.push(changed);
    }
  }
  if (STATEMENT.test(code)) changes.push(code.replace(/\S.*$/, ';'));
  return changes;
}

// `if (a) b;` with the whole condition negated, when it ends on this line.
function negated(code, at) {
  const open = code.indexOf('(', at);
  let depth = 0;
  for (let i = open; i < code.length; i++) {
    if (code[i] === '(') depth++;
    if (code[i] === ')' && --depth === 0) {
      const condition = code.slice(open + 1, i);
      if (/;|=(?!=)(?<![=!<>]=)/.test(condition)) return null; // declares something
      return `${code.slice(0, open)}(!(${condition}))${code.slice(i + 1)}`;
    }
  }
  return null;
}

function draw(all, count, seed) {
  let state = BigInt(seed) * 0x9e3779b97f4a7c15n + 1n;
  const pool = [...all];
  const drawn = [];
  while (drawn.length < count && pool.length > 0) {
    state = (state * 6364136223846793005n + 1442695040888963407n) & ((1n << 64n) - 1n);
    drawn.push(...pool.splice(Number((state >> 33n) % BigInt(pool.length)), 1));
  }
  return drawn;
}

function describe({ file, at, line, changed }) {
  return `${file}:${at + 1}: ${line.trim()}  →  ${changed.trim()}`;
}

async function runMutants(name, part, mutants, jobs) {
  const folder = path.join(repository, 'build', `mutate-${name}`);
  await mkdir(folder, { recursive: true });
  const { googletest } = await nativeTools(['googletest']);
  const flags = ['-std=c++20', '-O1', '-w', '-I', path.join(repository, 'include')];
  flags.push(
    '-I',
    path.join(repository, 'tests'),
    '-I',
    path.join(googletest, 'googletest/include'),
  );
  const objects = await compileTests(part, folder, googletest, flags);
  const start = performance.now();
  if (await isKilled(part, null, path.join(folder, 'original'), flags, objects, 600_000)) {
    throw new ScriptError('the tests fail without any change', 'put them right first');
  }
  const limit = Math.round(5 * (performance.now() - start) + 5000);
  const result = { killed: 0, survivors: [] };
  const waiting = [...mutants];
  const work = async (_, job) => {
    for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
      const place = path.join(folder, `job-${job}`);
      if (await isKilled(part, mutant, place, flags, objects, limit)) result.killed++;
      else result.survivors.push(mutant);
      say(`${result.killed} killed, ${result.survivors.length} alive, ${waiting.length} to go`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return result;
}

// They see the public headers alone, and are compiled once.
async function compileTests(part, folder, googletest, flags) {
  const sources = [
    path.join(googletest, 'googletest/src/gtest-all.cc'),
    path.join(googletest, 'googletest/src/gtest_main.cc'),
    ...(await sourceFiles(repository, part.tests)),
  ];
  const include = ['-I', path.join(googletest, 'googletest')];
  const objects = [];
  for (const source of sources) {
    const object = path.join(folder, `${path.basename(source)}.o`);
    await run('c++', [...flags, ...include, '-c', source, '-o', object], { label: source });
    objects.push(object);
  }
  return objects;
}

async function sourceFiles(root, places) {
  const files = [];
  for (const place of places) {
    const full = path.join(root, place);
    if (/\.cpp$/.test(place)) files.push(full);
    else {
      const names = (await readdir(full)).filter((n) => n.endsWith('.cpp')).sort();
      files.push(...names.map((n) => path.join(full, n)));
    }
  }
  return files;
}

async function isKilled(part, mutant, place, flags, objects, limit) {
  await rm(place, { recursive: true, force: true });
  await cp(path.join(repository, 'src'), path.join(place, 'src'), { recursive: true });
  if (mutant) {
    const file = path.join(place, mutant.file);
    const lines = (await readFile(file, 'utf8')).split('\n');
    lines[mutant.at] = mutant.changed;
    await writeFile(file, lines.join('\n'));
  }
  const program = path.join(place, 'tests');
  const sources = await sourceFiles(place, part.sources);
  const compile = [...flags, '-I', path.join(place, 'src'), ...sources, ...objects, '-o', program];
  const quiet = { allowFailure: true, label: mutant ? describe(mutant) : 'the original' };
  if ((await run('c++', [...compile, '-pthread'], quiet)).code !== 0) return true;
  const env = { ...process.env, HEAPLET_SEED: '1', HEAPLET_DEPTH: '4', GTEST_FAIL_FAST: '1' };
  return (await run(program, ['--gtest_brief=1'], { ...quiet, env, timeout: limit })).code !== 0;
}

await main(import.meta, async (args) => {
  const type = 'string';
  const { values } = parseArgs({
    args,
    options: {
      part: { type, default: 'heap' },
      sample: { type, default: '100' },
      seed: { type, default: '1' },
      jobs: { type, default: '2' },
      list: { type: 'boolean', default: false },
    },
  });
  const part = PARTS[values.part];
  if (!part) throw new ScriptError(`no part ${values.part}`, `say ${Object.keys(PARTS)}`);
  const all = await mutantsOf(part.folder);
  const mutants = values.sample === 'all' ? all : draw(all, Number(values.sample), values.seed);
  if (values.list) return mutants.forEach((mutant) => console.log(describe(mutant)));
  const { killed, survivors } = await runMutants(values.part, part, mutants, Number(values.jobs));
  for (const survivor of survivors) console.log(`survives ${describe(survivor)}`);
  console.log(`${killed} of ${mutants.length} mutants killed, drawn from ${all.length}`);
});
