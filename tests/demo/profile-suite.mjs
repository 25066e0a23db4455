// SPDX-License-Identifier: MIT
// Programs that are profiled in a browser, against the ground truth; and the page that shows them.

import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Profiler } from '../../js/sight/profiler.js';
import { memorySink } from '../../js/sight/sinks.js';
import { symbolise } from '../../js/sight/symbols.js';
import { ISOLATED, serveMounts } from '../../js/cli/static-server.js';
import { repository } from '../../scripts/run.mjs';
import { siteFolder } from '../../web-demo/build.mjs';
import { served } from '../cli/support.mjs';
import { buildSightPrograms, runProgram, wasmOf } from '../sight/programs.mjs';
import { recordedEvents, sumsOf } from '../sight/truth.mjs';
import { newPage, textOf, until } from './browsers.mjs';

const NAMES = ['known', 'lua', 'sqlite', 'cjson'];
const PAGE = '/.heaplet/';
const EXAMPLE_PAGE =
  '<link rel="icon" href="data:," /><script type="module" src="example.js"></script>';

/** The programs and the page on one origin, as `heaplet serve` has them. */
async function serveAll(built) {
  const inputs = NAMES.flatMap((name) =>
    Object.entries(built.inputs[name].files).map(([file, source]) => ({
      at: `/inputs/${name}/${file}`,
      file: source,
    })),
  );
  const folder = (at, ...parts) => ({ at, folder: path.join(repository, ...parts) });
  return serveMounts([
    folder('/', 'tests/demo/program'),
    folder('/js/', 'js'),
    { at: '/built/', folder: built.folder },
    { at: PAGE, folder: siteFolder, headers: ISOLATED },
    ...inputs,
    ...(await exampleOfDocument(built)),
  ]);
}

/** The page of docs/SIGHT.md that lets others watch its program. */
async function exampleOfDocument({ folder }) {
  const document = await readFile(path.join(repository, 'docs/SIGHT.md'), 'utf8');
  const examples = [...document.matchAll(/```js\n([^]*?)```/g)].map(([, code]) => code);
  const example = examples.find((code) => code.includes('announce('));
  const file = (name, from) => ({ at: `/example/${name}`, file: path.join(folder, from) });
  return [
    { at: '/example/', redirect: '/example/index.html' },
    { at: '/example/index.html', content: EXAMPLE_PAGE },
    { at: '/example/example.js', content: example.replace("'heaplet/sight'", "'/js/sight/index.js'") }, // prettier-ignore
    file('app.mjs', 'known.symbols.mjs'),
    file('app.wasm', 'known.symbols.wasm'),
    file('app.wasm.map', 'known.symbols.wasm.map'),
  ];
}

/** Each stack as lines of functions and places of the module: those of JavaScript differ by engine. */
const linesOf = ({ frames, strings }, stack) =>
  stack
    .map((index) => frames[index])
    .filter(({ functionIndex }) => functionIndex >= 0)
    .map(({ function: name, file, line }) => `${strings[name]} ${strings[file]}:${line}`);

/** What the innermost places did, callers left out. */
function byPlace(profile) {
  const sums = {};
  for (const { stack, allocatedBlocks, allocatedBytes, liveBytes, peakBytes } of profile.totals) {
    const [place] = linesOf(profile, profile.stacks[stack]);
    const sum = (sums[place] ??= { allocatedBlocks: 0, allocatedBytes: 0, live: 0, peak: 0 });
    sum.allocatedBlocks += allocatedBlocks;
    sum.allocatedBytes += allocatedBytes;
    sum.live += liveBytes;
    sum.peak += peakBytes;
  }
  return sums;
}

const isPartOf = (some, all) => {
  let next = 0;
  for (const line of all) if (line === some[next]) next++;
  return next === some.length;
};

/**
 * Stacks that are not among the expected ones. Engines that inline say of a few stacks a function too
 * little (SpiderMonkey), or one too many, that an indirect call might have called (V8).
 */
function strangeStacks(found, expected) {
  const stacksOf = (profile) => profile.totals.map(({ stack }) => linesOf(profile, profile.stacks[stack])); // prettier-ignore
  const all = stacksOf(expected);
  const known = new Set(all.map((lines) => lines.join('\n')));
  const isLike = (lines) => (other) =>
    other[0] === lines[0] &&
    Math.abs(other.length - lines.length) < 4 &&
    (isPartOf(lines, other) || isPartOf(other, lines));
  return stacksOf(found).filter((lines) => !known.has(lines.join('\n')) && !all.some(isLike(lines))); // prettier-ignore
}

