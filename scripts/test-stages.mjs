// SPDX-License-Identifier: MIT
// The stages of npm test. A stage's `run` resolves with what its runner counted, `{passed, failed}`,
// and `problem` when a check that counts no tests found something.

import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { newestNode } from '../bench/lib/newest-node.mjs';
import { buildPreset, ctest } from './cmake.mjs';
import { LOWEST_VERSION } from './emscripten.mjs';
import { checkFormat, checkTidy } from './lint.mjs';
import { environmentWith, nativeTools } from './native-tools.mjs';
import { nodeModules } from './node-modules.mjs';
import { ScriptError, repository, run, which } from './run.mjs';

// `needs` names what a stage tests: where that is not yet written, there is no such stage.
const STAGES = [
  { name: 'lint', about: 'formatting', needs: '.', run: lint },
  {
    name: 'repo',
    about: 'layers, documents and sources of the repository',
    needs: 'tests/repo',
    run: () => jest('tests/repo'),
  },
  {
    name: 'native',
    about: 'unit, contract and model tests, natively',
    needs: 'tests/unit',
    run: () => preset('dev'),
  },
  {
    name: 'asan',
    about: 'the same under AddressSanitizer and UBSan',
    needs: 'tests/unit',
    run: () => preset('asan'),
  },
  {
    name: 'tsan',
    about: 'what threads share, under ThreadSanitizer',
    needs: 'tests/unit/own',
    run: threads,
  },
  { name: 'tidy', about: 'clang-tidy over src/ and include/', needs: 'src', run: tidy },
  {
    name: 'fuzz',
    about: 'each fuzzer for a short while',
    needs: 'tests/fuzz',
    run: fuzzers,
  },
  {
    name: 'wasm',
    about: 'the tests in WebAssembly, in Node',
    needs: 'tests/unit',
    run: () => preset('wasm'),
  },
  {
    name: 'wasm-lowest',
    about: `the same built by Emscripten ${LOWEST_VERSION}`,
    needs: 'tests/unit',
    run: () => preset('wasm', { choice: LOWEST_VERSION }),
  },
  { name: 'js', about: 'JavaScript', needs: 'tests/js', run: javascript },
  {
    name: 'js-wasm64',
    about: 'the same on wasm64, in the newest Node, and past 4 GiB',
    needs: 'tests/wasm64',
    run: javascript64,
  },
  {
    name: 'sight',
    about: 'traces and profiles of real programs',
    needs: 'tests/sight',
    run: () => jest('tests/sight'),
  },
  {
    name: 'exporters',
    about: 'profiles in the viewers of their formats',
    needs: 'tests/exporters',
    browsers: [['chromium']],
    run: () => jest('tests/exporters'),
  },
  {
    name: 'cli',
    about: 'the command line, on real programs',
    needs: 'tests/cli',
    run: () => jest('tests/cli'),
  },
  {
    name: 'browser',
    about: 'JavaScript, in Chromium and Firefox',
    needs: 'tests/browser/run.mjs',
    browsers: [['chromium'], ['firefox-esr', 'firefox']],
    run: () => both('tests/browser/run.mjs', 'tests/reliability/threads/page.mjs'),
  },
  {
    name: 'runtimes',
    about: 'the package in Node, Deno and Bun',
    needs: 'tests/runtimes/run.mjs',
    run: () => program('tests/runtimes/run.mjs'),
  },
  {
    name: 'reference',
    about: 'the API references, without a warning',
    needs: 'scripts/api-docs.mjs',
    run: () => program('scripts/api-docs.mjs'),
  },
  {
    name: 'package',
    about: 'malloc under many sets of flags, outside the repository',
    needs: 'tests/package/run.mjs',
    run: () => program('tests/package/run.mjs'),
  },
  {
    name: 'bindings',
    about: "a library's Embind classes, owned, outside the repository",
    needs: 'tests/bindings/run.mjs',
    run: () => program('tests/bindings/run.mjs'),
  },
  {
    name: 'consumers',
    about: 'the packed tarball in projects of its users',
    needs: 'tests/package/consumers.mjs',
    run: () => program('tests/package/consumers.mjs'),
  },
  {
    name: 'programs',
    about: 'real programs on heaplet',
    needs: 'scripts/programs.mjs',
    run: () => program('scripts/programs.mjs', '--check'),
  },
  {
    name: 'demo',
    about: 'the demo page, in Chromium and Firefox',
    needs: 'tests/demo/run.mjs',
    browsers: [['chromium'], ['firefox-esr', 'firefox']],
    run: demo,
  },
  {
    name: 'bench',
    about: 'budgets of size, time and memory',
    needs: 'bench/run.mjs',
    run: () => program('bench/run.mjs', '--check'),
  },
];

