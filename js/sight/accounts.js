// SPDX-License-Identifier: MIT
//
// Accounts: operations in, a profile out. Fed by the profiler while a program runs, or from a trace.
//
// What each stack held when all together held most is known without a copy at every new peak: a
// total's live figures are what they were at the last peak until it first changes after it, and only
// then they are put aside (`settled` says up to which peak that was done).

import { BlockTable } from './block-table.js';
import { emptyProfile } from './profile.js';
import { StackTable } from './stacks.js';

const TIMELINE = 1024;
const SNAPSHOTS = 64;

/** @typedef {import('./profile.js').Total & {settled: number}} Account */

/** Keeps accounts of blocks by stack and tag. */
export class Accounts {
  stacks = new StackTable();
  blocks = new BlockTable();
  operations = 0;
  liveBytes = 0;
  liveBlocks = 0;
  allocatedBytes = 0;
  allocatedBlocks = 0;
  peakBytes = 0;
  peakBlocks = 0;
  peakMilliseconds = 0;
  /** @type {import('./profile.js').Growth[]} */
  growths = [];
  /** @type {import('./profile.js').Snapshot[]} */
  snapshots = [];
  /** @type {Account[]} */
  #accounts = [];
  /** @type {Map<number, number>} */
  #index = new Map();
  #peaks = 0;
  #serial = 0;
  /** @type {import('./profile.js').Moment[]} */
  #timeline = [];
  #momentEvery = 64;
  #nextMoment = 0;
  /** @type {import('./profile.js').Snapshot[]} */
  #automatic = [];
  #snapshotEvery = 1024;
  #nextSnapshot = 1024;

  /**
   * @param {() => number} milliseconds since the profile began
   * @param {() => number} memoryBytes of linear memory
   */
  constructor(milliseconds, memoryBytes) {
    this.milliseconds = milliseconds;
    this.memoryBytes = memoryBytes;
  }

  /**
   * @param {number} address of the new block
   * @param {number} bytes asked for
   * @param {number} stack
   * @param {number} tag
   * @param {number} [weight] how many blocks it stands for
   */
  allocate(address, bytes, stack, tag, weight = 1) {
    this.operations++;
    this.#give(address, bytes, stack, tag, weight);
    this.#tick();
  }

  /**
   * @param {number} address
   * @returns {boolean} whether the block was known
   */
  free(address) {
    const known = this.blocks.find(address);
    if (known < 0) return false;
    this.operations++;
    this.#take(known);
    this.#tick();
    return true;
  }

  /**
   * @param {number} old address, of a block that need not be known
   * @param {number} address
   * @param {number} bytes
   * @param {number} stack
   * @param {number} tag
   */
  reallocate(old, address, bytes, stack, tag) {
    this.operations++;
    const known = this.blocks.find(old);
    if (known >= 0) this.#take(known);
    this.#give(address, bytes, stack, tag, 1);
    this.#tick();
  }

  /** The serial number of the last allocation. */
  get serial() {
    return this.#serial;
  }

