// SPDX-License-Identifier: MIT
// heaplet attach: the figures of a program that runs with `heaplet run --listen`, as they change.

import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import { CommandError, Exit } from './errors.js';
import { listening } from './live.js';
import { count, size, sparkline } from './text.js';

const HISTORY = 60;

export async function attachCommand({ values, positionals: [asked] }) {
  const found = listening();
  const wanted = asked === undefined ? found : found.filter(({ pid }) => String(pid) === asked);
  if (wanted.length !== 1) throw notOne(found, wanted, asked);
  const connection = createConnection(wanted[0].socket);
  const lines = createInterface({ input: connection })[Symbol.asyncIterator]();
  const about = JSON.parse((await lines.next()).value);
  const live = [];
  let last;
  let seen = 0;
  for await (const line of { [Symbol.asyncIterator]: () => lines }) {
    last = JSON.parse(line);
    live.push(last.liveBytes);
    if (live.length > HISTORY) live.shift();
    show({ ...about, ...last }, live, values);
    if (values.count !== undefined && ++seen >= values.count) connection.destroy();
  }
  if (process.stdout.isTTY && !values.json) process.stdout.write('\n');
  return Exit.ok;
}

function show(now, live, { json }) {
  if (json) return process.stdout.write(`${JSON.stringify(now)}\n`);
  const line =
    `${now.program} ${(now.milliseconds / 1000).toFixed(1)} s  ${sparkline(live, 30)}  ` +
    `live ${size(now.liveBytes)} in ${count(now.liveBlocks)}  ` +
    `memory ${size(now.memoryBytes)}  ${count(now.operations)} operations`;
  process.stdout.write(process.stdout.isTTY ? `\r${line}\x1b[K` : `${line}\n`);
}

function notOne(found, wanted, asked) {
  const hint = 'start one: heaplet run --listen app.mjs';
  if (found.length === 0) return new CommandError('no program listens', hint);
  const pids = found.map(({ pid }) => pid).join(', ');
  return wanted.length === 0
    ? new CommandError(`no program with process id ${asked} listens`, `these do: ${pids}`)
    : new CommandError('several programs listen', `say which: ${pids}`);
}
