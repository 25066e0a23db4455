// SPDX-License-Identifier: MIT
// Functions that were inlined, against what LLVM's own symbolizer says of the same places.

import path from 'node:path';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Profiler } from '../../js/sight/profiler.js';
import { reportOf } from '../../js/sight/report.js';
import { Symbols, symbolise } from '../../js/sight/symbols.js';
import { Section } from '../../js/sight/wasm.js';
import { WasmModule } from '../../js/sight/wasm-module.js';
import { emscripten } from '../../scripts/emscripten.mjs';
import { run } from '../../scripts/run.mjs';
import { buildSightPrograms, runProgram, wasmOf } from './programs.mjs';

jest.setTimeout(600_000);
const UNALTERED = ['known.unaltered', 'known5.unaltered', 'cjson.unaltered', 'lua.unaltered'];
const ALTERED = ['cjson.dwarf', 'lua.dwarf'];

let built;
let symbolizer;
beforeAll(async () => {
  built = await buildSightPrograms([...UNALTERED, ...ALTERED]);
  const { root, env } = await emscripten();
  const { stdout } = await run(path.join(root, 'em-config'), ['LLVM_ROOT'], { env });
  symbolizer = path.join(stdout.trim(), 'llvm-symbolizer');
});

async function profiled(target) {
  const wasm = await wasmOf(built, target);
  const profiler = new Profiler({ mode: 'exact', wasm });
  await runProgram(built, target, profiler.moduleOptions());
  const profile = profiler.profile();
  profiler.stop();
  return { wasm, profile };
}

/** Names and lines at the places of a profile, ours and LLVM's. */
async function chains(target) {
  const { wasm, profile } = await profiled(target);
  const symbols = new Symbols({ wasm });
  const { begin } = new WasmModule(wasm).section(Section.code);
  const places = profile.frames.filter(({ functionIndex, offset }) => functionIndex >= 0 && offset);
  const addresses = places.map(({ offset }) => `0x${(offset - begin).toString(16)}`);
  const file = path.join(built.folder, `${target}.wasm`);
  const { stdout } = await run(symbolizer, ['--inlines', '--output-style=JSON', `--obj=${file}`, ...addresses]); // prettier-ignore
  const theirs = JSON.parse(`[${stdout.trim().split('\n').join(',')}]`).flat();
  return places.map(({ functionIndex, offset }, index) => {
    const calls = symbols.inlined(functionIndex, offset);
    const { Symbol: frames } = theirs[index];
    const lines = [symbols.place(functionIndex, offset), ...calls].map((place) => place?.line ?? 0);
    return {
      lines,
      names: calls.map(({ name }) => plain(name).split('::').at(-1)),
      theirLines: frames.map(({ Line }) => Line),
      theirNames: frames.slice(0, -1).map(({ FunctionName }) => plain(FunctionName)),
    };
  });
}

/** A name without the arguments of templates, which compilers and readers write differently. */
function plain(name) {
  for (let shorter = name; ; name = shorter) {
    shorter = name.replace(/<[^<>]*>/g, '');
    if (shorter === name) return name;
  }
}

/** LLVM has scopes, types and parameters in its names. */
function expectLike({ lines, names, theirLines, theirNames }) {
  expect(lines).toEqual(theirLines);
  expect(theirNames).toEqual(names.map((name) => expect.stringContaining(name)));
}

describe('where nothing ran after the compiler', () => {
  test.each(UNALTERED)('%s: every chain is LLVM’s', async (target) => {
    const all = await chains(target);
    all.forEach(expectLike);
    expect(all.filter(({ names }) => names.length > 0).length).toBeGreaterThan(1);
  });
});

describe('where an optimiser ran after the compiler', () => {
  test.each(ALTERED)('%s: a chain that is told is LLVM’s', async (target) => {
    const told = (await chains(target)).filter(({ names }) => names.length > 0);
    told.forEach(expectLike);
    expect(told.length).toBeGreaterThan(5);
  });
});

test('the report names them, with their scopes', async () => {
  const { wasm, profile } = await profiled('known5.unaltered');
  const report = reportOf(symbolise(profile, { wasm }));
  expect(report.peakBy[0].stack.slice(0, 2)).toEqual([
    expect.stringMatching(/^std::__2::make_unique<.*> \(.*unique_ptr\.h:\d+\)$/),
    expect.stringMatching(/fill_cache\(\) \(.*known\.cpp:\d+\)$/),
  ]);
});
