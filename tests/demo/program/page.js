// SPDX-License-Identifier: MIT
// What the test asks of the page, by name.

import { announce, symbolise } from '/js/sight/index.js';
import { run } from './program.js';

/** Runs a program; resolves with what it printed and its profile, as JSON. */
globalThis.profiled = async (request) => {
  const { profiler, code, output, symbols } = await run(request);
  const { lostBytes, lostBlocks } = profiler.leaks();
  const profile = symbolise(profiler.profile(), symbols);
  return JSON.stringify({ code, output, lostBytes, lostBlocks, profile });
};

/** Runs a program and lets other tabs watch it. */
globalThis.announced = async (request) => {
  const { profiler, symbols } = await run(request);
  globalThis.endAnnouncement = announce(profiler, { program: request.name, symbols });
};

/** Runs a program in a worker, with its trace in a file of the origin. */
globalThis.traced = (request) => {
  const worker = new Worker('worker.js', { type: 'module' });
  worker.postMessage(request);
  return new Promise((resolve, reject) => {
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.onmessage = ({ data }) => {
      worker.terminate();
      if (data.error) reject(new Error(data.error));
      else resolve(data);
    };
  });
};

globalThis.ready = true;
