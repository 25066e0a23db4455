// SPDX-License-Identifier: MIT
// Runs the commands of docs/SIGHT.md, in order, on a program whose memory is known.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { buildReplay } from '../../bench/build.mjs';
import { Compiler } from '../../bench/lib/compile.mjs';
import { ALLOCATORS } from '../../js/cli/replay.js';
import { buildSightPrograms } from '../sight/programs.mjs';
import { heaplet, served } from './support.mjs';

jest.setTimeout(600_000);
const document = readFileSync('docs/SIGHT.md', 'utf8');
const commands = [...document.matchAll(/^```sh\n([^]*?)^```$/gm)].flatMap(([, lines]) =>
  lines.trim().split('\n'),
);

let built;
let folder;
let replays;
beforeAll(async () => {
  built = await buildSightPrograms(['known.symbols']);
  const compiler = await Compiler.create();
  for (const name of ALLOCATORS) replays = path.dirname((await buildReplay(compiler, name)).wasm);
  folder = mkdtempSync(path.join(os.tmpdir(), 'heaplet-cli-'));
  writeFileSync(path.join(folder, 'index.html'), 'the page that is served');
  const module = JSON.stringify(path.join(built.folder, 'known.symbols.mjs'));
  writeFileSync(
    path.join(folder, 'app.mjs'),
    `import create from ${module};\nprocess.exitCode = (await create()).callMain([]);\n`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

test('the commands of the document do as it says', async () => {
  expect(commands.length).toBeGreaterThan(7);
  for (const command of commands) {
    const [npx, name, ...args] = command.split(' ');
    expect([npx, name]).toEqual(['npx', 'heaplet']);
    if (args[0] === 'serve') {
      const { url, end } = await served(['--page', folder, ...args.slice(1)], { cwd: folder });
      end();
      expect(url).toMatch(/^http:\/\/localhost:\d+\/\.heaplet\/#profile=/);
      continue;
    }
    const modules = args[0] === 'compare' ? ['--modules', replays] : [];
    const result = await heaplet([args[0], ...modules, ...args.slice(1)], { cwd: folder });
    const expected = args.includes('--fail-on-leak') ? 3 : 0;
    expect([command, result.code]).toEqual([command, expected]);
  }
});

test('four allocators carry out a recorded program, and a trace that is cut is refused', async () => {
  const trace = path.join(folder, 'app.trace');
  expect((await heaplet(['record', '-o', trace, 'app.mjs'], { cwd: folder })).code).toBe(0);
  const args = ['compare', '--json', '--rounds', '2', '--modules', replays, trace];
  const { code, stdout } = await heaplet(args);
  const { trace: about, results } = JSON.parse(stdout);
  expect([code, about.operations, about.peakBytes]).toEqual([0, 6295, 3079104]);
  expect(results.map(({ allocator }) => allocator)).toEqual(ALLOCATORS);
  for (const { heapBytes } of results) expect(heapBytes).toBeGreaterThan(about.peakBytes);
  const one = await heaplet(['replay', '--allocator', 'emmalloc', '--modules', replays, trace]);
  expect([one.code, one.stdout]).toEqual([0, expect.stringMatching(/^emmalloc /m)]);

  const report = JSON.parse((await heaplet(['report', '--json', trace])).stdout);
  expect([report.mode, report.operations, report.peak.bytes]).toEqual([
    'trace',
    about.operations,
    about.peakBytes,
  ]);
  // The program lies elsewhere: names and lines come from one of the same build that is named.
  expect(report.peakBy[0].stack[0]).toMatch(/^wasm-function/);
  const program = path.join(built.folder, 'known.symbols.wasm');
  const named = await heaplet(['report', '--json', '--debug-wasm', program, trace]);
  expect(JSON.parse(named.stdout).peakBy[0].stack[0]).toMatch(/^main \(.*\.cpp:\d+\)$/);

  writeFileSync(trace, readFileSync(trace).subarray(0, 5000));
  const cut = await heaplet(['replay', '--modules', replays, trace]);
  expect((await heaplet(['report', trace])).stderr).toContain('byte 5000: the trace ends early');
  expect([cut.code, cut.stderr]).toEqual([
    2,
    expect.stringMatching(/byte 5000: the trace ends early/),
  ]);
});
