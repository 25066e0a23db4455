// SPDX-License-Identifier: MIT
//
// Profiler: which code of a running program holds its memory. The program is linked with
// heaplet::profiler; everything is counted here, in JavaScript's memory.

import { Word } from './control.js';
import { findReferences, leaksOf } from './leaks.js';
import { Listener } from './listener.js';
import { readSites, tagSites } from './postlink.js';
import { WasmModule } from './wasm-module.js';

/**
 * How much is looked at. `off`: growths alone. `sampled`: one block in about `samplingBytes`, with its
 * stack; at most 1 % of the time. `exact`: every block; a stack is captured the first time that a
 * calling context is met, which needs `wasm`, else for every allocation, which is slow. `sites`: every
 * block, with the place of the call alone; needs `wasm`.
 * @typedef {'off' | 'sampled' | 'exact' | 'sites'} ProfilerMode
 */

/**
 * @typedef {object} ProfilerOptions
 * @property {ProfilerMode} [mode]
 * @property {number} [samplingBytes] mean bytes between two samples
 * @property {number} [overhead] the part of the time that samples may take, 0.01 if left out; where
 *   they would take more they are taken farther apart
 * @property {string} [program] its name, for reports
 * @property {Uint8Array} [wasm] the program's .wasm. It is passed through tagSites() where the mode is
 *   `exact` or `sites` and it has not been. In one that has been, samples cost a twentieth, too.
 * @property {import('./trace-writer.js').TraceSink} [trace] where every operation goes, in mode
 *   `exact` or `sites`
 * @property {object} [traceMeta] more for the trace's description
 * @property {() => number} [random] from 0 to 1, for samples that come out the same each time
 */

const MODES = ['off', 'sampled', 'exact', 'sites'];

/** Follows one program. */
export class Profiler {
  #listener;
  #options;
  /** @type {Uint8Array | undefined} */
  #wasm;

