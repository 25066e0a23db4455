// SPDX-License-Identifier: MIT
// Mutation testing of the heap's core, malloc and the handle table: one small change to the source at a
// time, and the tests must notice.
//
//   node scripts/mutate.mjs [--part=heap|malloc|threads|handle] [--sample=100] [--seed=1] [--jobs=2] [--list]
//
// A mutant that compiles to the same code is none: it is counted apart, as what a hardened build alone has.
// One is killed when it does not compile, fails a test, crashes, or needs thrice the original's
// processor time. Survivors are printed: each is a test that is missing, or a change that means
// nothing. Those found to mean nothing stand in tests/reliability/equivalent-mutants.txt with the
// reason. --sample=all takes every mutant there is (hours); --list prints them and runs nothing.
//
// The tests are compiled once. A mutant is a shared library beside them: a second or two each.

import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { nativeTools } from './native-tools.mjs';
import { ScriptError, main, repository, run, say } from './run.mjs';

// malloc.cpp under the names of tests/support/host_malloc.hpp.
const HOST = 'tests/support/host_malloc.cpp';
// `units` are compiled with each mutant, with `options`; `beside` once.
const PARTS = {
  heap: {
    folder: 'src/heap',
    units: ['src/heap/heap.cpp', HOST],
    beside: ['src/base/panic.cpp'],
    tests: [
      'tests/unit/heap',
      'tests/model',
      'tests/reliability/exhaustive_test.cpp',
      'tests/reliability/host_malloc_test.cpp',
    ],
  },
  // What the release build compiles to the same code with and without.
  hardened: {
    folder: 'src/heap',
    units: [HOST],
    beside: ['src/base/panic.cpp', 'src/heap/heap.cpp'],
    tests: ['tests/hardened/faults_test.cpp'],
    defines: ['-DHEAPLET_HARDENED=1'],
    // Not those that free the program's own variables: a library's memory is too far from them for
    // the map of the slabs, which is read first.
    filter: '-*OutsideOfTheHeap:*OfAnotherHeap',
  },
  malloc: {
    folder: 'src/malloc',
    units: [HOST],
    beside: [],
    tests: ['tests/reliability/host_malloc_test.cpp', 'tests/reliability/malloc_fault_test.cpp'],
  },
  threads: {
    folder: 'src/malloc/threads',
    units: [HOST],
    options: ['-DHEAPLET_THREADS=1', '-DHEAPLET_LOCK_PATIENCE_MS=200'],
    beside: [],
    tests: [
      'tests/reliability/threads/shared_heap_test.cpp',
      'tests/reliability/threads/thread_heap_test.cpp',
    ],
  },
  handle: {
    folder: 'src/handle',
    units: ['src/handle/handle_table.cpp', 'src/handle/counts.cpp'],
    beside: ['src/base/panic.cpp', 'src/heap/heap.cpp'],
    tests: ['tests/unit/handle'],
  },
};
const EQUIVALENT = 'tests/reliability/equivalent-mutants.txt';

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

