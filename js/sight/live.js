// SPDX-License-Identifier: MIT
//
// Live: a program that tells who watches it what its memory does, and a watcher. Both ends speak plain
// objects, which a BroadcastChannel carries between pages of one origin, and lines of JSON over a local
// socket between processes of Node:
//
//   program                                          watcher
//   {is: 'program', id, program, mode, …}  ◄──────   {is: 'who'}           also unasked, when it begins
//   {is: 'figures', id, …Figures}          ◄──────   {is: 'watch', id}     again and again, until
//                                          ◄──────   {is: 'leave', id}
//   {is: 'profile', id, ask, profile}      ◄──────   {is: 'take', id, ask, label?, references?}
//   {is: 'refused', id, ask, reason}
//   {is: 'gone', id}                                 when it ends

import { symbolise } from './symbols.js';

/** The name of the channel between pages. */
export const CHANNEL = 'heaplet-sight';

/** The least time between two messages of figures, in milliseconds. */
export const FIGURES_MS = 100;

/**
 * @typedef {object} Figures
 * @property {number} milliseconds since the program was announced
 * @property {number} operations
 * @property {number} liveBytes as far as they were looked at
 * @property {number} liveBlocks
 * @property {number} allocatedBytes
 * @property {number} memoryBytes of linear memory
 * @property {number} growths of linear memory, how many
 */

/** @typedef {{is: 'program', id: string, program: string, mode: string, [more: string]: any}} About */
/** @typedef {Record<string, any> & {is: string}} Message */

/** The program's end, on any carrier of messages. */
export class Announcement {
  #profiler;
  #about;
  #send;
  #symbols;
  #began = performance.now();
  #last = -Infinity;
  #watched = false;

  /**
   * @param {import('./profiler.js').Profiler} profiler
   * @param {Omit<About, 'is'>} about
   * @param {(message: Message) => void} send
   * @param {import('./symbols.js').SymbolSources} [symbols]
   */
  constructor(profiler, about, send, symbols) {
    this.#profiler = profiler;
    this.#about = /** @type {About} */ ({ is: 'program', ...about });
    this.#send = send;
    this.#symbols = symbols;
    // While a program computes no timer fires, but its ring of events is emptied.
    profiler.onDrain = () => this.update();
    send(this.#about);
  }

  /** @param {Message} message */
  receive(message) {
    const { id } = this.#about;
    if (message.is === 'who') this.#send(this.#about);
    if (message.id !== id) return;
    if (message.is === 'leave') this.#watched = false;
    if (message.is === 'watch') {
      this.#watched = true;
      this.update();
    }
    if (message.is === 'take') this.#send({ ...this.#taken(message), id, ask: message.ask });
  }

  /** Sends the figures, unless nobody watches or they were sent just now. */
  update() {
    const now = performance.now();
    if (!this.#watched || now - this.#last < FIGURES_MS) return;
    const figures = this.#profiler.figures();
    if (!figures) return; // it has not allocated yet
    this.#last = now;
    const milliseconds = now - this.#began;
    this.#send({ is: 'figures', id: this.#about.id, milliseconds, ...figures });
  }

  end() {
    this.#profiler.onDrain = undefined;
    this.#send({ is: 'gone', id: this.#about.id });
  }

  /** @param {Message} message */
  #taken({ label, references = false }) {
    try {
      if (label !== undefined) this.#profiler.snapshot(label, { blocks: references, references });
      const profile = this.#profiler.profile();
      return {
        is: 'profile',
        profile: this.#symbols ? symbolise(profile, this.#symbols) : profile,
      };
    } catch (error) {
      return { is: 'refused', reason: /** @type {Error} */ (error).message };
    }
  }
}

/**
 * Lets pages of the same origin watch a program of this page or worker, the demo page among them:
 * `npx heaplet serve FOLDER` serves it beside the pages of a folder.
 * @param {import('./profiler.js').Profiler} profiler
 * @param {object} [options]
 * @param {string} [options.program] its name
 * @param {import('./symbols.js').SymbolSources} [options.symbols] for names and lines in profiles that
 *   watchers take
 * @returns {() => void} ends it
 */
export function announce(profiler, { program = 'program', symbols } = {}) {
  const channel = new BroadcastChannel(CHANNEL);
  // Not crypto.randomUUID(), which pages over plain HTTP lack.
  const id = Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join('');
  const about = { id, program, mode: profiler.mode };
  const send = (/** @type {Message} */ message) => channel.postMessage(message);
  const announcement = new Announcement(profiler, about, send, symbols);
  channel.onmessage = ({ data }) => announcement.receive(data);
  const timer = setInterval(() => profiler.drain(), FIGURES_MS);
  const end = () => {
    clearInterval(timer);
    announcement.end();
    channel.close();
    globalThis.removeEventListener?.('pagehide', end);
  };
  globalThis.addEventListener?.('pagehide', end);
  return end;
}

/**
 * The watcher's end. Events: `programs` when the list changes, `figures` with a program's in `detail`.
 */
export class Watcher extends EventTarget {
  /** @type {Map<string, About>} */
  programs = new Map();
  #channel;
  #watched = '';
  // Replies reach all watchers of a channel: each counts from somewhere else.
  #asks = Math.floor(Math.random() * 2 ** 40);
  /** @type {ReturnType<typeof setInterval>} */
  #again;
  /** @type {Map<number, {resolve: (profile: any) => void, reject: (error: Error) => void,
   *   id: string}>} */
  #waiting = new Map();

