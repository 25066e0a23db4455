// SPDX-License-Identifier: MIT
//
// Purpose: the one moment that the whole page shows. A session runs a trace on every allocator, each
// in its own worker, holds position, speed and whether it plays, and asks the workers for snapshots:
// one question at a time each, so that a slow worker drops frames and nothing queues up.

import { Caller } from './engine/rpc.js';

/** Milliseconds between two snapshots of a lane while it plays. */
const FRAME_MS = 33;
const DETAIL_MS = 500;

export class Session extends EventTarget {
  /** @type {Array<{name: string, caller: Caller, snapshot?: any, moduleBytes?: number, asked: number,
   *   details: number, series?: any}>} */
  lanes;
  /** @type {import('./trace.js').Trace | undefined} */
  trace;
  position = 0;
  isPlaying = false;
  /** Operations a second. */
  speed = 0;
  /** Where playing stops. */
  stopAt = 0;
  #last = 0;
  #generation = 0;

  /**
   * @param {string[]} names
   * @param {(lane: object, details: boolean) => object} wantedOf what to ask a lane for
   * @param {URL} base where the modules are
   */
  constructor(names, wantedOf, base) {
    super();
    this.wantedOf = wantedOf;
    this.lanes = names.map((name) => {
      const worker = new Worker(new URL('./engine/run-worker.js', import.meta.url), {
        type: 'module',
      });
      const caller = new Caller(worker);
      return { name, caller, asked: 0, details: 0 };
    });
    this.ready = Promise.all(
      this.lanes.map(async (lane) => {
        const url = new URL(`players/${lane.name}.wasm`, base).href;
        lane.moduleBytes = await lane.caller.call('load', { url });
      }),
    );
    const tick = (now) => {
      this.#tick(now);
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  lane(name) {
    return this.lanes.find((lane) => lane.name === name);
  }

  /** Begins with another trace, at its first operation. */
  async open(trace, seconds = 4.5) {
    await this.ready;
    const generation = ++this.#generation;
    this.isPlaying = false;
    const { operations, count, slots, sites } = trace;
    const message = { operations, count, slots, sites };
    await Promise.all(this.lanes.map(({ caller }) => caller.call('open', { trace: message })));
    if (generation !== this.#generation) return;
    this.trace = trace;
    this.position = 0;
    this.stopAt = trace.count;
    this.speed = Math.max(1, trace.peakAt / seconds);
    for (const lane of this.lanes) [lane.snapshot, lane.series] = [undefined, undefined];
    this.#emit('open');
    this.refresh();
  }

  play(stopAt = this.trace.count) {
    if (this.position >= stopAt) this.position = 0;
    this.stopAt = stopAt;
    this.isPlaying = true;
    this.#emit('control');
  }

  pause() {
    if (!this.isPlaying) return;
    this.isPlaying = false;
    this.#emit('control');
    this.refresh();
  }

  seek(position) {
    this.position = Math.max(0, Math.min(Math.round(position), this.trace.count));
    this.#emit('control');
  }

  step(operations) {
    this.pause();
    this.seek(Math.floor(this.position) + operations);
  }

  /** From the beginning, with every refusal forgotten. */
  async reset() {
    this.pause();
    await Promise.all(this.lanes.map(({ caller }) => caller.call('restart')));
    this.seek(0);
    this.refresh();
  }

  /** Runs the rest of the trace everywhere, so that all of the timeline is known. */
  async complete() {
    const position = this.trace.count;
    await Promise.all(this.lanes.map(({ caller }) => caller.call('advance', { position })));
    this.refresh();
  }

  /** Resolves when every lane shows the moment that is wanted. */
  async settled() {
    const shown = () =>
      this.lanes.every(({ snapshot }) => snapshot?.position === Math.floor(this.position));
    while (!shown())
      await new Promise((resolve) => this.addEventListener('lane', resolve, { once: true }));
  }

  /** From this moment on, the next growth fails in every lane, once. */
  async refuseNextGrowth() {
    const position = Math.floor(this.position);
    await Promise.all(this.lanes.map(({ caller }) => caller.call('refuse', { position })));
    this.refresh();
  }

  /** Asks every lane again, also when nothing has moved. */
  refresh() {
    for (const lane of this.lanes) lane.asked = lane.details = 0;
  }

  #tick(now) {
    const elapsed = Math.min(now - this.#last, 100);
    this.#last = now;
    if (!this.trace) return;
    if (this.isPlaying) {
      this.position = Math.min(this.position + (this.speed * elapsed) / 1000, this.stopAt);
      if (this.position >= this.stopAt) {
        this.isPlaying = false;
        this.refresh();
        this.#emit('control');
        this.#emit('finished');
      }
    }
    for (const lane of this.lanes) this.#ask(lane, now);
  }

  #ask(lane, now) {
    if (lane.caller.pending > 0 || (this.isPlaying && now - lane.asked < FRAME_MS)) return;
    const position = Math.floor(this.position);
    const details = !this.isPlaying || now - lane.details >= DETAIL_MS;
    const wanted = { position, ...this.wantedOf(lane, details) };
    const key = JSON.stringify(wanted);
    if (lane.key === key && lane.asked !== 0) return;
    lane.key = key;
    lane.asked = now;
    if (details) lane.details = now;
    const generation = this.#generation;
    lane.caller.call('snapshot', wanted).then(
      (snapshot) => {
        if (generation !== this.#generation) return;
        lane.snapshot = { ...snapshot, free: snapshot.free ?? lane.snapshot?.free };
        if (snapshot.series) lane.series = snapshot.series;
        this.#emit('lane', lane);
      },
      (error) => this.#emit('failed', { lane, error }),
    );
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
