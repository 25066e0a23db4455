// SPDX-License-Identifier: MIT
// The thread that listens: passes lines on between the program and each who attaches.

import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { workerData } from 'node:worker_threads';

const { socket, port } = workerData;
const lineOf = (message) => `${JSON.stringify(message)}\n`;
const connections = new Set();
/** What is told at once to those who come: a program that computes is slow to answer. */
const known = new Map();

port.on('message', (message) => {
  if (message.is === 'program' || message.is === 'figures') known.set(message.is, message);
  const line = lineOf(message);
  for (const connection of connections) connection.write(line);
});

const server = createServer((connection) => {
  connections.add(connection);
  connection.on('error', () => connection.destroy()); // whoever attached has gone
  connection.on('close', () => connections.delete(connection));
  for (const message of known.values()) connection.write(lineOf(message));
  createInterface({ input: connection })
    .on('error', () => {}) // the connection's, which is met above
    .on('line', (line) => {
      try {
        port.postMessage(JSON.parse(line));
      } catch {
        connection.destroy(); // it is none of ours
      }
    });
});
rmSync(socket, { force: true });
server.listen(socket);
