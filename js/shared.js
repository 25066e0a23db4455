// SPDX-License-Identifier: MIT
//
// heaplet/shared: values that threads share. One memory, an instance of the module in each thread, and
// a gate that lets one of them in at a time; counts and locks are atomics that need no gate.

import { Arc, giveUp, makeOwner, shareable, signatureOf } from './arc.js';
import { BORROW, Core, OBJECT, WEAK } from './core.js';
import { Diagnostics } from './diagnostics.js';
import {
  ArgumentError,
  LoadError,
  OutOfMemoryError,
  UseAfterMoveError,
  badArgument,
  wholeNumber,
} from './errors.js';
import { ENTERING, GIVEN_UP, Gate, Ledger, OWNS, POISONED, READS, WRITER_WAITS } from './gate.js';
import { compile } from './load.js';
import { Mutex, RwLock } from './lock.js';

export * from './exports.js';
export { Arc, ArcWeak, SharedOwner } from './arc.js';
export { Lock, LockGuard, Mutex, RwLock } from './lock.js';

/** @typedef {import('./inference.js').AnyType} AnyType */
/**
 * @template T
 * @typedef {import('./inference.js').ValueOf<T>} ValueOf
 */
/**
 * @template T
 * @typedef {import('./inference.js').InitOf<T>} InitOf
 */
/**
 * A thread's place: what joinShared() needs there. It can be posted, to one thread.
 * @typedef {{module: WebAssembly.Module, memory: WebAssembly.Memory, control: number, thread: number,
 *   birth: number, ledger: number, name: string}} Seat
 *   `name` is that of a Web Lock, which the thread holds as long as it lives
 */

/**
 * An owner on its way to another thread.
 * @typedef {{heaplet: string, entry: number, generation: number, type: string}} Message
 */

const KINDS = { Arc, Mutex, RwLock };

/** One thread's part of a memory that threads share. */
export class SharedHeaplet {
  /** @internal @param {Record<string, any>} exports @param {Seat} seat */
  constructor(exports, seat) {
    const { module, memory, control, thread, ledger } = seat;
    /** @internal */
    this._module = module;
    /** @internal */
    this._gate = new Gate(exports, memory, control, thread);
    const gated = Object.fromEntries(
      Object.entries(exports).map(([name, value]) => [
        name,
        typeof value === 'function'
          ? (/** @type {any[]} */ ...args) => this._gate.run(() => value(...args))
          : value,
      ]),
    );
    /** @internal */
    this._core = new Core(gated, { memory, diagnostics: new Diagnostics('off') });
    /** @internal */
    this._seat = seat;
    /** Gives back the Web Lock. @internal @type {() => void} */
    this._letGo = () => {};
    /** @internal */
    this._ledger = new Ledger(this._gate, ledger);
  }

  /**
   * An Arc: the first of the owners of a new value, in any threads. Nobody changes it.
   * @template {AnyType} const T
   * @param {T} type
   * @param {InitOf<T>} [init]
   * @returns {Arc<ValueOf<T>>}
   */
  arc(type, init) {
    return this.#create(Arc, type, init);
  }

  /**
   * A Mutex: a shared value that one thread at a time may use.
   * @template {AnyType} const T
   * @param {T} type
   * @param {InitOf<T>} [init]
   * @returns {Mutex<ValueOf<T>>}
   */
  mutex(type, init) {
    return this.#create(Mutex, type, init);
  }

  /**
   * A RwLock: a shared value that many threads may read or one may change.
   * @template {AnyType} const T
   * @param {T} type
   * @param {InitOf<T>} [init]
   * @returns {RwLock<ValueOf<T>>}
   */
  rwLock(type, init) {
    return this.#create(RwLock, type, init);
  }

