// SPDX-License-Identifier: MIT
// Streams a trace to a file of the origin, and reads it again.

import { opfsSink, profileOfTrace } from '/js/sight/index.js';
import { run } from './program.js';

const FILE = 'test.trace';

self.onmessage = async ({ data }) => {
  try {
    const sink = await opfsSink(FILE);
    const { profiler, code } = await run(data, { trace: sink });
    const watched = profiler.profile();
    profiler.stop();
    sink.close();
    const folder = await navigator.storage.getDirectory();
    const file = await (await folder.getFileHandle(FILE)).getFile();
    const read = profileOfTrace(new Uint8Array(await file.arrayBuffer()));
    await folder.removeEntry(FILE);
    const figures = ({ operations, liveBytes, liveBlocks, peakBytes, peakBlocks }) => ({
      ...{ operations, liveBytes, liveBlocks, peakBytes, peakBlocks },
    });
    const answer = { code, bytes: file.size, watched: figures(watched), read: figures(read) };
    self.postMessage(answer);
  } catch (error) {
    self.postMessage({ error: error.message });
  }
};
