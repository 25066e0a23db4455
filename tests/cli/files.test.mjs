// SPDX-License-Identifier: MIT
// The commands on files, and what is said of wrong use.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { FORMATS, exportProfile } from '../../js/sight/exporters/index.js';
import { sampleProfile } from '../exporters/sample.mjs';
import { heaplet } from './support.mjs';

// For a busy machine, on which a process takes its time to start.
jest.setTimeout(120_000);
const { profile } = sampleProfile();
let folder;
let saved;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'heaplet-cli-'));
  saved = path.join(folder, 'a.heaplet.json');
  writeFileSync(saved, JSON.stringify(profile));
});
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name) => path.join(folder, name);

describe('help', () => {
  test('lists the commands, and each command explains itself', async () => {
    const { code, stdout } = await heaplet(['--help']);
    expect(code).toBe(0);
    const names = [...stdout.matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name);
    expect(names).toEqual(expect.arrayContaining(['run', 'record', 'report', 'diff', 'convert']));
    for (const name of names) {
      const help = await heaplet([name, '--help']);
      expect([help.code, help.stdout.split('\n')[0]]).toEqual([
        0,
        expect.stringContaining(`heaplet ${name}`),
      ]);
    }
  });

  test('is what no command at all gives, as an error', async () => {
    expect((await heaplet([])).code).toBe(2);
  });
});

describe('convert', () => {
  test.each(FORMATS.map(({ name, endings }) => [name, endings[0]]))(
    'writes %s for a name that ends in %s',
    async (name, ending) => {
      const format = FORMATS.find((one) => one.name === name);
      const { code, stdout } = await heaplet(['convert', '--json', saved, at(`out${ending}`)]);
      expect([code, JSON.parse(stdout).format]).toEqual([0, name]);
      const expected = await exportProfile(profile, format);
      expect(readFileSync(at(`out${ending}`)).equals(expected)).toBe(true);
    },
  );

  test('writes other bytes than the live ones', async () => {
    await heaplet(['convert', '--value', 'allocated', saved, at('all.folded')]);
    const lines = readFileSync(at('all.folded'), 'utf8').trim().split('\n');
    const sum = lines.reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
    expect(sum).toBe(profile.allocatedBytes);
  });

  test('chooses a snapshot by its label, and says which there are', async () => {
    const out = at('middle.heapsnapshot');
    expect((await heaplet(['convert', '--snapshot', 'middle', saved, out])).code).toBe(0);
    const { snapshot } = JSON.parse(readFileSync(out, 'utf8'));
    expect(snapshot.node_count).toBe(profile.snapshots[1].blocks.length + 3);
    const { code, stderr } = await heaplet(['convert', '--snapshot', 'noon', saved, out]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('there are: "middle", "end"')]);
  });
});

describe('report', () => {
  test('says the sums, as text and as JSON', async () => {
    const text = await heaplet(['report', saved]);
    expect(text.code).toBe(0);
    for (const bytes of [profile.liveBytes, profile.peakBytes, profile.allocatedBytes]) {
      expect(text.stdout).toContain(`${bytes.toLocaleString('en-US')} bytes`);
    }
    expect(text.stdout).toMatch(/^live +[▁-█]+ /m);
    const report = JSON.parse((await heaplet(['report', '--json', '--top', '99', saved])).stdout);
    const sum = report.liveBy.reduce((total, { bytes }) => total + bytes, 0);
    expect([report.live.bytes, sum]).toEqual([profile.liveBytes, profile.liveBytes]);
    expect(report.leaks.lostBlocks).toBe(4);
  });

  test('reads a compressed profile', async () => {
    writeFileSync(at('a.heaplet.json.gz'), gzipSync(JSON.stringify(profile)));
    const { stdout } = await heaplet(['report', '--json', at('a.heaplet.json.gz')]);
    expect(JSON.parse(stdout).peak.bytes).toBe(profile.peakBytes);
  });
});

describe('diff', () => {
  test('finds nothing between a profile and itself', async () => {
    const { code, stdout } = await heaplet(['diff', saved, saved]);
    expect([code, stdout]).toEqual([0, expect.stringContaining('no stack differs')]);
  });

  test('finds what was added, and breaks a limit for it', async () => {
    const totals = profile.totals.map((total, index) =>
      index === 0 ? { ...total, liveBytes: total.liveBytes + 4096 } : total,
    );
    writeFileSync(at('b.heaplet.json'), JSON.stringify({ ...profile, totals }));
    const files = [saved, at('b.heaplet.json')];
    const { code, stdout } = await heaplet(['diff', '--json', '--max-growth', '4k', ...files]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ bytes: 4096, rows: [{ bytes: 4096, blocks: 0 }] });
    expect((await heaplet(['diff', '--max-growth', '4095', ...files])).code).toBe(3);
  });
});

describe('wrong use is told what, where and what to do:', () => {
  const cases = [
    ['a command that is none', ['fun'], /no command "fun"[^]*what to do: commands: run,/],
    [
      'an option that is none',
      ['report', '--tops', '3', 'x'],
      /--tops[^]*options of report: --top/,
    ],
    ['a number that is none', ['report', '--top', 'ten', 'x'], /--top takes a whole number/],
    ['a size that is none', ['run', '--max-bytes', '3 cows', 'x'], /--max-bytes.*"3 cows"[^]*512k/],
    ['too little', ['diff', 'a'], /too little[^]*use: heaplet diff/],
    ['a file that is not there', ['report', 'no.json'], /no\.json: there is no such file/],
    ['a program that is not there', ['run', 'no.mjs'], /no\.mjs: there is no such file/],
    ['a mode that is none', ['run', '--mode', 'full', 'x'], /--mode.*"full"[^]*exact, sites/],
    ['leaks of samples', ['run', '--mode', 'sampled', '--fail-on-leak', 'x'], /need every block/],
  ];
  test.each(cases)('%s', async (_, args, message) => {
    const { code, stderr } = await heaplet(args);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  test('an unknown format, with those that are known', async () => {
    const { code, stderr } = await heaplet(['convert', saved, at('out.xyz')]);
    expect(code).toBe(2);
    for (const { name } of FORMATS) expect(stderr).toContain(name);
  });

  test('an export that is to be read again', async () => {
    await heaplet(['convert', saved, at('x.massif')]);
    const { code, stderr } = await heaplet(['report', at('x.massif')]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/x\.massif: not a valid profile[^]*ms_print/),
    ]);
  });

  test('a profile that is cut short', async () => {
    writeFileSync(at('cut.heaplet.json'), JSON.stringify(profile).slice(0, 500));
    const { code, stderr } = await heaplet(['report', at('cut.heaplet.json')]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('it is not JSON')]);
  });
});