  /**
   * @param {any} Kind
   * @param {unknown} given
   * @param {any} init
   */
  #create(Kind, given, init) {
    const core = this._core;
    const type = shareable(given);
    const value = type.prepare(core, init);
    core.checkOpen();
    const slot = core.create(type, type.bytesFor(value));
    core.refresh();
    type.write(core, core.u32[slot + OBJECT], value);
    return makeOwner(this, Kind, slot, core.u32[slot], type);
  }

  /** A place for another thread: post it there, and call joinShared() with it. @returns {Seat} */
  seat() {
    this._core.checkOpen();
    return seatIn(this._gate, this._module);
  }

  /**
   * Takes what another thread has sent. Each message can be received once.
   * @template {AnyType} const T
   * @param {Message} message what send() returned there
   * @param {T} type the type that the value was made with
   * @returns {any} an Arc, a Mutex or a RwLock, as was sent
   */
  receive(message, type) {
    const core = this._core;
    core.checkOpen();
    const payload = shareable(type);
    const Kind = Object.hasOwn(KINDS, message?.heaplet)
      ? /** @type {any} */ (KINDS)[message.heaplet]
      : undefined;
    if (!Kind) throw badArgument('what send() returned', message);
    wholeNumber('the entry of a message', message.entry, 1);
    wholeNumber('the generation of a message', message.generation, 1);
    if (message.type !== signatureOf(payload)) {
      throw new ArgumentError('H0006', `this message is a ${message.type}, not ${payload.name}`, {
        help: 'receive it as the type that it was made with, field by field',
      });
    }
    const slot = this._gate.take(message.entry, message.generation);
    if (slot === 0) {
      throw new UseAfterMoveError('E0382', 'this message was received before, or never sent', {
        help: 'to have owners in several threads, clone() and send each clone',
      });
    }
    core.refresh();
    return makeOwner(this, Kind, slot, message.generation, payload);
  }

  /**
   * Gives back what a thread owned that has ended: its shares, and its locks, which are poisoned. Call it
   * for a thread that has ended, and only then.
   * @param {Seat} seat the thread's
   */
  reclaim(seat) {
    this._core.checkOpen();
    if (seat?.memory !== this._gate.memory || seat.thread === this._gate.thread) {
      throw badArgument('the seat of another thread of this memory', seat);
    }
    this.#end(seat);
  }

  /**
   * Waits until a thread that has joined is gone, and then gives back what it owned. For browsers, where
   * terminate() returns before the worker has stopped; in Node, call reclaim() on the worker's `exit`.
   * @param {Seat} seat the thread's
   */
  async reclaimWhenGone(seat) {
    const locks = webLocks();
    if (!locks) {
      throw badArgument(
        'a place with navigator.locks',
        seat,
        "call reclaim() on the worker's exit",
      );
    }
    await locks.request(seat.name, () => {});
    this.reclaim(seat);
  }

  /** Gives back what this thread owns, and ends its part. Others go on. */
  leave() {
    if (!this._core.isOpen) return;
    this.#end(this._seat);
    this._core.close();
    this._letGo();
  }

  /** @param {Seat} seat */
  #end({ thread, birth, ledger }) {
    const gate = this._gate;
    // Once for each thread, whoever calls first.
    if (!gate.beginEnd(thread, birth)) return;
    gate.breakIfInside(thread);
    this._core.refresh();
    const { i32 } = this._core;
    for (const slot of gate.run(() => [...liveSlots(gate)])) {
      // It may have been this thread that waited to write; others that do say so again.
      if ((Atomics.load(i32, slot + WEAK) & WRITER_WAITS) !== 0) {
        Atomics.and(i32, slot + WEAK, ~WRITER_WAITS);
      }
      if (Atomics.load(i32, slot + BORROW) !== -thread) continue;
      Atomics.or(i32, slot + WEAK, POISONED);
      Atomics.store(i32, slot + BORROW, 0);
      Atomics.notify(i32, slot + BORROW);
    }
    const entries = [...gate.entriesOf(ledger)];
    for (const { slot, kind } of entries) {
      if (kind === READS) Atomics.sub(i32, slot + BORROW, 1);
      if (kind === ENTERING) Atomics.or(i32, slot + WEAK, POISONED | GIVEN_UP);
      if (kind !== OWNS) Atomics.notify(i32, slot + BORROW);
    }
    for (const { slot, generation, kind } of entries) {
      if (kind === OWNS) giveUp(this, slot, generation);
    }
    gate.run(() => gate.freeLedger(ledger));
    gate.endThread(thread);
  }

  /** What is alive in all threads together, and messages that nobody has received. */
  stats() {
    const core = this._core;
    core.checkOpen();
    const { exports } = this._gate;
    const [liveCount, liveBytes] = this._gate.run(() => {
      const at = exports.heaplet_stats() >>> 2;
      core.refresh();
      return core.u32.slice(at, at + 2);
    });
    return { liveCount, liveBytes, messageCount: this._gate.countMessages() };
  }
}