  /** @param {ProfilerOptions} [options] */
  constructor(options = {}) {
    const { mode = 'sampled', samplingBytes = 512 * 1024, overhead = 0.01 } = options;
    const { trace, traceMeta, random } = options;
    if (!(samplingBytes >= 1)) {
      throw new RangeError(`samplingBytes is ${samplingBytes}; it must be a number from 1 on`);
    }
    this.#options = options;
    this.#wasm = options.wasm;
    let sites = this.#wasm && readSites(this.#wasm);
    if (this.#wasm && !sites && (mode === 'exact' || mode === 'sites')) {
      const tagged = tagSites(this.#wasm, { contexts: mode === 'exact' });
      this.#wasm = tagged.wasm;
      sites = tagged.sites;
    }
    /** What the .wasm is known by, '' where it was not given. @readonly */
    this.buildId = sites?.buildId ?? (this.#wasm ? new WasmModule(this.#wasm).buildId : '');
    this.#listener = new Listener(mode, samplingBytes, overhead, sites, random);
    this.#checkMode(mode);
    if (!trace) return;
    if (mode !== 'exact' && mode !== 'sites') {
      throw new TypeError(`a trace needs every operation: mode 'exact' or 'sites', not '${mode}'`);
    }
    const { buildId } = this;
    this.#listener.record(trace, { program: options.program ?? '', buildId, ...traceMeta });
  }

  /**
   * Goes into the options of the generated module's factory.
   * @returns {{heapletSight: object, instantiateWasm?: Function}}
   */
  moduleOptions() {
    const wasm = this.#wasm;
    if (!wasm) return { heapletSight: this.#listener };
    return {
      heapletSight: this.#listener,
      instantiateWasm(
        /** @type {WebAssembly.Imports} */ imports,
        /** @type {(instance: WebAssembly.Instance, module: WebAssembly.Module) => void} */ done,
      ) {
        WebAssembly.instantiate(/** @type {BufferSource} */ (wasm), imports).then(
          ({ instance, module }) => done(instance, module),
        );
        return {};
      },
    };
  }

  /**
   * Follows a program that runs already. What it allocated before is not known.
   * @param {{heapletProgram?: import('./control.js').LinkedProgram}} module what the factory gave
   * @returns {this}
   */
  attach(module) {
    const program = module?.heapletProgram;
    if (!program) {
      throw new TypeError(
        'the program has no profiler in it, or has allocated nothing yet: link heaplet::profiler',
      );
    }
    if (program.sight) throw new TypeError('the program has a profiler already: stop() it first');
    program.sight = this.#listener;
    this.#listener.open(program);
    return this;
  }

  /** Lets go of the program and ends the trace; what was found stays readable. */
  stop() {
    this.#listener.stop();
  }

  get mode() {
    return this.#listener.mode;
  }

  /**
   * Changes how much is looked at, at any time. Blocks that were not seen coming are not seen going.
   * @param {ProfilerMode} mode
   */
  setMode(mode) {
    this.#checkMode(mode);
    this.#listener.setMode(mode);
  }

  /**
   * Tags what the program allocates while `work` runs.
   * @template T
   * @param {string} name
   * @param {() => T} work
   * @returns {T}
   */
  tag(name, work) {
    const control = this.#listener.running();
    const outer = control.get(Word.tag);
    control.set(Word.tag, this.#listener.tagToken(name));
    try {
      return work();
    } finally {
      control.set(Word.tag, outer);
    }
  }

  /**
   * Everything found so far.
   * @returns {import('./profile.js').Profile}
   */
  profile() {
    const { accounts, governor, mode, control, startedAt } = this.#listener;
    this.#listener.drain();
    const sampled = mode === 'sampled' || governor.samples > 0;
    const profile = accounts.profile({
      program: this.#options.program ?? '',
      buildId: this.buildId,
      mode: sampled ? 'sampled' : mode === 'sites' ? 'sites' : 'exact',
      samplingBytes: sampled ? governor.base : 0,
      startedAt,
    });
    return sampled && control ? { ...profile, operations: this.#listener.operations } : profile;
  }

  /**
   * Remembers what is live now, for profile() and for comparing.
   * @param {string} label
   * @param {{blocks?: boolean, references?: boolean}} [detail] every block by itself; and what points
   *   at it
   * @returns {import('./profile.js').Snapshot}
   */
  snapshot(label, { blocks = false, references = false } = {}) {
    const { accounts } = this.#listener;
    this.#listener.drain();
    if (!blocks && !references) return accounts.snapshot(label);
    const list = accounts.liveBlockList();
    const found = references ? findReferences(list, this.#listener.running()) : null;
    return accounts.snapshot(label, { blocks: list, references: found });
  }

  /**
   * What nothing points at any more, grouped by stack, without ending the program. Of what was
   * sampled alone, if only samples were taken.
   */
  leaks() {
    this.#listener.drain();
    const blocks = this.#listener.accounts.liveBlockList();
    return leaksOf(blocks, findReferences(blocks, this.#listener.running()));
  }

  /** Sums over the heap; see heaplet_malloc_sum() in sight.h. */
  stats() {
    return this.#listener.running().sums();
  }

  /** heaplet_malloc_info() as an object. */
  info() {
    return JSON.parse(this.#listener.running().info(1));
  }

  /** heaplet_malloc_info() as text. */
  infoText() {
    return this.#listener.running().info(0);
  }

  /** Allocations, frees and bytes asked for since the program began, in any mode. */
  counters() {
    const control = this.#listener.running();
    return {
      allocations: control.get(Word.allocationCount),
      frees: control.get(Word.freeCount),
      allocatedBytes: control.allocatedBytes,
      /** The part of the time that samples took. */
      overhead: this.#listener.governor.overhead(performance.now()),
    };
  }

  /**
   * All blocks of the heap in order of address, also those that the profiler did not see; empty where
   * the allocator cannot be walked. `state` is that of heaplet::Block: 0 live, 1 free, 2 metadata,
   * 3 fresh.
   */
  walk() {
    return this.#listener.walk();
  }

  /**
   * Live blocks as a table on the console, the largest first.
   * @param {number} [most] rows
   */
  table(most = 50) {
    this.#listener.drain();
    const { accounts } = this.#listener;
    const { strings, frames, stacks } = accounts.stacks;
    const rows = accounts
      .liveBlockList()
      .sort((a, b) => b.bytes - a.bytes)
      .slice(0, most)
      .map(({ address, bytes, stack, tag, serial }) => {
        const frame = frames[stacks[stack][0]];
        const from = frame && (strings[frame.function] || `wasm-function[${frame.functionIndex}]`);
        const place = frame?.offset ? `${from}:0x${frame.offset.toString(16)}` : from;
        return { address: `0x${address.toString(16)}`, bytes, serial, place, tag: strings[tag] };
      });
    console.table(rows);
  }

  /** Takes in what the program has logged so far; the profiler does so by itself when the log is full. */
  drain() {
    this.#listener.drain();
  }

  /**
   * Called whenever the log was taken in, also while the program computes; for announce().
   * @param {(() => void) | undefined} work
   */
  set onDrain(work) {
    this.#listener.onDrain = work;
  }

  /**
   * Where the program stands, without looking at its log; undefined before it has allocated.
   * @returns {Omit<import('./live.js').Figures, 'milliseconds'> | undefined}
   */
  figures() {
    const { control, accounts } = this.#listener;
    if (!control) return undefined;
    const { liveBytes, liveBlocks, growths } = accounts;
    const { allocatedBytes, memoryBytes } = control;
    const { operations } = this.#listener;
    return {
      operations,
      liveBytes,
      liveBlocks,
      allocatedBytes,
      memoryBytes,
      growths: growths.length,
    };
  }

  /** @param {string} mode */
  #checkMode(mode) {
    if (!MODES.includes(mode)) {
      throw new TypeError(`there is no mode '${mode}'; there are ${MODES.join(', ')}`);
    }
    if (mode === 'sites' && !this.#listener.sites) {
      throw new TypeError("mode 'sites' needs the program's .wasm: new Profiler({ mode, wasm })");
    }
  }
}
