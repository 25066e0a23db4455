// SPDX-License-Identifier: MIT
//
// Purpose: one trace on one allocator, recorded as it runs. Operations up to `frontier` have been
// carried out and their answers logged; any moment up to there can be looked at again.
//
// Runs are deterministic: the same operations, the same refused growths, the same addresses. What
// only the heap itself knows of a past moment (its slabs and free blocks) comes from a second
// instance that is brought to that moment.

import { Kind, Ledger, alignmentOf, kindOf, slotOf } from './ledger.js';
import { Player } from './module.js';

const SAMPLES = 1024;
/** Memory is booked as touched in pieces of this size. */
export const TOUCH_BYTES = 4096;

const markOf = (slot) => (slot * 37 + 11) & 255;

/** Carries out operations on an instance; the addresses of live blocks are all it remembers. */
class Executor {
  constructor(module, operations, slotCount, refusals, onGrowth) {
    this.operations = operations;
    this.address = new Uint32Array(slotCount);
    this.size = new Uint32Array(slotCount);
    this.refusals = refusals;
    this.position = 0;
    this.player = new Player(module, onGrowth);
  }

  /** The answer of the operation at `position`, which is then one further. */
  step() {
    const at = this.position++;
    const what = this.operations[2 * at];
    const size = this.operations[2 * at + 1];
    const slot = slotOf(what);
    const kind = kindOf(what);
    const { exports } = this.player;
    const old = this.address[slot];
    const mark = markOf(slot);
    if (this.refusals.has(at)) this.player.refuseGrowth = true;
    const { refusedCount } = this.player;
    let block = 0;
    if (kind === Kind.free) {
      if (old !== 0) exports.release(old, this.size[slot], mark);
      this.address[slot] = 0;
    } else {
      block =
        kind === Kind.realloc && old !== 0
          ? exports.resize(old, this.size[slot], size, mark)
          : exports.allocate(kind, alignmentOf(what), size, mark);
      block >>>= 0;
      if (block !== 0) {
        this.address[slot] = block;
        this.size[slot] = size;
      } else if (kind !== Kind.realloc) {
        this.address[slot] = 0;
      }
    }
    // An allocator may ask again for less, at once: that fails too.
    if (this.player.refusedCount > refusedCount) this.player.refuseGrowth = false;
    return block;
  }
}

export class Run {
  #module;
  #executor;
  #replica;
  #ledger;
  #front;
  #stride;
  /** What the last walk found: address, bytes, state × 2 + whether in a slab. */
  #walked = { position: -1, blocks: new Uint32Array(3 * 4096), count: 0 };

