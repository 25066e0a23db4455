// SPDX-License-Identifier: MIT
//
// Listener: what a running program calls, and what becomes of it. The other end of src/sight.

import { Accounts } from './accounts.js';
import { Control, HAS_STACK, Mode, NO_ALLOWANCE, RingKind, Word, filterIndex } from './control.js';
import { Governor } from './governor.js';
import { growthOf, markGrowth } from './growth.js';
import { Recorder } from './recorder.js';
import { callersOf, captureStack } from './stacks.js';
import { Kind } from './trace-format.js';

/** @typedef {{before: number, after: number, asked: number, alignment: number,
 *   milliseconds: number, stack?: string}} GrowthEvent */
/** @typedef {{address: number, bytes: number, state: number, inSlab: boolean}} WalkedBlock */

/** Keeps the accounts of one program. */
export class Listener {
  /** @type {Control | undefined} */
  control;
  accounts;
  governor;
  startedAt = Date.now();
  #start = performance.now();
  /** @type {Set<number>} */
  #allocators = new Set();
  /** Stacks by calling context or by site. @type {Map<number, number>} */
  #contexts = new Map();
  /** @type {Map<number, number>} */
  #tags = new Map([[0, 0]]);
  #tag = 0;
  #old = 0;
  /** @type {Recorder | undefined} */
  #recorder;
  /** @type {WalkedBlock[]} */
  #walked = [];
  /** Called whenever the program's log was looked at. @type {(() => void) | undefined} */
  onDrain;

  /**
   * @param {import('./profiler.js').ProfilerMode} mode
   * @param {number} samplingBytes
   * @param {number} overhead
   * @param {import('./postlink.js').Sites | undefined} sites
   * @param {(() => number) | undefined} random
   */
  constructor(mode, samplingBytes, overhead, sites, random) {
    this.mode = mode;
    this.sites = sites;
    this.accounts = new Accounts(
      () => performance.now() - this.#start,
      () => this.control?.memoryBytes ?? 0,
    );
    this.governor = new Governor(samplingBytes, overhead, random);
  }

  /**
   * Writes every operation from here on as a trace.
   * @param {import('./trace-writer.js').TraceSink} sink
   * @param {object} meta
   */
  record(sink, meta) {
    this.#recorder = new Recorder(sink, meta, this.accounts);
  }

  /** @returns {Control} */
  running() {
    if (!this.control) {
      throw new TypeError('no program yet: pass moduleOptions() to its factory, or attach() to it');
    }
    return this.control;
  }

  /** Operations of the program since it began, whether they were looked at or not. */
  get operations() {
    const control = this.running();
    return control.get(Word.allocationCount) + control.get(Word.freeCount);
  }

