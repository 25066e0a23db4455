// SPDX-License-Identifier: MIT
// Measures what docs/RELIABILITY.md says and writes its figures, between the marks in it.
//
//   node scripts/reliability.mjs [--only=exhaustive,hardened,soak,fuzz,suites,wasm64,coverage,mutation,
//                                hardened-mutation,threads,throughput]
//                                [--depth=6] [--soak=1e9] [--fuzz-seconds=60] [--mutants=100]
//                                [--fuzzers=heap_fuzz,...,javascript]
//
// The longest form takes hours: --depth=7 --soak=1e10 --fuzz-seconds=900 --mutants=all.

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { hardenedTable } from '../bench/hardened.mjs';
import { threadsTable } from '../bench/threads/run.mjs';
import { buildPreset } from './cmake.mjs';
import { coverage, coverageTable } from './coverage.mjs';
import { ScriptError, main, repository, run, say } from './run.mjs';

const document = path.join(repository, 'docs/RELIABILITY.md');

const FUZZERS = [
  'heap_fuzz',
  'malloc_fuzz',
  'hardened_heap_fuzz',
  'hardened_malloc_fuzz',
  'misuse_fuzz',
  'handle_fuzz',
  'own_fuzz',
];

const SECTIONS = {
  async exhaustive({ depth }) {
    const { folder } = await buildPreset('release', { targets: ['exhaustive_test'] });
    const env = { ...process.env, HEAPLET_DEPTH: depth };
    const program = path.join(folder, 'tests/reliability/exhaustive_test');
    const { stdout } = await run(program, [], { env, label: 'every sequence' });
    return code(stdout.match(/^.*: depth .*$/gm).join('\n'));
  },
  async soak({ soak }) {
    const { folder } = await buildPreset('release', { targets: ['soak'] });
    const program = path.join(folder, 'tests/reliability/soak');
    const { stdout } = await run(program, [soak], { label: 'the soak' });
    return code(stdout.trim());
  },
  async fuzz({ 'fuzz-seconds': seconds, fuzzers }) {
    const chosen = fuzzers === 'all' ? [...FUZZERS, 'javascript'] : fuzzers.split(',');
    const names = FUZZERS.filter((name) => chosen.includes(name));
    const { stdout: commit } = await run('git', ['rev-parse', '--short', 'HEAD'], {
      cwd: repository,
    });
    const { folder } = await buildPreset('fuzz', { targets: names });
    const lines = [];
    for (const name of names) {
      const corpus = name.replace(/^hardened_/, ''); // the same inputs as for the release build
      const seeds = path.join(repository, 'tests/fuzz/corpus', corpus);
      const found = path.join(folder, 'tests/fuzz', `corpus-${name}`);
      const { stderr } = await run(
        path.join(folder, 'tests/fuzz', name),
        [`-max_total_time=${seconds}`, '-max_len=2000', '-print_final_stats=1', found, seeds],
        { label: name, cwd: folder },
      );
      const edges = [...stderr.matchAll(/ cov: (\d+) /g)].at(-1)[1];
      const runs = /Done (\d+) runs in (\d+) second/.exec(stderr);
      lines.push(`${name}: ${runs[1]} inputs in ${runs[2]} s, ${edges} edges, no fault`);
    }
    if (chosen.includes('javascript')) {
      const script = ['tests/fuzz/javascript/run.mjs', `--seconds=${seconds}`];
      const { stdout } = await run(process.execPath, script, {
        cwd: repository,
        label: 'JavaScript',
      });
      lines.push(...stdout.trim().split('\n').slice(0, -1));
    }
    const measured = lines.map((line) => `${line} (${commit.trim()})`);
    // What was not run this time keeps its line.
    const before = (await figures('fuzz')).split('\n').slice(1, -1);
    const nameOf = (line) => line.split(':')[0];
    const kept = before.filter((line) => !measured.some((each) => nameOf(each) === nameOf(line)));
    const order = (line) => FUZZERS.indexOf(nameOf(line)) + 1 || FUZZERS.length + 1;
    return code([...measured, ...kept].sort((a, b) => order(a) - order(b)).join('\n'));
  },
  async hardened({ rounds }) {
    return (await hardenedTable(Number(rounds))).join('\n');
  },
  async suites() {
    const said = [];
    for (const script of ['suites', 'malloc-suites'])
      said.push(await lines(`tests/programs/${script}.mjs`));
    return code(said.join('\n'));
  },
  async wasm64() {
    return code(await lines('tests/reliability/wasm64.mjs'));
  },
  async coverage() {
    return coverageTable(await coverage());
  },
  async mutation({ mutants }) {
    const parts = [];
    for (const part of ['heap', 'malloc', 'threads', 'handle']) {
      parts.push(await mutation(part, mutants));
    }
    return code(parts.join('\n'));
  },
  async 'hardened-mutation'({ mutants }) {
    return code(await mutation('hardened', mutants));
  },
  async threads() {
    const { folder } = await buildPreset('dev', { targets: ['threads_stress_tsan'] });
    const program = path.join(folder, 'tests/reliability/threads/threads_stress_tsan');
    const lines = [];
    for (let seed = 1; seed <= 20; seed++) {
      const { stdout } = await run(program, [`${1 + (seed % 8)}`, '20000', `${seed}`]);
      lines.push(stdout.trim().split('\n').at(-1));
    }
    const sound = lines.filter((line) => line === 'sound').length;
    return code(
      `${sound} of 20 seeds, 1 to 8 threads in 3 generations: no race, heap sound\n` +
        (await killedThreads()),
    );
  },
  throughput: () => threadsTable({ rounds: 3, operations: 200000, threads: [1, 2, 4, 8] }),
};