/** Inside of the gate. @param {Gate} gate */
function* liveSlots({ exports }) {
  for (let slot = exports.heaplet_next_live(0); slot !== 0;) {
    yield slot;
    slot = exports.heaplet_next_live(slot);
  }
}

/**
 * @param {WebAssembly.Module} module
 * @param {WebAssembly.Memory} memory
 */
async function instantiate(module, memory) {
  const instance = await WebAssembly.instantiate(module, {
    env: {
      memory,
      heaplet_on_drop() {},
      heaplet_print(/** @type {number} */ address, /** @type {number} */ bytes) {
        console.error(
          new TextDecoder().decode(new Uint8Array(memory.buffer, address, bytes).slice()),
        );
      },
      emscripten_notify_memory_growth() {},
    },
  });
  return /** @type {Record<string, any>} */ (instance.exports);
}

/**
 * A new memory for threads to share, and this thread's part in it.
 * @param {{wasm?: import('./load.js').ModuleSource, maximumBytes?: number}} [options] where the module
 *   is, beside the package if left out; and how far the memory may grow
 * @returns {Promise<SharedHeaplet>}
 */
export async function loadShared({ wasm, maximumBytes = 2 ** 28 } = {}) {
  wholeNumber('maximumBytes', maximumBytes, 2 ** 20, 2 ** 30);
  if (typeof SharedArrayBuffer !== 'function') {
    throw new LoadError('H0010', 'there is no shared memory here', {
      help: 'serve the page with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp',
    });
  }
  const module = await compile(wasm ?? new URL('../dist/heaplet-shared.wasm', import.meta.url));
  const maximum = Math.ceil(maximumBytes / 65536);
  const memory = new WebAssembly.Memory({ initial: 16, maximum, shared: true });
  const exports = await instantiate(module, memory).catch((cause) => {
    throw new LoadError('H0010', `the module could not be loaded: ${cause.message}`, {
      cause,
      help: 'use the heaplet-shared.wasm that came with the package',
    });
  });
  exports._initialize();
  return new SharedHeaplet(exports, seatIn(Gate.create(exports, memory), module));
}

/** A place for one more thread. @param {Gate} gate @param {WebAssembly.Module} module @returns {Seat} */
function seatIn(gate, module) {
  const { memory, control } = gate;
  const number = gate.nextThread();
  if (!number)
    throw new ArgumentError('H0006', 'there are 1023 threads already', { help: 'end some' });
  const ledger = gate.thread === 0 ? gate.makePart() : gate.run(() => gate.makePart());
  if (ledger === 0) {
    gate.endThread(number.thread);
    throw new OutOfMemoryError('H0001', 'no memory for one more thread');
  }
  const name = `heaplet ${Math.random()} ${number.birth}`;
  return { module, memory, control, ledger, name, ...number };
}

/**
 * This thread's part in a memory that another has loaded.
 * @param {Seat} seat what seat() returned there; each is for one thread
 * @returns {Promise<SharedHeaplet>}
 */
export async function joinShared(seat) {
  if (!(seat?.memory instanceof WebAssembly.Memory && seat.module instanceof WebAssembly.Module)) {
    throw badArgument('what seat() returned', seat);
  }
  const shared = new SharedHeaplet(await instantiate(seat.module, seat.memory), seat);
  shared._letGo = await holdLock(seat.name);
  return shared;
}

/** The browser's locks between threads, which end with the thread that has one. @returns {any} */
function webLocks() {
  const { navigator } = /** @type {any} */ (globalThis);
  return typeof navigator?.locks?.request === 'function' ? navigator.locks : undefined;
}

/** @param {string} name @returns {Promise<() => void>} what gives it back */
async function holdLock(name) {
  const locks = webLocks();
  if (!locks) return () => {};
  return new Promise((resolve) => {
    locks.request(name, () => new Promise((/** @type {any} */ letGo) => resolve(letGo)));
  });
}
