// SPDX-License-Identifier: MIT
//
// Purpose: knows every live block of a run at any moment, from the operations and the addresses the
// allocator answered them with. It runs no wasm: going back in time is reading the log again.
//
// A slot is the place of a live block in the tables, as the trace's reader assigns it; its number is
// a block's name for as long as it lives.

export const Kind = { free: 1, malloc: 2, calloc: 3, realloc: 4, aligned: 5, reallocNew: 6 };

export const kindOf = (what) => what & 7;
export const alignmentOf = (what) => 2 ** ((what >>> 3) & 31);
export const slotOf = (what) => what >>> 8;

/** The live blocks after `position` operations. */
export class Ledger {
  /**
   * @param {Uint32Array} operations two words each: kind | log2(alignment) << 3 | slot << 8, size
   * @param {number} slotCount
   */
  constructor(operations, slotCount) {
    this.operations = operations;
    this.slotCount = slotCount;
    /** 0 where no block is live. */
    this.address = new Uint32Array(slotCount);
    this.size = new Uint32Array(slotCount);
    /** The operation that gave the block. */
    this.birth = new Uint32Array(slotCount);
    this.reset();
  }

  reset() {
    this.address.fill(0);
    this.position = 0;
    this.liveBytes = 0;
    this.liveBlocks = 0;
    this.allocatedBytes = 0;
    this.usedSlots = 0;
    this.refused = 0;
  }

  /**
   * Books one operation, the one at `position`.
   * @param {number} answer the address the allocator gave; 0 if it refused, and for a free
   */
  book(answer) {
    const at = this.position++;
    const what = this.operations[2 * at];
    const size = this.operations[2 * at + 1];
    const slot = slotOf(what);
    const kind = kindOf(what);
    if (kind === Kind.free) return this.#drop(slot);
    if (answer === 0) {
      this.refused++;
      return; // a refused realloc leaves the old block as it was
    }
    this.#drop(slot);
    this.address[slot] = answer;
    this.size[slot] = size;
    this.birth[slot] = at;
    this.liveBytes += size;
    this.allocatedBytes += size;
    this.liveBlocks++;
    if (slot >= this.usedSlots) this.usedSlots = slot + 1;
  }

  /**
   * @param {number} position
   * @param {Uint32Array} answers of a run, by operation
   */
  seek(position, answers) {
    if (position < this.position) this.reset();
    while (this.position < position) this.book(answers[this.position]);
  }

  /** The slot of the live block that covers `address`, or -1. */
  slotAt(address) {
    for (let slot = 0; slot < this.usedSlots; slot++) {
      const begin = this.address[slot];
      if (begin !== 0 && address >= begin && address < begin + Math.max(this.size[slot], 1))
        return slot;
    }
    return -1;
  }

  #drop(slot) {
    if (this.address[slot] === 0) return; // its allocation was refused
    this.address[slot] = 0;
    this.liveBytes -= this.size[slot];
    this.liveBlocks--;
  }
}
