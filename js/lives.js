// SPDX-License-Identifier: MIT
//
// Lives: what views of an arena's or a slab's items are checked against.
//
// Layout. A life is a word of linear memory and the odd number it has while the life lasts. Ending it
// makes the number even, the next life in the word is two more: a view of an item that has gone finds
// another number there, at the price of the one comparison that it makes anyway.
//
// Invariants.
//   I1  a word that was a life's once never serves anything else: the memory is not given back, or
//       what came after could look like a life.
//   I2  numbers only rise. A word whose numbers are used up is left alone.
//
// Cost. 4 bytes for each life that there was at once.

/** @typedef {import('./core.js').Core} Core */

const CHUNK_WORDS = 1024;
const LAST = 2 ** 30 - 1;

class Lives {
  #core;
  /** @type {number[]} word addresses of lives that are over */
  #free = [];

  /** @param {Core} core */
  constructor(core) {
    this.#core = core;
  }

  /** A word for lives to come, one after the other. */
  take() {
    if (this.#free.length === 0) this.#grow();
    return /** @type {number} */ (this.#free.pop());
  }

  /** A word with a life in it. */
  open() {
    const word = this.take();
    this.begin(word);
    return word;
  }

  /** Begins a life; its number. @param {number} word */
  begin(word) {
    return (this.#core.u32[word] += 1);
  }

  /** Ends the life in a word. False when no other fits into it. @param {number} word */
  end(word) {
    this.#core.u32[word] += 1;
    return this.#core.u32[word] < LAST;
  }

  /** Takes a word back, and ends the life in it, if there is one. @param {number} word */
  give(word) {
    const core = this.#core;
    if (!core.isOpen) return;
    core.refresh();
    const isUsable = (core.u32[word] & 1) === 1 ? this.end(word) : core.u32[word] < LAST;
    if (isUsable) this.#free.push(word);
  }

  #grow() {
    const core = this.#core;
    const bytes = CHUNK_WORDS * 4;
    const address = core.toAddress(core.exports.heaplet_allocate(bytes, 8));
    if (address === 0) throw core.outOfMemory(bytes);
    core.refresh();
    core.u8.fill(0, address, address + bytes);
    for (let i = CHUNK_WORDS; i-- > 0;) this.#free.push(core.wordOf(address) + i);
  }
}

/** @type {WeakMap<Core, Lives>} */
const lives = new WeakMap();

/** @param {Core} core */
export function livesOf(core) {
  let own = lives.get(core);
  if (!own) lives.set(core, (own = new Lives(core)));
  return own;
}
