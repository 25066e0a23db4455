// SPDX-License-Identifier: MIT
// Arguments of a command, checked against what the command says it takes.

import { parseArgs } from 'node:util';
import { CommandError } from './errors.js';

/**
 * @typedef {object} Option
 * @property {'string' | 'boolean' | 'number' | 'bytes'} type
 * @property {string} about
 * @property {string} [value] what the help calls its value
 * @property {string} [short]
 * @property {readonly string[]} [among] the values there are
 */

const COMMON = {
  json: { type: 'boolean', about: 'print the result as JSON' },
  help: { type: 'boolean', short: 'h', about: 'print this' },
};

export const optionsOf = (command) => ({ ...command.options, ...COMMON });

/** `{values, positionals, rest}`; `rest` is what follows the program of `run` and is the program's. */
export function parse(command, args) {
  const options = optionsOf(command);
  const [ours, rest] = command.runsProgram ? split(args, options) : [args, []];
  let parsed;
  try {
    parsed = parseArgs({
      args: ours,
      allowPositionals: true,
      options: Object.fromEntries(
        Object.entries(options).map(([name, { type, short }]) => [
          name,
          { type: type === 'boolean' ? 'boolean' : 'string', ...(short && { short }) },
        ]),
      ),
    });
  } catch (error) {
    throw new CommandError(
      error.message.replace(/\. To specify a positional.*$/, ''),
      `options of ${command.name}: ${Object.keys(options)
        .map((name) => `--${name}`)
        .join(', ')}`,
    );
  }
  const values = Object.fromEntries(
    Object.entries(parsed.values).map(([name, text]) => [name, valueOf(name, text, options[name])]),
  );
  const [least, most] = command.positionals;
  const given = parsed.positionals.length;
  if (!values.help && (given < least || given > most)) {
    const wants = given < least ? 'too little' : 'too much';
    throw new CommandError(`heaplet ${command.name}: ${wants} was given`, `use: ${command.usage}`);
  }
  return { values, positionals: parsed.positionals, rest };
}

/** Ours up to and with the program, the program's own after it. */
function split(args, options) {
  for (let at = 0; at < args.length; at++) {
    if (args[at] === '--')
      return [args.slice(0, at).concat(args.slice(at, at + 2)), args.slice(at + 2)];
    if (!args[at].startsWith('-')) return [args.slice(0, at + 1), args.slice(at + 1)];
    const option = args[at].startsWith('--')
      ? options[args[at].slice(2)]
      : Object.values(options).find(({ short }) => args[at] === `-${short}`);
    if (option && option.type !== 'boolean') at++;
  }
  return [args, []];
}

function valueOf(name, text, option) {
  if (option.among && !option.among.includes(text)) {
    const known = option.among.join(', ');
    throw new CommandError(`--${name} cannot be ${JSON.stringify(text)}`, `it is one of ${known}`);
  }
  if (option.type === 'number' && !/^\d+$/.test(text)) {
    throw new CommandError(`--${name} takes a whole number, not ${JSON.stringify(text)}`);
  }
  if (option.type === 'number') return Number(text);
  return option.type === 'bytes' ? bytesOf(name, text) : text;
}

function bytesOf(name, text) {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([kmg])(?:i?b)?|b)?$/i.exec(text);
  if (!match) {
    const hint = 'write bytes, or a number with k, m or g: 65536, 512k, 1.5m';
    throw new CommandError(`--${name} takes a size, not ${JSON.stringify(text)}`, hint);
  }
  const power = { k: 1, m: 2, g: 3 }[match[2]?.toLowerCase()] ?? 0;
  return Math.round(Number(match[1]) * 1024 ** power);
}

/** The help of one command. */
export function helpOf(command) {
  const lines = Object.entries(optionsOf(command)).map(([name, option]) => {
    const value = option.type === 'boolean' ? '' : ` ${option.value ?? option.type.toUpperCase()}`;
    const short = option.short ? `-${option.short}, ` : '';
    return [`  ${short}--${name}${value}`, option.about];
  });
  const width = Math.max(...lines.map(([left]) => left.length)) + 2;
  const options = lines.map(([left, about]) => `${left.padEnd(width)}${about}`);
  return [command.usage, '', ...command.about, '', ...options].join('\n');
}
