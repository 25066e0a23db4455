// SPDX-License-Identifier: MIT
//
// Gate: what lets one thread at a time into a module that several share, and ledgers of what each
// thread owns, so that others can give it back when the thread has died.
//
// Layout, in words of shared memory.
//
//   control   lock: the number of the thread inside or 0 | broken | threads that ever were | waiting |
//             ledger of messages on their way | for each number the how-manyth thread has it
//   ledger    next part or 0 | entries: slot, generation and kind in its two upper bits
//
// Invariants.
//   I1  a ledger is written by its own thread alone; that of messages inside of the gate, and an entry
//       of it is claimed by exchanging its slot for 0.
//   I2  a count goes up before its entry is written, and down after the entry is gone. A thread that
//       dies in between leaves a count too high: a leak, and never a value that ends too early.
//   I3  of a reader the entry is first, as ENTERING. When its thread dies then, nobody can know whether
//       it was counted, and the lock is given up for good.

import { InstanceError } from './errors.js';

const LOCK = 0;
const BROKEN = 1;
const BIRTHS = 2;
const WAITING = 3;
const MESSAGES = 4;
const THREADS = 5;
const THREAD_LIMIT = 1024;
const CONTROL_WORDS = THREADS + THREAD_LIMIT;
const LEAVING = -1;

const PART_ENTRIES = 1024;
const PART_BYTES = 4 * (1 + 2 * PART_ENTRIES);
const PATIENCE_MS = 5000;

/** Bits of a lock's weak word. */
export const POISONED = 1 << 30;
export const GIVEN_UP = 1 << 29;
export const WRITER_WAITS = 1 << 16;

/** Kinds of entries. */
export const OWNS = 0;
export const READS = 1 << 30;
export const ENTERING = 1 << 31;
const GENERATION = 2 ** 30 - 1;

/** Whether this thread may sleep: not the main one of a page. */
export function maySleep() {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}

/** What a thread knows of the others. */
export class Gate {
  /**
   * @param {Record<string, any>} exports of this thread's instance of the module
   * @param {WebAssembly.Memory} memory
   * @param {number} control word address
   * @param {number} thread its number
   */
  constructor(exports, memory, control, thread) {
    this.exports = exports;
    /** Outside of the gate. @type {(address: number) => number} */
    this.countUp = exports.heaplet_count_up;
    /** @type {(address: number) => number} */
    this.countDown = exports.heaplet_count_down;
    this.memory = memory;
    this.control = control;
    this.thread = thread;
    this.maySleep = maySleep();
    // The control words are near the start, and shared memory does not go away when it grows.
    this.words = new Int32Array(memory.buffer);
  }

  /** Makes the control words. @param {Record<string, any>} exports @param {WebAssembly.Memory} memory */
  static create(exports, memory) {
    const control = exports.heaplet_allocate(4 * CONTROL_WORDS, 8) >>> 2;
    const words = new Int32Array(memory.buffer);
    words.fill(0, control, control + CONTROL_WORDS);
    return new Gate(exports, memory, control, 0);
  }

  /** A number for one more thread, and its birth, which no other ever has; null of too many. */
  nextThread() {
    const birth = Atomics.add(this.words, this.control + BIRTHS, 1) + 1;
    for (let thread = 1; thread < THREAD_LIMIT; thread++) {
      const at = this.control + THREADS + thread;
      if (Atomics.compareExchange(this.words, at, 0, birth) === 0) return { thread, birth };
    }
    return null;
  }

  /**
   * Whether this call is the one to end a thread; endThread() is to follow.
   * @param {number} thread
   * @param {number} birth
   */
  beginEnd(thread, birth) {
    if (!(thread > 0 && thread < THREAD_LIMIT && birth > 0)) return false;
    const at = this.control + THREADS + thread;
    return Atomics.compareExchange(this.words, at, birth, LEAVING) === birth;
  }

  /** @param {number} thread */
  endThread(thread) {
    Atomics.store(this.words, this.control + THREADS + thread, 0);
  }

  checkWhole() {
    if (Atomics.load(this.words, this.control + BROKEN) === 0) return;
    throw new InstanceError('H0014', 'a thread died in the middle of changing the shared memory', {
      help: 'load another with loadShared(), and end threads between messages only',
    });
  }

  /**
   * Runs `body` while no other thread is in the module. It must not come back here.
   * @template R
   * @param {() => R} body
   * @returns {R}
   */
  run(body) {
    this.#enter();
    try {
      return body();
    } finally {
      Atomics.store(this.words, this.control + LOCK, 0);
      if (Atomics.load(this.words, this.control + WAITING) > 0) {
        Atomics.notify(this.words, this.control + LOCK, 1);
      }
    }
  }