  get #logs() {
    return this.mode === 'exact' || this.mode === 'sites';
  }

  /** @param {import('./profiler.js').ProfilerMode} mode */
  setMode(mode) {
    this.mode = mode;
    const { control } = this;
    if (!control) return;
    this.drain();
    const logs = this.#logs;
    const chained = mode === 'exact' || (mode === 'sampled' && this.sites?.contexts);
    const looks = logs ? Mode.log : mode === 'sampled' ? Mode.sample : Mode.off;
    control.set(Word.mode, looks | (chained ? Mode.contexts : 0));
    control.arm(logs ? 0 : mode === 'sampled' ? this.governor.next() : NO_ALLOWANCE);
    // Blocks that are known must be seen going, in whatever mode.
    if (logs) control.filter().fill(255);
    else if (this.accounts.blocks.count === 0) control.filter().fill(0);
  }

  /** Ends the listening; the program goes on without. */
  stop() {
    this.setMode('off');
    this.#recorder?.finish();
    this.#recorder = undefined;
    if (this.control) delete this.control.program.sight;
  }

  /**
   * A tag for the program's control structure.
   * @param {string} name
   */
  tagToken(name) {
    // No C string lies at the end of memory.
    const token = 0xffff0000 + this.#tags.size;
    this.#tags.set(token, this.accounts.stacks.string(name));
    return token;
  }

  /** All blocks of the heap, in order of address. */
  walk() {
    this.drain();
    this.#walked = [];
    this.running().walk();
    return this.#walked;
  }

  // What the program calls, by these names.

  /** @param {import('./control.js').LinkedProgram} program */
  open(program) {
    this.control = new Control(program);
    this.#allocators = this.control.allocators();
    for (const growth of /** @type {GrowthEvent[]} */ (program.growths)) {
      this.#addGrowth(growth, growth.stack ?? '');
    }
    program.growths = [];
    this.setMode(this.mode);
  }

  /**
   * @param {number} context that post-link code left, 0 where there is none
   * @param {number} bytes
   * @param {number} block
   */
  sample(context, bytes, block) {
    const control = this.running();
    const start = performance.now();
    this.drain();
    this.accounts.operations = this.operations - 1;
    const tag = this.#tagOf(control.get(Word.tag));
    const weight = this.governor.weight(bytes);
    if (context !== 0 && this.sites?.contexts) this.context(context);
    const stack = context === 0 ? this.stack() : this.#stackOf(context);
    this.accounts.allocate(block, bytes, stack, tag, weight);
    const filter = control.filter();
    if (filter[filterIndex(block)] < 255) filter[filterIndex(block)]++;
    control.arm(this.governor.next());
    this.governor.spent(start, performance.now());
  }

  /** A stack for an allocation that post-link code knows nothing of. */
  stack() {
    return this.#captured(captureStack());
  }

  /** @param {number} context met for the first time, or for a while */
  context(context) {
    if (this.#contexts.has(context)) return;
    this.#contexts.set(context, this.#captured(captureStack()));
  }

  /** Takes in what is in the ring. */
  drain() {
    this.#takeIn();
    this.onDrain?.();
  }

  #takeIn() {
    const { control } = this;
    if (!control || control.get(Word.ringCount) === 0) return;
    const logs = this.#logs;
    control.drain((head, bytes, block, context) => {
      const kind = head & 15;
      if (kind === Kind.free) this.#freed(block, logs ? 0 : context);
      else if (kind === RingKind.tag) this.#changeTag(bytes);
      else if (kind === RingKind.oldBlock) this.#old = block;
      else this.#allocated(kind, head, bytes, block, context);
    });
    this.#recorder?.tick(performance.now() - this.#start);
  }

  blocks() {
    this.running().drain((head, bytes, address) => {
      this.#walked.push({ address, bytes, state: head & 15, inSlab: (head & 16) !== 0 });
    });
  }

  /** @param {GrowthEvent} growth */
  growth(growth) {
    this.drain();
    this.#addGrowth(growth, captureStack());
    this.accounts.moment();
  }

  /**
   * @param {GrowthEvent} event
   * @param {string} text
   */
  #addGrowth(event, text) {
    const control = this.running();
    const start = performance.now();
    const inside = [...text.matchAll(/wasm-function\[(\d+)\]/g)];
    const byMalloc = inside.some(([, index]) => this.#allocators.has(Number(index)));
    // Who looks at every block has time for all of the heap at a growth.
    const sums = this.#logs || this.governor.mayWalk(start) ? control.sums() : null;
    const growth = growthOf(
      { ...event, milliseconds: event.milliseconds - this.#start },
      {
        byMalloc,
        sums,
        stack: this.#captured(text),
        tag: this.#tagOf(control.get(Word.tag)),
        operations: this.operations,
      },
    );
    this.accounts.growths.push(growth);
    this.#recorder?.growth(growth);
    markGrowth(growth);
    this.governor.walked(start, performance.now());
  }

  /**
   * @param {number} kind
   * @param {number} head
   * @param {number} bytes
   * @param {number} block
   * @param {number} context
   */
  #allocated(kind, head, bytes, block, context) {
    const stack = head & HAS_STACK ? context : this.#stackOf(context);
    this.#recorder?.allocated(kind, (head >>> 4) & 31, bytes, this.#old, stack);
    if (kind === Kind.realloc) {
      this.accounts.reallocate(this.#old, block, bytes, stack, this.#tag);
    } else this.accounts.allocate(block, bytes, stack, this.#tag);
  }

  /**
   * @param {number} block
   * @param {number} operations of the program by then, or 0 where each is counted here
   */
  #freed(block, operations) {
    this.#recorder?.freed(block);
    if (operations > 0) this.accounts.operations = operations - 1;
    if (!this.accounts.free(block) || operations === 0) return;
    const filter = this.running().filter();
    const at = filterIndex(block);
    if (filter[at] > 0 && filter[at] < 255) filter[at]--;
  }

  /** @param {number} pointer */
  #changeTag(pointer) {
    this.#tag = this.#tagOf(pointer);
    this.#recorder?.tag(this.accounts.stacks.strings[this.#tag]);
  }

  /** @param {number} pointer to the tag's name */
  #tagOf(pointer) {
    let tag = this.#tags.get(pointer);
    if (tag === undefined) {
      tag = this.accounts.stacks.string(this.running().string(pointer));
      this.#tags.set(pointer, tag);
    }
    return tag;
  }

  /** @param {number} context a site's number in mode `sites`, else a calling context */
  #stackOf(context) {
    let stack = this.#contexts.get(context);
    if (stack === undefined) {
      const site = this.sites?.list[context - 1];
      stack = site
        ? this.accounts.stacks.stack([{ ...site, name: '', file: '', line: 0, column: 0 }])
        : 0;
      this.#contexts.set(context, stack);
    }
    return stack;
  }

  /** @param {string} text */
  #captured(text) {
    const { sites } = this;
    return this.accounts.stacks.fromText(text, (frames) =>
      callersOf(frames, this.#allocators).map((frame) =>
        sites && frame.functionIndex >= 0
          ? { ...frame, offset: sites.offsets.before(frame.offset) }
          : frame,
      ),
    );
  }
}