/** The same by Node, whose stacks the other tests judge. */
async function profiledByNode(built, name, options) {
  const wasm = await wasmOf(built, `${name}.symbols`);
  const profiler = new Profiler({ mode: 'exact', program: name, wasm, ...options });
  await runProgram(built, `${name}.symbols`, profiler.moduleOptions());
  profiler.snapshot('end', { blocks: true, references: true });
  const text = (file) => readFile(path.join(built.folder, file), 'utf8');
  const sourceMap = await text(`${name}.symbols.wasm.map`);
  const symbolMap = await text(`${name}.symbols.mjs.symbols`);
  const profile = symbolise(profiler.profile(), { wasm, sourceMap, symbolMap });
  profiler.stop();
  return profile;
}

const figuresOf = (profile, truth) =>
  Object.fromEntries(Object.keys(truth).map((key) => [key, profile[key]]));

export async function profileSuite({ browser, test }) {
  const built = await buildSightPrograms(
    NAMES.flatMap((name) => [`${name}.symbols`, `${name}.recorded`]),
  );
  const { origin, close } = await serveAll(built);
  const { page, complaints } = await newPage(browser);
  const request = (name) => {
    const { files, args, scale } = built.inputs[name];
    // Some programs keep their own name: it must be the one that the recorded program has.
    const thisProgram = process.argv[1];
    return { name, files: Object.keys(files), args: args(scale.short), thisProgram };
  };
  try {
    await page.goto(`${origin}/`);
    await until(page, () => globalThis.ready === true);
    for (const name of NAMES) {
      await test(`${name} in a page: every byte, by the right functions and lines`, async () => {
        const { events, output } = await recordedEvents(built, name);
        const found = JSON.parse(await page.evaluate((wanted) => profiled(wanted), request(name)));
        assert.equal(found.code, 0);
        assert.equal(found.output, output);
        const truth = sumsOf(events);
        assert.deepEqual(figuresOf(found.profile, truth), truth);
        const expected = await profiledByNode(built, name);
        assert.deepEqual(byPlace(found.profile), byPlace(expected));
        assert.deepEqual(strangeStacks(found.profile, expected).slice(0, 3), []);
        const named = Object.keys(byPlace(expected)).filter((key) => /^\w+ \S+\.(c|cpp):[1-9]/.test(key)); // prettier-ignore
        assert.ok(named.length > 1, `${named.length}`);
        if (name === 'known') assert.equal(found.lostBytes, 40 * 5 * 64);
      });
    }

    await test('a trace is streamed to a file of the origin', async () => {
      const truth = sumsOf((await recordedEvents(built, 'known')).events);
      const { code, bytes, watched, read } = await page.evaluate(
        (wanted) => traced(wanted),
        request('known'),
      );
      assert.equal(code, 0);
      assert.ok(bytes > 3 * truth.operations * 0.5, `${bytes}`);
      assert.deepEqual(read, watched);
      assert.deepEqual(read, figuresOf(truth, read));
    });

    await watching({ browser, test, page, origin, request, built });
    await files({ browser, test, origin, built });
    await test('nothing complains', () => assert.deepEqual(complaints, []));
  } finally {
    await page.close();
    await close();
  }
}

