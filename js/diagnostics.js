// SPDX-License-Identifier: MIT
//
// Diagnostics: where values were made, moved and borrowed, as far as the level asks for it.
//
// off      nothing: codes, types and handles in messages
// names    the names that values were given
// sampled  the place of creation for every 64th value
// full     places of creation, moves, drops and borrows for every value: microseconds each
//
// Places are kept as text, never as Error objects, which would keep alive whatever their frames do.

import { badArgument } from './errors.js';

/** @typedef {'off' | 'names' | 'sampled' | 'full'} DiagnosticsLevel */

const LEVELS = /** @type {const} */ (['off', 'names', 'sampled', 'full']);
const SAMPLED = 2;
const FULL = 3;
const SAMPLE_EVERY = 64;
const HISTORY_LIMIT = 4096;

/** @param {unknown} stack lines that name a place; engines differ in the others */
function framesOf(stack) {
  return `${stack}`.split('\n').filter((line) => /:\d+:\d+\)?$/.test(line));
}

/** This folder as it is written in stacks, which is not the URL everywhere. */
const OWN_FOLDER = /[^\s(@]*\//.exec(framesOf(new Error().stack)[0] ?? '')?.[0] ?? import.meta.url;

/** The caller's place in their own code: `file.js:12:3`, or the function's too. */
export function callSite() {
  // V8's own limit is 10, of which heaplet may take some; other engines ignore this.
  const settings = /** @type {{stackTraceLimit?: number}} */ (Error);
  const limit = settings.stackTraceLimit;
  const frames = [];
  try {
    settings.stackTraceLimit = 12;
    frames.push(...framesOf(new Error().stack));
    settings.stackTraceLimit = limit;
  } catch {
    // Somebody froze Error, or formats stacks in a way that fails.
  }
  const foreign = frames.find((line) => !line.includes(OWN_FOLDER) && !line.includes(' (native'));
  return (foreign ?? 'unknown').trim().replace(/^at /, '');
}

/**
 * What is remembered about one life of a slot.
 * @typedef {{type: string, created?: string, moved?: string, dropped?: string, label?: string,
 *   borrows: {exclusive: boolean, site: string}[]}} History
 */

/** @internal */
export class Diagnostics {
  /** @param {DiagnosticsLevel} level */
  constructor(level) {
    const number = LEVELS.indexOf(level);
    if (number < 0) throw badArgument(`diagnostics to be one of ${LEVELS.join(', ')}`, level);
    this.level = number;
    this.name = level;
    /** @type {Map<string, History>} */
    this.histories = new Map();
    this.countdown = SAMPLE_EVERY;
    /** @type {string[]} keys of histories that are over */
    this.dead = [];
  }

  get isFull() {
    return this.level === FULL;
  }

  /**
   * @param {import('./core.js').Core} core
   * @param {number} slot
   * @param {string} type
   */
  created(core, slot, type) {
    if (this.level < SAMPLED || (this.level === SAMPLED && --this.countdown !== 0)) return;
    this.countdown = SAMPLE_EVERY;
    const history = this.history(slot, core.u32[slot]);
    history.type = type;
    history.created = callSite();
  }

  /**
   * @param {number} slot
   * @param {number} generation
   */
  history(slot, generation) {
    const key = `${slot}:${generation}`;
    let history = this.histories.get(key);
    if (!history) {
      history = { type: '', borrows: [] };
      this.histories.set(key, history);
    }
    return history;
  }

  /**
   * @param {number} slot
   * @param {number} generation
   */
  moved(slot, generation) {
    if (this.isFull) this.history(slot, generation).moved = callSite();
  }

  /**
   * Histories of the dead are wanted for messages, but not without end.
   * @param {number} slot
   * @param {number} generation
   */
  dropped(slot, generation) {
    const history = this.peek(slot, generation);
    if (!history) return;
    if (this.isFull) history.dropped = callSite();
    this.dead.push(`${slot}:${generation}`);
    if (this.dead.length > HISTORY_LIMIT) {
      for (const key of this.dead.splice(0, HISTORY_LIMIT / 2)) this.histories.delete(key);
    }
  }

  /**
   * @param {number} slot
   * @param {number} generation
   * @returns {History | undefined}
   */
  peek(slot, generation) {
    return this.histories.get(`${slot}:${Math.abs(generation)}`);
  }

  /**
   * Lines for a message about a value.
   * @param {number} slot
   * @param {number} generation
   */
  notesOn(slot, generation) {
    const history = this.level === 0 ? undefined : this.peek(slot, generation);
    if (!history) return this.isFull ? [] : ["load with diagnostics: 'full' to see where"];
    const notes = [];
    if (history.label) notes.push(`it is called ${JSON.stringify(history.label)}`);
    if (history.created) notes.push(`created at ${history.created}`);
    if (history.moved) notes.push(`moved at ${history.moved}`);
    if (history.dropped) notes.push(`dropped at ${history.dropped}`);
    return notes;
  }
}