async function mutation(part, mutants) {
  const args = ['scripts/mutate.mjs', `--part=${part}`, `--sample=${mutants}`];
  const { stdout } = await run(process.execPath, args, { cwd: repository, label: part });
  const lines = stdout.trim().split('\n');
  return [`${part}: ${lines.at(-1)}`, ...lines.slice(0, -1).map((line) => `  ${line}`)].join('\n');
}

async function killedThreads() {
  const { folder } = await buildPreset('wasm', { targets: ['threads_killed'] });
  const module = path.join(folder, 'tests/reliability/threads/threads_killed.cjs');
  const lines = [];
  for (const size of ['small', 'large']) {
    let sound = 0;
    let givenUp = 0;
    for (let seed = 1; seed <= 5; seed++) {
      const { stdout, stderr } = await run(process.execPath, [module, size, `${seed}`], {
        label: 'killing',
        allowFailure: true,
      });
      sound += stdout.trim().endsWith('sound');
      givenUp += stderr.split('the program goes on with new memory').length - 1;
    }
    lines.push(
      `${sound} of 5 seeds, 12 threads killed in each with ${size} blocks: the others go on; ` +
        `${givenUp} of the 60 had the lock`,
    );
  }
  return lines.join('\n');
}

/** What a script of tests prints, without the sum at the end. */
async function lines(script) {
  const { stdout } = await run(process.execPath, [script], { cwd: repository, label: script });
  return stdout.trim().split('\n').slice(0, -1).join('\n');
}

function code(text) {
  return `\`\`\`\n${text}\n\`\`\``;
}

await main(import.meta, async (args) => {
  const type = 'string';
  const { values } = parseArgs({
    args,
    options: {
      only: { type, default: Object.keys(SECTIONS).join() },
      depth: { type, default: '6' },
      soak: { type, default: '1e9' },
      'fuzz-seconds': { type, default: '60' },
      fuzzers: { type, default: 'all' },
      rounds: { type, default: '5' },
      mutants: { type, default: '100' },
    },
  });
  for (const name of values.only.split(',')) {
    if (!(name in SECTIONS)) {
      throw new ScriptError(`no section ${name}`, `say ${Object.keys(SECTIONS).join()}`);
    }
    await figures(name); // there is a place for them
    say(`measuring: ${name}`);
    await replace(name, await SECTIONS[name](values));
  }
});

async function replace(name, measured) {
  const text = await readFile(document, 'utf8');
  await writeFile(
    document,
    text.replace(marked(name), (_, begin, __, end) => `${begin}${measured}\n${end}`),
  );
}

/** What the document says now. */
async function figures(name) {
  const found = marked(name).exec(await readFile(document, 'utf8'));
  if (!found) throw new ScriptError(`docs/RELIABILITY.md has no mark for ${name}`);
  return found[2];
}

function marked(name) {
  return new RegExp(`(<!-- ${name} -->\n)([^]*?)\n?(<!-- /${name} -->)`);
}