  #enter() {
    const at = this.control + LOCK;
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      this.checkWhole();
      const inside = Atomics.compareExchange(this.words, at, 0, this.thread);
      if (inside === 0) return;
      // Threads stay for microseconds, so the main thread of a page may spin.
      if (this.maySleep) {
        Atomics.add(this.words, this.control + WAITING, 1);
        Atomics.wait(this.words, at, inside, 10);
        Atomics.sub(this.words, this.control + WAITING, 1);
      }
      if (performance.now() > until) {
        throw new InstanceError('H0014', `thread ${inside} has been in the module for seconds`, {
          help: 'if it has ended, call reclaim() with its seat',
        });
      }
    }
  }

  /** Marks the memory as broken if `thread` has died in the module. @param {number} thread */
  breakIfInside(thread) {
    if (Atomics.load(this.words, this.control + LOCK) !== thread) return;
    Atomics.store(this.words, this.control + BROKEN, 1);
    Atomics.store(this.words, this.control + LOCK, 0);
    Atomics.notify(this.words, this.control + LOCK);
  }

  /** A part of a ledger: its word address; 0 when out of memory. Inside of the gate. */
  makePart() {
    const part = this.exports.heaplet_allocate(PART_BYTES, 8) >>> 2;
    if (part !== 0) this.view().fill(0, part, part + PART_BYTES / 4);
    return part;
  }

  /** All of the memory, as words. */
  view() {
    return new Int32Array(this.memory.buffer);
  }

  /** @param {number} first its first part */
  freeLedger(first) {
    const words = this.view();
    for (let part = first; part !== 0;) {
      const next = words[part];
      this.exports.heaplet_deallocate(part * 4, PART_BYTES, 8);
      part = next;
    }
  }

  /**
   * Entries in use: `{entry, slot, generation, kind}`.
   * @param {number} first the ledger's first part
   */
  *entriesOf(first) {
    const words = this.view();
    for (let part = first; part !== 0; part = Atomics.load(words, part)) {
      for (let entry = part + 1; entry < part + 1 + 2 * PART_ENTRIES; entry += 2) {
        const slot = Atomics.load(words, entry);
        const tagged = Atomics.load(words, entry + 1);
        if (slot === 0) continue;
        yield { entry, slot, generation: tagged & GENERATION, kind: tagged & ~GENERATION };
      }
    }
  }

  /**
   * A new entry for a message on its way; 0 when out of memory. Inside of the gate.
   * @param {number} slot
   * @param {number} generation
   * @returns {number}
   */
  post(slot, generation) {
    const words = this.view();
    const head = this.control + MESSAGES;
    for (let part = words[head]; part !== 0; part = words[part]) {
      for (let entry = part + 1; entry < part + 1 + 2 * PART_ENTRIES; entry += 2) {
        if (words[entry] !== 0) continue;
        words[entry + 1] = generation;
        Atomics.store(words, entry, slot);
        return entry;
      }
    }
    const part = this.makePart();
    if (part === 0) return 0;
    const grown = this.view();
    grown[part] = grown[head];
    Atomics.store(grown, head, part);
    return this.post(slot, generation);
  }

  /** Takes a message: its slot, or 0 when it was taken before or never sent. @param {number} entry @param {number} generation */
  take(entry, generation) {
    for (const message of this.entriesOf(Atomics.load(this.words, this.control + MESSAGES))) {
      if (message.entry !== entry || message.generation !== generation) continue;
      const { slot } = message;
      const taken = Atomics.compareExchange(this.view(), entry, slot, 0);
      return taken === slot ? slot : 0;
    }
    return 0;
  }

  /** Messages on their way. */
  countMessages() {
    return [...this.entriesOf(Atomics.load(this.words, this.control + MESSAGES))].length;
  }
}

/** What this thread owns. */
export class Ledger {
  #gate;
  #first;
  /** @type {number[]} */
  #free = [];
  #words;

  /** @param {Gate} gate @param {number} first */
  constructor(gate, first) {
    this.#gate = gate;
    this.#first = first;
    this.#words = gate.view();
    this.#use(first);
  }

  /** @param {number} slot @param {number} generation @param {number} kind @returns {number} 0 when out of memory */
  add(slot, generation, kind) {
    if (this.#free.length === 0 && !this.#grow()) return 0;
    // Plain stores: nobody else looks before this thread has ended.
    const entry = /** @type {number} */ (this.#free.pop());
    this.#words[entry + 1] = generation | kind;
    this.#words[entry] = slot;
    return entry;
  }

  /** @param {number} entry @param {number} generation @param {number} kind */
  change(entry, generation, kind) {
    this.#words[entry + 1] = generation | kind;
  }

  /** @param {number} entry */
  remove(entry) {
    this.#words[entry] = 0;
    this.#free.push(entry);
  }

  #grow() {
    const part = this.#gate.run(() => this.#gate.makePart());
    if (part === 0) return false;
    this.#words = this.#gate.view();
    Atomics.store(this.#words, part, Atomics.load(this.#words, this.#first));
    Atomics.store(this.#words, this.#first, part);
    this.#use(part);
    return true;
  }

  /** @param {number} part */
  #use(part) {
    for (let i = PART_ENTRIES; i-- > 0;) this.#free.push(part + 1 + 2 * i);
  }
}
