// SPDX-License-Identifier: MIT
//
// What a running program tells to whoever attaches: the messages of js/sight/live.js, as lines of JSON
// over a local socket. A program that computes does not answer, so a thread of its own listens; the two
// exchange messages whenever the profiler looks at the program.

import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { MessageChannel, Worker, receiveMessageOnPort } from 'node:worker_threads';
import { Announcement, FIGURES_MS } from '../sight/live.js';

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

/** Lets a program be attached to from here on; `facts` are for its watchers. */
export function listen(profiler, facts) {
  const socket = path.join(socketFolder(), `${process.pid}.sock`);
  const { port1: ours, port2: port } = new MessageChannel();
  const worker = new Worker(new URL('./live-server.js', import.meta.url), {
    workerData: { socket, port },
    transferList: [port],
    execArgv: [], // not this preload again
    env: { ...process.env, HEAPLET_RUN: '' },
  });
  worker.unref();
  const about = { id: `${process.pid}`, pid: process.pid, ...facts };
  const announcement = new Announcement(profiler, about, (message) => ours.postMessage(message));
  let last = 0;
  profiler.onDrain = () => {
    const now = performance.now();
    if (now - last < FIGURES_MS / 2) return;
    last = now;
    for (let next = receiveMessageOnPort(ours); next; next = receiveMessageOnPort(ours)) {
      announcement.receive(next.message);
    }
    announcement.update();
  };
  setInterval(() => profiler.drain(), FIGURES_MS).unref();
  process.on('exit', () => rmSync(socket, { force: true }));
}