// Text of the change → why it means nothing.
async function equivalents() {
  const text = await readFile(path.join(repository, EQUIVALENT), 'utf8');
  const known = new Map();
  for (const paragraph of text
    .replace(/^#.*\n/gm, '')
    .trim()
    .split(/\n{2,}/)) {
    const lines = paragraph.split('\n');
    const reason = lines.filter((line) => line.startsWith('  ')).map((line) => line.trim());
    for (const line of lines.filter((each) => !each.startsWith('  '))) {
      known.set(line, reason.join(' '));
    }
  }
  return known;
}

/** The same however far down the file it stands. */
function textOf({ file, line, changed }) {
  return `${file}: ${line.trim()}  →  ${changed.trim()}`;
}

async function runMutants(name, part, mutants, jobs) {
  const folder = path.join(repository, 'build', `mutate-${name}`);
  await mkdir(folder, { recursive: true });
  const compiler = await compilerFor(part, folder);
  const original = path.join(folder, 'original');
  const program = path.join(folder, 'tests');
  const library = await compile(part, null, original, compiler);
  compiler.original = await codeIn(part, original);
  if (library) await run('c++', [...compiler.tests, library, '-o', program, '-pthread']);
  const { killed, cpuSeconds } = library
    ? await test(part, program, original, 600)
    : { killed: true };
  if (killed) throw new ScriptError('the tests fail without any change', 'put them right first');
  const limit = Math.ceil(3 * cpuSeconds) + 2;
  if (part.defines) await isOfRelease(part, null, path.join(folder, 'release'), compiler);
  const result = { killed: 0, same: 0, elsewhere: 0, survivors: [] };
  const waiting = [...mutants];
  const work = async (_, job) => {
    for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
      const place = path.join(folder, `job-${job}`);
      if (part.defines && (await isOfRelease(part, mutant, place, compiler))) {
        result.elsewhere++;
        continue;
      }
      const compiles = await compile(part, mutant, place, compiler);
      if (compiles && (await codeIn(part, place)).equals(compiler.original)) result.same++;
      else if (!compiles || (await test(part, program, place, limit)).killed) result.killed++;
      else result.survivors.push(mutant);
      say(`${result.killed} killed, ${result.survivors.length} alive, ${waiting.length} to go`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return result;
}

/** Whether a mutant changes the code of the release build, which has tests of its own. */
async function isOfRelease(part, mutant, place, compiler) {
  const plain = { ...part, defines: undefined };
  if (!(await compile(plain, mutant, place, compiler))) return false;
  const code = await codeIn(plain, place);
  compiler.release ??= code;
  return !code.equals(compiler.release);
}

// Compiles the tests, which see the public headers and layout.hpp alone, and what stands beside a
// mutant.
async function compilerFor(part, folder) {
  const { googletest } = await nativeTools(['googletest']);
  const flags = ['-std=c++20', '-O1', '-w', '-fPIC', '-I', path.join(repository, 'include')];
  flags.push('-I', path.join(repository, 'tests'));
  const include = ['googletest/include', 'googletest'].flatMap((each) => [
    '-I',
    path.join(googletest, each),
  ]);
  include.push('-I', path.join(repository, 'src'));
  const compileAll = async (sources) => {
    const objects = [];
    for (const source of sources) {
      const object = path.join(folder, `${path.basename(source)}.o`);
      await run('c++', [...flags, ...include, '-c', source, '-o', object], { label: source });
      objects.push(object);
    }
    return objects;
  };
  const tests = await compileAll([
    path.join(googletest, 'googletest/src/gtest-all.cc'),
    path.join(googletest, 'googletest/src/gtest_main.cc'),
    ...(await sourceFiles(part.tests)),
  ]);
  const beside = await compileAll(part.beside.map((each) => path.join(repository, each)));
  return { flags, tests, beside, renames: await renames() };
}

/** What objcopy is told in cmake/host_malloc.cmake. */
async function renames() {
  const text = await readFile(path.join(repository, 'cmake/host_malloc.cmake'), 'utf8');
  const names = /set\(names ([^)]*)\)/.exec(text)[1].trim().split(/\s+/);
  return names.map((name) => `--redefine-sym=${name}=host_${name}`);
}

async function sourceFiles(places) {
  const files = [];
  for (const place of places) {
    const full = path.join(repository, place);
    if (/\.cpp$/.test(place)) files.push(full);
    else {
      const names = (await readdir(full)).filter((n) => n.endsWith('.cpp')).sort();
      files.push(...names.map((n) => path.join(full, n)));
    }
  }
  return files;
}

/** The mutant's library, or the original's; null when it does not compile. */
async function compile(part, mutant, place, { flags, beside, renames }) {
  await rm(place, { recursive: true, force: true });
  await cp(path.join(repository, 'src'), path.join(place, 'src'), { recursive: true });
  if (mutant) {
    const file = path.join(place, mutant.file);
    const lines = (await readFile(file, 'utf8')).split('\n');
    lines[mutant.at] = mutant.changed;
    await writeFile(file, lines.join('\n'));
  }
  const quiet = { allowFailure: true, label: mutant ? describe(mutant) : 'the original' };
  const source = path.join(place, 'src');
  const host = ['-fno-builtin', '-include', path.join(repository, 'tests/support/host_memory.hpp')];
  const objects = [];
  for (const unit of part.units) {
    const from = path.join(unit.startsWith('src/') ? place : repository, unit);
    const object = path.join(place, `${path.basename(unit)}.o`);
    const options = [
      ...flags,
      ...(part.defines ?? []),
      ...(unit === HOST ? host : []),
      ...(part.options ?? []),
      '-I',
      source,
      '-c',
      from,
      '-o',
      object,
    ];
    if ((await run('c++', options, quiet)).code !== 0) return null;
    if (unit === HOST) await run('objcopy', [...renames, object]);
    objects.push(object);
  }
  const library = path.join(place, 'libmutant.so');
  const link = ['-shared', ...objects, ...beside, '-Wl,-soname,libmutant.so', '-o', library];
  return (await run('c++', link, quiet)).code === 0 ? library : null;
}

/** The mutated objects. */
async function codeIn(part, place) {
  const files = part.units.map((unit) => path.join(place, `${path.basename(unit)}.o`));
  return Buffer.concat(await Promise.all(files.map((file) => readFile(file))));
}

/** Runs the tests with the library in `place`. */
async function test(part, program, place, limit) {
  const { code, stdout } = await run('sh', ['-c', LIMITED, 'sh', `${limit}`, program], {
    allowFailure: true,
    label: 'its tests',
    env: { ...process.env, ...SETTINGS, GTEST_FILTER: part.filter ?? '*', LD_LIBRARY_PATH: place },
  });
  // `times` prints the shell's own time, then its children's: 0m1.234s 0m0.050s
  const [user, system] = [...stdout.matchAll(/(\d+)m([\d.]+)s/g)].slice(-2);
  const seconds = ([, minutes, rest]) => 60 * Number(minutes) + Number(rest);
  return { killed: code !== 0, cpuSeconds: seconds(user) + seconds(system) };
}

const SETTINGS = { HEAPLET_SEED: '1', HEAPLET_DEPTH: '4', GTEST_FAIL_FAST: '1', GTEST_BRIEF: '1' };
// Processor time, which a busy machine does not stretch, and 4 GB.
const LIMITED = 'ulimit -t "$1"; ulimit -v 4000000; ulimit -c 0; "$2"; code=$?; times; exit $code';

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
  const known = await equivalents();
  const all = await mutantsOf(part.folder);
  const mutants = values.sample === 'all' ? all : draw(all, Number(values.sample), values.seed);
  if (values.list) return mutants.forEach((mutant) => console.log(describe(mutant)));
  const meaningful = mutants.filter((mutant) => !known.has(textOf(mutant)));
  const { killed, same, elsewhere, survivors } = await runMutants(
    values.part,
    part,
    meaningful,
    Number(values.jobs),
  );
  for (const survivor of survivors) console.log(`survives ${describe(survivor)}`);
  const nothing = mutants.length - meaningful.length;
  console.log(
    `${killed} of ${meaningful.length - same - elsewhere} mutants killed; ` +
      `${same} compile to the same code, ` +
      (part.defines ? `${elsewhere} change the release build as well, ` : '') +
      `${nothing} mean nothing; drawn from ${all.length}`,
  );
});