  /**
   * @param {number} address
   * @param {number} bytes
   * @param {number} stack
   * @param {number} tag
   * @param {number} weight
   */
  #give(address, bytes, stack, tag, weight) {
    // A block whose free was not seen: it was freed behind the profiler's back.
    const stale = this.blocks.find(address);
    if (stale >= 0) this.#take(stale);
    const index = this.#accountOf(stack, tag);
    const account = this.#accounts[index];
    this.#settle(account);
    const weighed = bytes * weight;
    account.allocatedBlocks += weight;
    account.allocatedBytes += weighed;
    account.liveBlocks += weight;
    account.liveBytes += weighed;
    if (account.liveBytes > account.maxBytes) {
      account.maxBytes = account.liveBytes;
      account.maxBlocks = account.liveBlocks;
    }
    const at = this.blocks.add(address);
    this.blocks.bytes[at] = bytes;
    this.blocks.totals[at] = index;
    this.blocks.born[at] = this.operations;
    this.blocks.serials[at] = ++this.#serial;
    this.blocks.weights[at] = weight;
    this.allocatedBytes += weighed;
    this.allocatedBlocks += weight;
    this.liveBytes += weighed;
    this.liveBlocks += weight;
    if (this.liveBytes > this.peakBytes) {
      this.peakBytes = this.liveBytes;
      this.peakBlocks = this.liveBlocks;
      this.peakMilliseconds = -1; // read off the clock when the peak is over
      this.#peaks++;
      account.settled = this.#peaks - 1;
    }
  }

  /** @param {number} at index of a block */
  #take(at) {
    const account = this.#accounts[this.blocks.totals[at]];
    const weight = this.blocks.weights[at];
    const weighed = this.blocks.bytes[at] * weight;
    if (this.peakMilliseconds < 0) this.peakMilliseconds = this.milliseconds();
    this.#settle(account);
    account.liveBlocks -= weight;
    account.liveBytes -= weighed;
    // Weights are fractions, whose differences are not quite nothing.
    if (account.liveBlocks < 1e-6) account.liveBlocks = account.liveBytes = 0;
    const age = this.operations - this.blocks.born[at];
    account.lifetimeOperations += age * weight;
    if (age === 1) {
      account.temporaryBlocks += weight;
      account.temporaryBytes += weighed;
    }
    this.liveBytes -= weighed;
    this.liveBlocks -= weight;
    this.blocks.remove(at);
  }

  /**
   * Puts aside what the account held at the last peak, before it changes for the first time since.
   * @param {Account} account
   */
  #settle(account) {
    if (account.settled === this.#peaks) return;
    account.settled = this.#peaks;
    account.peakBlocks = account.liveBlocks;
    account.peakBytes = account.liveBytes;
  }

  /**
   * @param {number} stack
   * @param {number} tag
   */
  #accountOf(stack, tag) {
    const key = stack * 2 ** 26 + tag;
    let index = this.#index.get(key);
    if (index !== undefined) return index;
    const none = { allocatedBlocks: 0, allocatedBytes: 0, liveBlocks: 0, liveBytes: 0 };
    const most = { maxBlocks: 0, maxBytes: 0, peakBlocks: 0, peakBytes: 0 };
    const lives = { lifetimeOperations: 0, temporaryBlocks: 0, temporaryBytes: 0 };
    index =
      this.#accounts.push({ stack, tag, ...none, ...most, ...lives, settled: this.#peaks }) - 1;
    this.#index.set(key, index);
    return index;
  }

  #tick() {
    if (this.operations >= this.#nextMoment) this.moment();
    if (this.operations >= this.#nextSnapshot) {
      this.#nextSnapshot = this.operations + this.#snapshotEvery;
      this.#automatic.push(this.#snapshotOfTotals(''));
      if (this.#automatic.length === SNAPSHOTS) {
        this.#automatic = this.#automatic.filter((_, i) => i % 2 === 1);
        this.#snapshotEvery *= 2;
      }
    }
  }

  /** Adds a point to the timeline, which is thinned out when it is full. */
  moment() {
    this.#nextMoment = this.operations + this.#momentEvery;
    this.#timeline.push(this.#now());
    if (this.#timeline.length < TIMELINE) return;
    this.#timeline = this.#timeline.filter((_, i) => i % 2 === 1);
    this.#momentEvery *= 2;
  }

  /** @returns {import('./profile.js').Moment} */
  #now() {
    const { operations, liveBytes, liveBlocks, allocatedBytes } = this;
    const milliseconds = this.milliseconds();
    const memoryBytes = this.memoryBytes();
    return { milliseconds, operations, liveBytes, liveBlocks, allocatedBytes, memoryBytes };
  }

  /**
   * @param {string} label
   * @returns {import('./profile.js').Snapshot}
   */
  #snapshotOfTotals(label) {
    const { milliseconds, operations, liveBytes, liveBlocks, memoryBytes } = this.#now();
    const totals = this.#accounts
      .filter(({ liveBlocks: blocks }) => blocks > 0)
      .map(({ stack, tag, liveBlocks: blocks, liveBytes: bytes }) => ({
        stack,
        tag,
        blocks,
        bytes,
      }));
    const figures = { milliseconds, operations, liveBytes, liveBlocks, memoryBytes };
    return { label, ...figures, totals, blocks: null, references: null };
  }

  /** @returns {import('./profile.js').Block[]} all that are live, in order of address */
  liveBlockList() {
    const { addresses, bytes, totals, serials } = this.blocks;
    return this.blocks.sorted().map((i) => {
      const { stack, tag } = this.#accounts[totals[i]];
      return { address: addresses[i], bytes: bytes[i], stack, tag, serial: serials[i] };
    });
  }

  /**
   * Remembers what is live now.
   * @param {string} label
   * @param {Pick<import('./profile.js').Snapshot, 'blocks' | 'references'>} [detail]
   */
  snapshot(label, detail = { blocks: null, references: null }) {
    const snapshot = { ...this.#snapshotOfTotals(label), ...detail };
    this.snapshots.push(snapshot);
    return snapshot;
  }

  /**
   * Everything so far, as plain data.
   * @param {Partial<import('./profile.js').Profile>} known
   * @returns {import('./profile.js').Profile}
   */
  profile(known) {
    const now = this.#now();
    const peakMilliseconds = this.peakMilliseconds < 0 ? now.milliseconds : this.peakMilliseconds;
    const { allocatedBytes, allocatedBlocks, peakBytes, peakBlocks } = this;
    const byTime = [...this.#automatic, ...this.snapshots].sort(
      (a, b) => a.operations - b.operations,
    );
    return structuredClone(
      emptyProfile({
        ...known,
        ...now,
        ...{ allocatedBytes, allocatedBlocks, peakBytes, peakBlocks, peakMilliseconds },
        strings: this.stacks.strings,
        frames: this.stacks.frames,
        stacks: this.stacks.stacks,
        totals: this.#totals(),
        growths: this.growths,
        timeline: [...this.#timeline, now],
        snapshots: byTime,
      }),
    );
  }

  /** @returns {import('./profile.js').Total[]} */
  #totals() {
    const ages = new Float64Array(this.#accounts.length);
    const { addresses, totals, born, weights } = this.blocks;
    for (let i = 0; i < addresses.length; i++) {
      if (addresses[i] !== 0) ages[totals[i]] += (this.operations - born[i]) * weights[i];
    }
    return this.#accounts.map(({ settled, ...total }, i) => {
      const lifetimeOperations = total.lifetimeOperations + ages[i];
      if (settled === this.#peaks) return { ...total, lifetimeOperations };
      const { liveBlocks: peakBlocks, liveBytes: peakBytes } = total;
      return { ...total, lifetimeOperations, peakBlocks, peakBytes };
    });
  }
}