  /** @param {BroadcastChannel} [channel] */
  constructor(channel = new BroadcastChannel(CHANNEL)) {
    super();
    this.#channel = channel;
    channel.onmessage = ({ data }) => this.#receive(data);
    channel.postMessage({ is: 'who' });
    // Another watcher may have left, which the program takes for all of them.
    this.#again = setInterval(() => this.watch(this.#watched), 1000);
  }

  /**
   * Asks one program for its figures from here on, and no other; none where left out.
   * @param {string} [id]
   */
  watch(id = '') {
    if (this.#watched && this.#watched !== id) this.#post({ is: 'leave', id: this.#watched });
    this.#watched = id;
    if (id) this.#post({ is: 'watch', id });
  }

  /**
   * The program's profile. It rejects when the program ends meanwhile, or refuses.
   * @param {string} id
   * @param {{label?: string, references?: boolean}} [options] takes a snapshot of this name first; and
   *   searches memory for what points at each block
   * @returns {Promise<import('./profile.js').Profile>}
   */
  take(id, options = {}) {
    const ask = ++this.#asks;
    return new Promise((resolve, reject) => {
      this.#waiting.set(ask, { resolve, reject, id });
      this.#post({ is: 'take', id, ask, ...options });
    });
  }

  close() {
    clearInterval(this.#again);
    this.watch();
    this.#channel.close();
  }

  /** @param {Message} message */
  #post(message) {
    this.#channel.postMessage(message);
  }

  /** @param {Message} message */
  #receive(message) {
    const { is, id } = message;
    if (is === 'program') {
      this.programs.set(id, /** @type {About} */ (message));
      this.#emit('programs');
      if (id === this.#watched) this.watch(id);
    }
    if (is === 'gone') {
      this.programs.delete(id);
      for (const [ask, { id: asked, reject }] of this.#waiting) {
        if (asked !== id) continue;
        this.#waiting.delete(ask);
        reject(new Error('the program has ended'));
      }
      this.#emit('programs');
    }
    if (is === 'figures') this.#emit('figures', message);
    const waiting = this.#waiting.get(message.ask);
    if (!waiting || waiting.id !== id) return;
    if (is === 'profile') waiting.resolve(message.profile);
    else if (is === 'refused') waiting.reject(new Error(message.reason));
    else return;
    this.#waiting.delete(message.ask);
  }

  /**
   * @param {string} type
   * @param {unknown} [detail]
   */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
