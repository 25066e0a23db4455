// SPDX-License-Identifier: MIT
//
// What writer and reader of traces share; the format is described in docs/TRACES.md.

/** What an event of a trace does. */
export const Kind = Object.freeze({
  end: 0,
  free: 1,
  malloc: 2,
  calloc: 3,
  realloc: 4,
  aligned: 5,
  reallocNew: 6,
  note: 7,
});

/** What a note says. */
export const Note = Object.freeze({ stack: 1, tag: 2, growth: 3 });

export const MAGIC = [0x48, 0x4c, 0x54, 0x52]; // "HLTR"
/** The writer's version; readers know all from 1 to this. */
export const TRACE_VERSION = 2;

/** Bits of an event's first byte, above its kind. */
export const RELATIVE = 0x08;
export const HAS_STACK = 0x10;
export const HAS_TIME = 0x20;
export const RESERVED = 0xc0;

/** @type {(kind: number) => boolean} */
export const takesBlock = (kind) => kind === Kind.free || kind === Kind.realloc;
/** @type {(kind: number) => boolean} */
export const givesBlock = (kind) => kind >= Kind.malloc && kind <= Kind.reallocNew;

/** A trace that is not whole or contradicts itself: `offset` is where, `message` has the reason. */
export class TraceError extends Error {
  /**
   * @param {number} offset
   * @param {string} reason
   */
  constructor(offset, reason) {
    super(`not a valid trace: byte ${offset}: ${reason}`);
    this.name = 'TraceError';
    this.offset = offset;
  }
}

/** Live bytes and blocks over time, kept alike by writer and reader so that they can be compared. */
export class Tally {
  events = 0;
  liveBytes = 0;
  liveBlocks = 0;
  peakBytes = 0;
  peakBlocks = 0;

  /** @param {number} size */
  gave(size) {
    this.liveBytes += size;
    this.liveBlocks++;
    if (this.liveBytes > this.peakBytes) this.peakBytes = this.liveBytes;
    if (this.liveBlocks > this.peakBlocks) this.peakBlocks = this.liveBlocks;
  }

  /** @param {number} size */
  took(size) {
    this.liveBytes -= size;
    this.liveBlocks--;
  }
}
