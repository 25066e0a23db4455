// SPDX-License-Identifier: MIT
// How scripts call other programs: quiet while all is well, a heart-beat when it takes long, and on
// failure the end of what the program said, the command to repeat, and what to do.

import { spawn } from 'node:child_process';
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's top folder. */
export const repository = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** A failure whose message is meant for the person at the terminal; it needs no stack trace. */
export class ScriptError extends Error {
  constructor(what, hint) {
    super(hint ? `${what}\n  what to do: ${hint}` : what);
    this.name = 'ScriptError';
  }
}

/** One line to the terminal, on stderr, so that a script's stdout stays machine-readable. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

export function seconds(sinceMs) {
  const s = (performance.now() - sinceMs) / 1000;
  return s < 10 ? `${s.toFixed(1)} s` : `${Math.round(s)} s`;
}

/** Tells every few seconds that `label` is still at work; resolves and rejects with `work`. */
export async function withHeartbeat(label, work) {
  const start = performance.now();
  const timer = setInterval(() => say(`  … ${label} (${seconds(start)})`), 5000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

/**
 * Runs a program and resolves with `{code, stdout, stderr}`.
 *
 * - `label`  what to call it in the heart-beat and in an error; by default the command itself
 * - `output` 'quiet' (kept, and its tail shown if it fails), or 'show' (straight to the terminal;
 *            stdout is shown and kept)
 * - `allowFailure` resolves also when the exit code is not 0
 * - `hint`   what to do when it fails
 */
export function run(command, args = [], options = {}) {
  const { label, output = 'quiet', allowFailure = false, hint, input, ...rest } = options;
  const line = commandLine(command, args);
  const work = new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...rest, stdio: ['pipe', 'pipe', 'pipe'] });
    const stdout = [];
    const stderr = [];
    const both = [];
    child.stdin.on('error', () => {}); // a program that never reads its input may close it early
    child.stdin.end(input ?? '');
    collect(child.stdout, [stdout, both], output === 'show' && process.stdout);
    collect(child.stderr, [stderr, both], output === 'show' && process.stderr);
    child.on('error', (cause) => {
      const what =
        cause.code === 'ENOENT' ? 'no such program (or folder to run it in)' : cause.message;
      reject(new ScriptError(`cannot start: ${line}\n  ${what}`, hint));
    });
    child.on('close', (code, signal) => {
      const result = { code: code ?? 128, stdout: text(stdout), stderr: text(stderr) };
      if (result.code === 0 || allowFailure) return resolve(result);
      const ending = signal ? `was ended by ${signal}` : `failed with exit code ${code}`;
      const shown = output === 'show' ? '' : `${tail(text(both), 60)}\n`;
      const where = rest.cwd ? `\n  in: ${rest.cwd}` : '';
      reject(
        new ScriptError(`${shown}${label ?? command} ${ending}\n  command: ${line}${where}`, hint),
      );
    });
  });
  return output === 'show' ? work : withHeartbeat(label ?? path.basename(command), work);
}

/** The full path of a program on `searchPath`, or null. */
export function which(name, searchPath = process.env.PATH ?? '') {
  for (const folder of searchPath.split(path.delimiter).filter(Boolean)) {
    const candidate = path.join(folder, name);
    try {
      accessSync(candidate, constants.X_OK);
      // Folders are executable too, and Emscripten's own has one named cmake.
      if (statSync(candidate).isFile()) return candidate;
    } catch {
      // not in this folder
    }
  }
  return null;
}

/** Orders two versions of three numbers. */
export function compareVersions(a, b) {
  const [x, y] = [a, b].map((version) => version.split('.').map(Number));
  return x[0] - y[0] || x[1] - y[1] || x[2] - y[2];
}

/** Runs a script's main function when the file is the one that Node was started with. */
export async function main(meta, body) {
  if (!process.argv[1] || realpathSync(process.argv[1]) !== fileURLToPath(meta.url)) return;
  try {
    await body(process.argv.slice(2));
  } catch (error) {
    say(error instanceof ScriptError ? `error: ${error.message}` : (error.stack ?? String(error)));
    process.exitCode = 1;
  }
}

export function tail(output, lines) {
  return output.trimEnd().split('\n').slice(-lines).join('\n');
}

function collect(stream, sinks, echo) {
  stream.on('data', (chunk) => {
    for (const sink of sinks) sink.push(chunk);
    if (echo) echo.write(chunk);
  });
}

function text(chunks) {
  return Buffer.concat(chunks).toString('utf8');
}

function commandLine(command, args) {
  return [command, ...args]
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`))
    .join(' ');
}
