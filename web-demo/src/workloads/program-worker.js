// SPDX-License-Identifier: MIT
//
// Runs a visitor's script in Lua, SQLite or QuickJS and records what it asked of its allocator. One
// worker a run: it is ended when the script does not.

import { TraceWriter } from '../../../js/sight/trace.js';
import { serve } from '../engine/rpc.js';
import { readTrace, transferOf } from '../trace.js';

const MOST_EVENTS = 2_000_000;
const MOST_OUTPUT = 20_000;

/** The recorder's kinds, as in bench/record/wasm-recorder.c. */
const Kind = { free: 1, malloc: 2, calloc: 3, realloc: 4, aligned: 5 };

class Enough extends Error {}

class Recorder {
  #serials = new Map();

  constructor(meta) {
    this.writer = new TraceWriter(meta);
  }

  /** @param {Uint32Array} words five an event: kind, alignment, size, old block, block */
  take(words) {
    for (let at = 0; at < words.length; at += 5) {
      if (this.writer.events >= MOST_EVENTS) throw new Enough();
      this.#event(words[at], words[at + 1], words[at + 2], words[at + 3], words[at + 4]);
    }
  }

  #event(kind, alignment, size, oldBlock, block) {
    const { writer } = this;
    const old = this.#serials.get(oldBlock);
    if (oldBlock !== 0) {
      if (old === undefined) return; // from before the recording began
      this.#serials.delete(oldBlock);
    }
    if (kind === Kind.free) return writer.free(old);
    const give = {
      [Kind.malloc]: () => writer.malloc(size),
      [Kind.calloc]: () => writer.calloc(size),
      [Kind.aligned]: () => writer.aligned(alignment, size),
      [Kind.realloc]: () =>
        old === undefined ? writer.reallocNew(size) : writer.realloc(old, size),
    };
    this.#serials.set(block, give[kind]());
  }
}

async function run({ program, url, script, fileName }) {
  const { default: create } = await import(/* @vite-ignore */ url);
  const lines = [];
  let length = 0;
  const print = (line) => {
    length += line.length + 1;
    if (length <= MOST_OUTPUT) lines.push(line);
  };
  const module = await create({ print, printErr: print });
  const recorder = new Recorder({ name: fileName, kind: `${program}, run in this browser` });
  self.recordEvents = (words) => recorder.take(words);
  module.FS.writeFile(fileName, script);
  let ending;
  try {
    const code = module.callMain([fileName, '1']);
    if (code !== 0) ending = `${program} ended with code ${code}`;
  } catch (error) {
    ending =
      error instanceof Enough ? `stopped after ${MOST_EVENTS} operations` : String(error.message);
  }
  if (!(ending && ending.startsWith('stopped'))) module._record_flush();
  if (length > MOST_OUTPUT) lines.push('…');
  const trace = await readTrace(recorder.writer.finish(), fileName);
  return { trace, output: lines.join('\n'), ending };
}

serve({ run }, (result) => transferOf(result.trace));
