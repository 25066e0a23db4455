#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// The command `heaplet`.

import { readFileSync } from 'node:fs';
import { ExportError } from '../sight/exporters/index.js';
import { helpOf, parse } from './arguments.js';
import { COMMANDS } from './commands.js';
import { CommandError, Exit } from './errors.js';

async function main([name, ...args]) {
  if (name === '--version' || name === '-v') return print(version());
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const about = COMMANDS.find((command) => command.name === args[0]);
    print(about ? helpOf(about) : help());
    return name === undefined ? Exit.usage : Exit.ok;
  }
  const command = COMMANDS.find((one) => one.name === name);
  if (!command) {
    const names = COMMANDS.map((one) => one.name).join(', ');
    throw new CommandError(`there is no command ${JSON.stringify(name)}`, `commands: ${names}`);
  }
  const parsed = parse(command, args);
  if (parsed.values.help) return print(helpOf(command));
  return command.run(parsed);
}

function help() {
  const lines = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`);
  return [
    'heaplet: what a WebAssembly program does with its memory',
    '',
    ...lines,
    '',
    'heaplet COMMAND --help says more. All commands print JSON with --json.',
    'Exit codes: 0 all is well, 1 failed, 2 wrong use or input, 3 a limit was broken.',
  ].join('\n');
}

function version() {
  const file = new URL('../../package.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).version;
}

function print(text) {
  process.stdout.write(`${text}\n`);
  return Exit.ok;
}

process.stdout.on('error', (error) => {
  if (error.code === 'EPIPE') process.exit(Exit.ok); // as in `heaplet report … | head`
  throw error;
});
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const told = error instanceof CommandError || error instanceof ExportError;
  if (!told) throw error;
  process.stderr.write(`heaplet: ${error.what ?? error.message}\n`);
  if (error.hint) process.stderr.write(`  what to do: ${error.hint}\n`);
  process.exitCode = error.code ?? Exit.usage;
}