export function stages() {
  return STAGES.filter(({ needs }) => existsSync(path.join(repository, needs)));
}

/** What a stage lacks that no script of ours sets up, or undefined. */
export function missing({ browsers = [] }) {
  const absent = browsers.filter((names) => !names.some((name) => which(name)));
  if (absent.length === 0) return undefined;
  return `no ${absent.map(([name]) => name).join(' and no ')} here; Debian has packages of these names`;
}

async function lint() {
  const problems = await checkFormat();
  return problems > 0 ? { problem: 'put right by: npm run format' } : {};
}

async function tidy() {
  const { problems } = await checkTidy();
  return problems > 0 ? { problem: 'clang-tidy finds fault' } : {};
}

async function preset(name, options) {
  return ctest(await buildPreset(name, options));
}

async function threads() {
  const built = await buildPreset('tsan', { targets: ['threads_test'] });
  return ctest(built, { only: '^threads_test/' });
}

async function fuzzers() {
  return sum(await preset('fuzz'), await program('tests/fuzz/javascript/run.mjs', '--seed=1'));
}

async function javascript() {
  const { folder } = await buildPreset('wasm');
  return jest('tests/js', { HEAPLET_WASM_BUILD: folder });
}

/** Without what exists for wasm32 alone (threads, the entries with a module of their own), or runs no module. */
async function javascript64() {
  const wide = await buildPreset('wasm64', { choice: 'newest', targets: ['heaplet_raw'] });
  const narrow = await buildPreset('wasm', { choice: 'newest', targets: ['heaplet_shared'] });
  const variables = {
    HEAPLET_WASM_BUILD: wide.folder,
    HEAPLET_WASM32_BUILD: narrow.folder,
    HEAPLET_JEST_WITHOUT: 'tests/js/(entries|killed|runtimes|shared|threads|types)\\.',
  };
  return jest('tests/(js|wasm64)/', variables, await newestNode());
}

async function demo() {
  return sum(await jest('tests/demo'), await program('tests/demo/run.mjs'));
}

const both = async (first, second) => sum(await program(first), await program(second));

function sum(first, second) {
  return {
    passed: first.passed + second.passed,
    failed: first.failed + second.failed,
    problem: first.problem ?? second.problem,
  };
}

async function jest(folder, variables = {}, node = process.execPath) {
  const program = path.join(await nodeModules(), '..', 'jest', 'bin', 'jest.js');
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'heaplet-jest-'));
  const report = path.join(scratch, 'report.json');
  try {
    const args = ['--no-warnings', '--experimental-vm-modules', program, folder];
    const { stderr, code } = await run(node, [...args, '--json', '--outputFile', report], {
      cwd: repository,
      env: { ...process.env, ...variables },
      label: `jest ${folder}`,
      allowFailure: true,
    });
    if (code !== 0) console.log(stderr);
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(
      await readFile(report, 'utf8'),
    );
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    const problem = code !== 0 && failed === 0 ? `jest: exit code ${code}` : undefined;
    return { passed: numPassedTests, failed, problem };
  } finally {
    await rm(scratch, { recursive: true });
  }
}

/** A script of ours that prints what it does and says at the end how many of its tests passed. */
async function program(script, ...args) {
  const tools = await nativeTools(['cmake', 'ninja']);
  const { code, stdout, stderr } = await run(process.execPath, [script, ...args], {
    cwd: repository,
    env: environmentWith(tools),
    output: 'show',
    allowFailure: true,
  });
  const counts = closingCounts(stdout + stderr);
  if (!counts) throw new ScriptError(`${script} ended with code ${code} and no count of its tests`);
  return code !== 0 && counts.failed === 0 ? { ...counts, problem: `exit code ${code}` } : counts;
}

/** The last of the lines that count tests: of test programs, or of npm run programs. */
export function closingCounts(output) {
  const [passed, failed] =
    output
      .match(/^\d+ passed, \d+ failed$/gm)
      ?.at(-1)
      .match(/\d+/g) ?? [];
  if (passed) return { passed: Number(passed), failed: Number(failed) };
  const equal = /^all (\d+) results are equal$/m.exec(output);
  if (equal) return { passed: Number(equal[1]), failed: 0 };
  const wrong = /(\d+) of (\d+) results are wrong/.exec(output);
  return wrong && { passed: wrong[2] - wrong[1], failed: Number(wrong[1]) };
}
