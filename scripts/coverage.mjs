// SPDX-License-Identifier: MIT
// Line and branch coverage of the core by its native tests: gcc's counters, read with gcov.
//
//   node scripts/coverage.mjs [--missing] [--read]
//
// --missing lists the lines that no test reaches; --read takes the counters of the last run as they are.

import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { buildPreset, ctest } from './cmake.mjs';
import { ScriptError, main, repository, run, which } from './run.mjs';

// Not what stands between malloc and the core in a build for finding bugs: its tests run in WebAssembly
// alone, where nothing is counted.
const CORE = /^src\/(heap|handle|malloc|malloc\/threads)\/[^/]+$/;

/** Resolves with `[{file, lines, linesHit, branches, branchesHit, missing: [line]}]`. */
export async function coverage({ read = false } = {}) {
  if (!which('gcov')) throw new ScriptError('no gcov is on PATH', 'install gcc');
  const built = read
    ? { folder: path.join(repository, 'build/coverage') }
    : await buildPreset('coverage');
  if (!read) {
    await run('find', [built.folder, '-name', '*.gcda', '-delete']);
    const { failed } = await ctest(built);
    if (failed > 0) throw new ScriptError(`${failed} tests failed`, 'coverage counts green tests');
  }
  const { stdout: found } = await run('find', [built.folder, '-name', '*.gcda']);
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'heaplet-gcov-'));
  const files = new Map();
  try {
    for (const data of found.trim().split('\n')) {
      const args = ['--json-format', '--stdout', '--branch-probabilities', data];
      const { stdout } = await run('gcov', args, { cwd: scratch, label: 'gcov' });
      for (const report of stdout.trim().split('\n')) collect(JSON.parse(report), files);
    }
  } finally {
    await rm(scratch, { recursive: true });
  }
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([file, lines]) => sum(file, lines));
}

// A header is compiled into several programs and a template into several functions: a line or branch
// counts as reached when one of them reaches it.
function collect({ files: reported }, files) {
  for (const { file: name, lines } of reported) {
    const file = path.relative(repository, path.resolve(repository, name));
    if (!CORE.test(file)) continue;
    const known = files.get(file) ?? new Map();
    files.set(file, known);
    for (const { line_number: number, count, branches } of lines) {
      const line = known.get(number) ?? { count: 0, branches: [] };
      known.set(number, line);
      line.count += count;
      branches
        .filter((branch) => !branch.throw)
        .forEach((branch, i) => (line.branches[i] = (line.branches[i] ?? 0) + branch.count));
    }
  }
}

function sum(file, lines) {
  const all = [...lines];
  const branches = all.flatMap(([, line]) => line.branches);
  return {
    file,
    lines: all.length,
    linesHit: all.filter(([, line]) => line.count > 0).length,
    branches: branches.length,
    branchesHit: branches.filter((count) => count > 0).length,
    missing: all.filter(([, line]) => line.count === 0).map(([number]) => number),
  };
}

/** Rows of a table: files, then folders' sums. */
export function coverageTable(files) {
  const percent = (hit, of) => (of === 0 ? '–' : `${((100 * hit) / of).toFixed(1)} %`);
  const row = ({ file, lines, linesHit, branches, branchesHit }) =>
    `| ${file} | ${lines} | ${percent(linesHit, lines)} | ${branches} | ${percent(branchesHit, branches)} |`;
  const total = (name, chosen) =>
    row(
      chosen.reduce(
        (a, b) => ({
          file: name,
          lines: a.lines + b.lines,
          linesHit: a.linesHit + b.linesHit,
          branches: a.branches + b.branches,
          branchesHit: a.branchesHit + b.branchesHit,
        }),
        { lines: 0, linesHit: 0, branches: 0, branchesHit: 0 },
      ),
    );
  return [
    '| file | lines | reached | branches | reached |',
    '|---|--:|--:|--:|--:|',
    ...files.map(row),
    total('**all**', files),
  ].join('\n');
}

await main(import.meta, async (args) => {
  const files = await coverage({ read: args.includes('--read') });
  console.log(coverageTable(files));
  if (!args.includes('--missing')) return;
  for (const { file, missing } of files.filter((entry) => entry.missing.length > 0)) {
    console.log(`${file}: ${missing.sort((a, b) => a - b).join(', ')}`);
  }
});
