// SPDX-License-Identifier: MIT
// heaplet attach: the figures of a program that runs with `heaplet run --listen`, as they change; or
// its profile so far.

import { writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import { exportProfile, formatOf } from '../sight/exporters/index.js';
import { CommandError, Exit } from './errors.js';
import { listening } from './live.js';
import { joinSymbols } from './symbols.js';
import { count, size, sparkline } from './text.js';

const HISTORY = 60;

export async function attachCommand({ values, positionals: [asked] }) {
  const target = values.profile;
  const format = target === undefined ? undefined : formatOf({ name: values.format, file: target });
  const found = listening();
  const wanted = asked === undefined ? found : found.filter(({ pid }) => String(pid) === asked);
  if (wanted.length !== 1) throw notOne(found, wanted, asked);
  const connection = createConnection(wanted[0].socket);
  const messages = messagesOf(connection);
  const { value: about } = await messages.next();
  if (!about) throw ended();
  const ask = (message) => connection.write(`${JSON.stringify({ ...message, id: about.id })}\n`);
  try {
    if (!format) return await watch(about, messages, ask, values);
    ask({ is: 'take', ask: 1, label: 'attach', references: about.mode !== 'sampled' });
    for await (const message of messages) {
      if (message.is === 'refused') throw new CommandError(message.reason, undefined, Exit.failed);
      if (message.is !== 'profile') continue;
      const profile = await joinSymbols(message.profile, [...about.folders, '.'], values);
      await writeFile(target, await exportProfile(profile, format));
      process.stderr.write(`heaplet: ${target}: ${format.name}, opens in ${format.opensIn}\n`);
      return Exit.ok;
    }
    throw ended();
  } finally {
    connection.destroy();
  }
}

async function* messagesOf(connection) {
  for await (const line of createInterface({ input: connection })) yield JSON.parse(line);
}

async function watch({ pid, program, mode }, messages, ask, values) {
  const live = [];
  let seen = 0;
  ask({ is: 'watch' });
  for await (const { is, id: _, ...figures } of messages) {
    if (is !== 'figures') continue;
    live.push(figures.liveBytes);
    if (live.length > HISTORY) live.shift();
    show({ pid, program, mode, ...figures }, live, values);
    if (values.count !== undefined && ++seen >= values.count) break;
  }
  if (process.stdout.isTTY && !values.json) process.stdout.write('\n');
  return Exit.ok;
}

function show(now, live, { json }) {
  if (json) return process.stdout.write(`${JSON.stringify(now)}\n`);
  const line =
    `${now.program} ${(now.milliseconds / 1000).toFixed(1)} s  ${sparkline(live, 30)}  ` +
    `live ${size(now.liveBytes)} in ${count(now.liveBlocks)}  ` +
    `memory ${size(now.memoryBytes)}, grown ${count(now.growths)} times  ` +
    `${count(now.operations)} operations`;
  process.stdout.write(process.stdout.isTTY ? `\r${line}\x1b[K` : `${line}\n`);
}

const ended = () => new CommandError('the program has ended', 'run it again', Exit.failed);

function notOne(found, wanted, asked) {
  const hint = 'start one: heaplet run --listen app.mjs';
  if (found.length === 0) return new CommandError('no program listens', hint);
  const pids = found.map(({ pid }) => pid).join(', ');
  return wanted.length === 0
    ? new CommandError(`no program with process id ${asked} listens`, `these do: ${pids}`)
    : new CommandError('several programs listen', `say which: ${pids}`);
}
