// SPDX-License-Identifier: MIT
// heaplet run and heaplet record: a program in a Node of its own, with the profiler in it.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { exportProfile, formatOf } from '../sight/exporters/index.js';
import { parseProfile } from '../sight/profile.js';
import { reportOf } from '../sight/report.js';
import { CommandError, Exit } from './errors.js';
import { reportText } from './report.js';
import { joinSymbols } from './symbols.js';
import { count, size } from './text.js';

const PRELOAD = new URL('./preload.js', import.meta.url).href;

/** heaplet run: profiles a program, and writes or prints what was found. */
export async function runCommand({ values, positionals: [program], rest }) {
  const target = values.profile;
  const format = target === undefined ? undefined : formatOf({ name: values.format, file: target });
  if (format === undefined && values.format !== undefined) {
    throw new CommandError(
      '--format says how to write, and nothing is to be written',
      'add --profile FILE',
    );
  }
  const searched = values['fail-on-leak'] || format?.name === 'heapsnapshot';
  if (searched && values.mode === 'sampled') {
    throw new CommandError(
      'leaks and heap snapshots need every block, and --mode sampled sees but some',
      'leave --mode out, or use --mode exact or sites',
    );
  }
  const mode = values.mode ?? 'exact';
  const { profiles, code, folder } = await runProgram(program, rest, {
    mode,
    samplingBytes: values['sampling-bytes'],
    blocks: mode !== 'sampled' && mode !== 'off',
    listen: values.listen,
    quiet: values.json,
  });
  try {
    const profile = largestOf(await symbolised(profiles, program, values));
    if (target !== undefined) {
      await writeFile(target, await exportProfile(profile, format));
      process.stderr.write(`heaplet: ${target}: ${format.name}, opens in ${format.opensIn}\n`);
    }
    if (profile.operations === 0) {
      process.stderr.write(`heaplet: ${program} allocated nothing; did its main function run?\n`);
    }
    const report = reportOf(profile, { top: values.top });
    const broken = limitsBroken(report, values);
    if (values.json) print(JSON.stringify({ exitCode: code, broken, ...report }));
    else if (target === undefined) print(reportText(report, values));
    for (const { what } of broken) process.stderr.write(`heaplet: ${what}\n`);
    return code !== 0 ? code : broken.length > 0 ? Exit.limit : Exit.ok;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** heaplet record: every operation of a program, as a trace. */
export async function recordCommand({ values, positionals: [program], rest }) {
  const output = values.output ?? `${path.basename(program).replace(/\.\w+$/, '')}.trace`;
  const options = { mode: values.mode, quiet: values.json };
  const { code, profile } = await recordTo(output, program, rest, options);
  const { size: bytes } = await stat(output);
  const { operations, liveBytes, peakBytes } = profile;
  if (values.json) {
    print(JSON.stringify({ exitCode: code, output, bytes, operations, liveBytes, peakBytes }));
  } else {
    const each = (bytes / Math.max(1, operations)).toFixed(1);
    const what = `${count(operations)} operations in ${size(bytes)}, ${each} bytes each`;
    process.stderr.write(`heaplet: ${output}: ${what}\n`);
  }
  return code;
}

/** Runs a program and writes its trace to `output`; `{code, profile}`. */
export async function recordTo(output, program, args, { mode = 'exact', quiet = false }) {
  const { profiles, code, folder } = await runProgram(program, args, { mode, trace: true, quiet });
  try {
    const { file, profile } = largestOf(profiles, (entry) => entry.profile);
    await copyFile(file.replace(/json$/, 'trace'), output);
    return { code, profile };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What a limit on the command line forbids and the program did. */
function limitsBroken({ leaks, peak, memoryBytes }, values) {
  const broken = [];
  if (values['fail-on-leak'] && leaks?.lostBytes > 0) {
    const what = `leaked: ${count(leaks.lostBytes)} bytes in ${count(leaks.lostBlocks)} blocks`;
    broken.push({ limit: 'fail-on-leak', what });
  }
  for (const [limit, bytes, name] of [
    ['max-bytes', peak.bytes, 'live at the peak'],
    ['max-memory', memoryBytes, 'linear memory'],
  ]) {
    if (values[limit] === undefined || bytes <= values[limit]) continue;
    const what = `${name}: ${count(bytes)} bytes, more than --${limit} ${count(values[limit])}`;
    broken.push({ limit, what });
  }
  return broken;
}

/** Runs a program; `{profiles: [{profile, file, wasm}], code, folder}`. The folder is the caller's. */
async function runProgram(program, args, { quiet, ...settings }) {
  if (!existsSync(program)) {
    throw new CommandError(`${program}: there is no such file`, 'give a program that Node can run');
  }
  const folder = await mkdtemp(path.join(os.tmpdir(), 'heaplet-run-'));
  const options = { folder, program: path.basename(program), ...settings };
  const child = spawn(
    process.execPath,
    [...process.execArgv, '--import', PRELOAD, program, ...args],
    {
      // With --json stdout is ours alone.
      stdio: ['inherit', quiet ? process.stderr : 'inherit', 'inherit'],
      env: { ...process.env, HEAPLET_RUN: JSON.stringify(options) },
    },
  );
  const passOn = (signal) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, passOn);
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve(status ?? 128 + os.constants.signals[signal]));
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, passOn);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  const profiles = [];
  for (const name of files) {
    const file = path.join(folder, name);
    const wasm = await readFile(file.replace(/json$/, 'wasm'));
    const folders = JSON.parse(await readFile(file.replace(/json$/, 'folders'), 'utf8'));
    profiles.push({ file, wasm, folders, profile: parseProfile(await readFile(file, 'utf8')) });
  }
  if (profiles.length > 0) return { profiles, code, folder };
  await rm(folder, { recursive: true });
  throw new CommandError(
    `${program} ended with code ${code} and ran no WebAssembly that is linked with heaplet::profiler`,
    'link it: target_link_libraries(app PRIVATE heaplet::profiler heaplet::malloc)',
    code === 0 ? Exit.failed : code,
  );
}

async function symbolised(profiles, program, values) {
  const joined = [];
  for (const { profile, wasm, folders } of profiles) {
    joined.push(await joinSymbols(profile, [...folders, path.dirname(program)], values, wasm));
  }
  return joined;
}

/** Of several modules in one process, the one that allocated most; the others are named. */
function largestOf(list, profileOf = (profile) => profile) {
  const sorted = [...list].sort(
    (a, b) => profileOf(b).allocatedBytes - profileOf(a).allocatedBytes,
  );
  if (sorted.length > 1) {
    process.stderr.write(
      `heaplet: ${sorted.length} modules were profiled; this is the one that allocated most\n`,
    );
  }
  return sorted[0];
}

const print = (text) => process.stdout.write(`${text}\n`);
