// SPDX-License-Identifier: MIT
// The thread that listens: one line of JSON to each who attaches, ten times a second.

import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { workerData } from 'node:worker_threads';
import { FIGURES } from './live.js';

const INTERVAL_MS = 100;
const { figures, socket, about } = workerData;

const server = createServer((connection) => {
  connection.on('error', () => connection.destroy()); // whoever attached has gone
  connection.write(`${JSON.stringify(about)}\n`);
  const timer = setInterval(() => {
    const now = Object.fromEntries(FIGURES.map((name, index) => [name, figures[index]]));
    connection.write(`${JSON.stringify(now)}\n`);
  }, INTERVAL_MS);
  connection.on('close', () => clearInterval(timer));
});
rmSync(socket, { force: true });
server.listen(socket);