  /**
   * @param {WebAssembly.Module} module
   * @param {{operations: Uint32Array, count: number, slots: number}} trace
   * @param {Iterable<number>} [refusals] operations before which the next growth is set to fail
   */
  constructor(module, trace, refusals = []) {
    this.#module = module;
    this.trace = trace;
    this.answers = new Uint32Array(trace.count);
    this.refusals = new Set(refusals);
    /** @type {Array<{at: number, beforeBytes: number, afterBytes: number, requestedBytes: number}>} */
    this.growths = [];
    /** By piece of memory: 1 + the first operation that gave a block there. */
    this.touched = new Uint32Array(1024);
    /** Each: operation, live bytes, memory bytes, heap top, live blocks, allocated bytes so far. */
    this.samples = [];
    this.#stride = Math.max(1, Math.ceil(trace.count / SAMPLES));
    this.#front = new Ledger(trace.operations, trace.slots);
    this.#ledger = new Ledger(trace.operations, trace.slots);
    this.#executor = new Executor(module, trace.operations, trace.slots, this.refusals, (growth) =>
      this.growths.push({ at: this.frontier, ...growth }),
    );
    this.#sample();
  }

  get frontier() {
    return this.#front.position;
  }

  get heapBase() {
    return this.#executor.player.heapBase;
  }

  get canWalk() {
    return this.#executor.player.canWalk;
  }

  /** Carries out operations until `position`. */
  advance(position) {
    const executor = this.#executor;
    const front = this.#front;
    const end = Math.min(position, this.trace.count);
    while (front.position < end) {
      const at = front.position;
      const block = executor.step();
      this.answers[at] = block;
      front.book(block);
      if (block !== 0) this.#touch(block, this.trace.operations[2 * at + 1], at);
      if (front.position % this.#stride === 0 || front.position === this.trace.count)
        this.#sample();
    }
  }

  /**
   * The moment after `position` operations, carried out first if it is still to come.
   * @returns {Moment}
   */
  at(position) {
    const wanted = Math.max(0, Math.min(position, this.trace.count));
    if (wanted > this.frontier) this.advance(wanted);
    this.#ledger.seek(wanted, this.answers);
    const current = wanted === this.frontier;
    const player = current ? this.#executor.player : null;
    return {
      position: wanted,
      ledger: this.#ledger,
      memoryBytes: player ? player.memoryBytes : this.#memoryAt(wanted),
      heapTop: player ? player.heapTop : this.#topAt(wanted),
      growthCount: this.growths.filter(
        ({ at, beforeBytes, afterBytes }) => at < wanted && afterBytes > beforeBytes,
      ).length,
    };
  }

  /**
   * Hands every block the heap knows of at `position` to `visit`; for allocators that can be walked.
   * The heap is asked once a moment, however often its blocks are looked through.
   * @param {(address: number, bytes: number, state: number, inSlab: number) => void} visit
   */
  walk(position, visit) {
    if (this.#walked.position !== position) this.#ask(position);
    const { blocks, count } = this.#walked;
    for (let at = 0; at < count; at += 3) {
      const state = blocks[at + 2];
      visit(blocks[at], blocks[at + 1], state >>> 1, state & 1);
    }
  }

  #ask(position) {
    const walked = this.#walked;
    walked.count = 0;
    walked.position = position;
    this.#playerAt(position).walk((address, bytes, state, inSlab) => {
      const at = walked.count;
      if (at === walked.blocks.length) {
        const larger = new Uint32Array(at * 2);
        larger.set(walked.blocks);
        walked.blocks = larger;
      }
      walked.blocks[at] = address;
      walked.blocks[at + 1] = bytes;
      walked.blocks[at + 2] = (state << 1) | inSlab;
      walked.count = at + 3;
    });
  }

  #playerAt(position) {
    if (position === this.frontier) return this.#executor.player;
    if (!this.#replica || this.#replica.position > position) {
      const { operations, slots } = this.trace;
      this.#replica = new Executor(this.#module, operations, slots, this.refusals);
    }
    while (this.#replica.position < position) this.#replica.step();
    return this.#replica.player;
  }

  /** Whether memory at `address` had held a block before `position` operations were done. */
  wasTouched(piece, position) {
    const first = this.touched[piece];
    return first !== 0 && first <= position;
  }

  #touch(block, size, at) {
    const last = Math.floor((block + Math.max(size, 1) - 1) / TOUCH_BYTES);
    if (last >= this.touched.length) {
      const larger = new Uint32Array(Math.max(last + 1, this.touched.length * 2));
      larger.set(this.touched);
      this.touched = larger;
    }
    for (let piece = Math.floor(block / TOUCH_BYTES); piece <= last; piece++) {
      if (this.touched[piece] === 0) this.touched[piece] = at + 1;
    }
  }

  #sample() {
    const { position, liveBytes, liveBlocks, allocatedBytes } = this.#front;
    const { memoryBytes, heapTop } = this.#executor.player;
    this.samples.push([position, liveBytes, memoryBytes, heapTop, liveBlocks, allocatedBytes]);
  }

  #memoryAt(position) {
    let bytes = this.samples[0][2];
    for (const { at, afterBytes } of this.growths) {
      if (at >= position) break;
      bytes = afterBytes;
    }
    return bytes;
  }

  // Between two samples the earlier one's: the top moves seldom.
  #topAt(position) {
    const index = Math.min(Math.floor(position / this.#stride), this.samples.length - 1);
    return this.samples[index][3];
  }
}

/**
 * @typedef {object} Moment
 * @property {number} position
 * @property {Ledger} ledger the live blocks; valid until another moment is asked for
 * @property {number} memoryBytes
 * @property {number} heapTop
 * @property {number} growthCount
 */
