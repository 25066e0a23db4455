// SPDX-License-Identifier: MIT
//
// What a running program tells to whoever attaches. A program that computes does not answer, so a
// thread of its own listens on a local socket and reads the figures from memory that both share; the
// program brings them up to date whenever its profiler looks at it.

import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';

/** The figures, in the order in which they lie in memory. */
export const FIGURES = [
  'milliseconds',
  'operations',
  'liveBytes',
  'liveBlocks',
  'allocatedBytes',
  'memoryBytes',
];
const UPDATE_MS = 50;

/** Where programs that can be attached to have their sockets; private to the user. */
export function socketFolder() {
  const folder = path.join(os.tmpdir(), `heaplet-${os.userInfo().username}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** Processes that listen: `[{pid, socket}]`. */
export function listening() {
  const folder = socketFolder();
  return readdirSync(folder).flatMap((name) => {
    const pid = Number(/^(\d+)\.sock$/.exec(name)?.[1]);
    if (!pid) return [];
    if (isRunning(pid)) return [{ pid, socket: path.join(folder, name) }];
    rmSync(path.join(folder, name), { force: true }); // left behind by a program that was killed
    return [];
  });
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Lets a program be attached to from here on. */
export function announce(profiler, { program, mode }) {
  const figures = new Float64Array(new SharedArrayBuffer(FIGURES.length * 8));
  const socket = path.join(socketFolder(), `${process.pid}.sock`);
  const worker = new Worker(new URL('./live-server.js', import.meta.url), {
    workerData: { figures, socket, about: { pid: process.pid, program, mode } },
    execArgv: [], // not this preload again
    env: { ...process.env, HEAPLET_RUN: '' },
  });
  worker.unref();
  const listener = profiler.moduleOptions().heapletSight;
  const start = performance.now();
  let last = -Infinity;
  const update = () => {
    const now = performance.now();
    if (!listener.control || now - last < UPDATE_MS) return;
    last = now;
    const { accounts, control } = listener;
    figures.set([
      now - start,
      listener.operations,
      accounts.liveBytes,
      accounts.liveBlocks,
      control.allocatedBytes,
      control.memoryBytes,
    ]);
  };
  // The profiler drains the program's log whenever it is full, also while the program computes.
  const { drain } = listener;
  listener.drain = (...args) => {
    const result = drain.apply(listener, args);
    update();
    return result;
  };
  setInterval(() => {
    if (listener.control) listener.drain();
  }, UPDATE_MS).unref();
  process.on('exit', () => rmSync(socket, { force: true }));
}