/** A program of one tab on the page of another. */
async function watching({ browser, test, page: program, origin, request, built }) {
  const { page, complaints } = await newPage(browser);
  const truth = sumsOf((await recordedEvents(built, 'known')).events);
  await page.goto(`${origin}${PAGE}#workload=pattern:churn&size=64&count=100&seed=1&at=0`);
  const button = '#programs button';
  try {
    await test('a program that is announced is seen and watched by another tab', async () => {
      await program.evaluate((wanted) => announced(wanted), request('known'));
      await until(page, (selector) => document.querySelector(selector) !== null, button);
      assert.equal(await textOf(page, button), 'Watch known (exact)');
      await page.$eval(button, (element) => element.click());
      const live = `live ${(truth.liveBytes / 1024).toFixed(1)} KiB in ${truth.liveBlocks} blocks`;
      await until(
        page,
        (text) => document.querySelector('#program-figures').textContent.includes(text),
        live,
      );
      await until(page, () => document.querySelector('#profile-stacks tbody tr') !== null);
      const rows = await textOf(page, '#profile-stacks');
      assert.match(rows, /12,80090 %200main \(known\.cpp:\d+\)/);
    });

    await test('a snapshot of it names what leaked, and what holds the rest', async () => {
      await page.$eval('#program-snapshot', (element) => element.click());
      await until(page, () =>
        /^Leaked/.test(document.querySelector('#profile-leaked')?.textContent ?? ''),
      );
      assert.equal(
        await textOf(page, '#profile-leaked'),
        'Leaked: 12,800 bytes in 200 blocks that nothing points at.',
      );
      assert.match(await textOf(page, '#profile-leaks'), /static data or the stack/);
    });

    await test('a program that ends is gone', async () => {
      await program.evaluate(() => endAnnouncement());
      await until(page, (selector) => document.querySelector(selector) === null, button);
    });
    await test("the document's example of a program that is announced is seen", async () => {
      await program.goto(`${origin}/example/`);
      await until(page, (selector) => document.querySelector(selector) !== null, button);
      assert.equal(await textOf(page, button), 'Watch app (exact)');
    });
    await test('nothing complains', () => assert.deepEqual(complaints, []));
  } finally {
    await page.close();
  }
}

/** Files that are opened by a link and by the form. */
async function files({ browser, test, origin, built }) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'heaplet-profile-'));
  const trace = memorySink();
  const profile = await profiledByNode(built, 'known', { trace });
  const name = (file) => path.join(folder, file);
  await writeFile(name('known.heaplet.json'), JSON.stringify(profile));
  await writeFile(name('known.trace'), trace.bytes());
  await writeFile(name('broken.json'), '{"format": "heaplet-profile", "version": 7}');
  const { page, complaints } = await newPage(browser);
  const choose = async (file) => (await page.$('#trace-file')).uploadFile(name(file));
  const shown = (text) => until(page, (wanted) => document.body.textContent.includes(wanted), text);
  try {
    await page.goto(`${origin}${PAGE}#workload=file:none`);
    await shown('no recorded program is called none');
    complaints.length = 0; // the browser's own of what is not there
    await page.$eval('#kind-file', (element) => element.click());

    await test('a profile that is chosen shows what the report prints', async () => {
      await choose('known.heaplet.json');
      await shown('Leaked: 12,800 bytes in 200 blocks that nothing points at.');
      const figures = await textOf(page, '#profile-figures');
      assert.match(figures, /At the peak3,079,104 bytes in 242 blocks/);
      await page.select('#profile-value', 'temporary');
      assert.match(await textOf(page, '#profile-stacks'), /373,500/);
      assert.match(await textOf(page, '#profile-growths'), /Why memory grew, \d+ times/);
      assert.equal(await page.$eval('#race', (race) => race.offsetHeight), 0);
    });

    await test('a profile that is none is refused, and the one before stays', async () => {
      await choose('broken.json');
      await shown('not a valid profile: its version is 7; this reader knows 1');
      assert.match(await textOf(page, '#profile-leaked'), /12,800/);
    });

    await test('a trace that is chosen is played, and shown as a profile', async () => {
      await choose('known.trace');
      await shown('known: 0.');
      await until(page, () => heapletDemo.session.trace?.peakBytes === 3079104);
      await until(page, () => document.documentElement.dataset.race === 'finished');
      assert.match(await textOf(page, '#profile-status'), /mode trace/);
      assert.ok((await page.$eval('#race', (race) => race.offsetHeight)) > 100);
    });

    await test('heaplet serve shows a trace, and names it by the program beside it', async () => {
      await cp(path.join(built.folder, 'known.symbols.wasm'), name('known.wasm'));
      await cp(path.join(built.folder, 'known.symbols.wasm.map'), name('known.wasm.map'));
      const { url, end } = await served(['--page', siteFolder, name('known.trace')]);
      try {
        await page.goto(url);
        await until(page, () => heapletDemo.session.trace?.peakBytes === 3079104);
        await until(page, () => document.documentElement.dataset.race === 'finished');
        assert.match(await textOf(page, '#profile-stacks'), /known\.cpp:\d+/);
      } finally {
        end();
      }
    });
    await test('nothing complains', () => assert.deepEqual(complaints, []));
  } finally {
    await page.close();
    await rm(folder, { recursive: true });
  }
}
