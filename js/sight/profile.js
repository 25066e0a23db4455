// SPDX-License-Identifier: MIT
//
// Profile: what a program's memory did, as plain data. The profiler makes one, exporters and the
// report read it, JSON.stringify keeps it. Numbers are counts, bytes or the unit their name says.
//
//   totals[i] ──stack──► stacks[s] = [leaf, …, root] ──► frames[f] ──► strings[…]
//
// Every index is into the list of the same name. strings[0] is '' and stacks[0] is [], which stand for
// "not known".

/** What `format` and `version` of a profile are. */
export const PROFILE_FORMAT = 'heaplet-profile';
export const PROFILE_VERSION = 1;

/**
 * A place in a program. `functionIndex` and `offset` are where it is in the .wasm and are always
 * known; names and lines are '' and 0 until symbols are joined by `buildId`.
 * @typedef {object} Frame
 * @property {number} function index of a string: the name, demangled
 * @property {number} file index of a string
 * @property {number} line from 1; 0: not known
 * @property {number} column from 1; 0: not known
 * @property {number} functionIndex of the module, imports counted; -1: not known
 * @property {number} offset from the first byte of the .wasm; 0: not known
 * @property {boolean} inlined into the next frame of the stack, with the same offset
 */

/**
 * What one stack allocated (under one tag). In a sampled profile these are estimates, scaled already;
 * they need not be whole numbers.
 * @typedef {object} Total
 * @property {number} stack index
 * @property {number} tag index of a string; 0: none
 * @property {number} allocatedBlocks ever; a realloc counts as an allocation and a free
 * @property {number} allocatedBytes ever, as asked for
 * @property {number} liveBlocks now
 * @property {number} liveBytes now, as asked for
 * @property {number} maxBlocks live when this total's own live bytes were highest
 * @property {number} maxBytes
 * @property {number} peakBlocks live when the whole program's live bytes were highest
 * @property {number} peakBytes
 * @property {number} lifetimeOperations sum over blocks of the operations between its allocation and
 *   its free, or the end
 * @property {number} temporaryBlocks freed by the very next operation
 * @property {number} temporaryBytes
 */

/**
 * Why linear memory grew. `first`: there was nothing yet; `full`: all that was free, together, was
 * less than was asked for; `fragmented`: enough was free, but no piece was large enough;
 * `alignment`: a piece was large enough, but not where the alignment wants it; `outside`: somebody
 * other than malloc took memory (sbrk, or a growth asked for by hand); `unknown`: the allocator does
 * not say what it has free, or there was no time to ask.
 * @typedef {'first' | 'full' | 'fragmented' | 'alignment' | 'outside' | 'unknown'} GrowthReason
 */

/**
 * One growth of linear memory, or one that was refused (`afterBytes === beforeBytes`).
 * @typedef {object} Growth
 * @property {number} milliseconds since the profile began
 * @property {number} operations before it
 * @property {number} beforeBytes of linear memory
 * @property {number} afterBytes
 * @property {number} askedBytes by the program; 0: not known
 * @property {number} alignment asked for; 0: malloc's own
 * @property {number | null} liveBytes usable bytes in live blocks
 * @property {number | null} freeBytes inside the heap
 * @property {number | null} largestFreeBytes
 * @property {GrowthReason} reason
 * @property {number} stack index
 * @property {number} tag index of a string
 */

/**
 * A point of the timeline.
 * @typedef {object} Moment
 * @property {number} milliseconds since the profile began
 * @property {number} operations since the profile began
 * @property {number} liveBytes
 * @property {number} liveBlocks
 * @property {number} allocatedBytes ever
 * @property {number} memoryBytes of linear memory
 */

/**
 * A live block. `serial` counts allocations from 1: unlike the address it is never used again.
 * @typedef {object} Block
 * @property {number} address
 * @property {number} bytes as asked for
 * @property {number} stack index
 * @property {number} tag index of a string
 * @property {number} serial
 */

/**
 * A word that looks like a pointer to a block. `from` is an index into the snapshot's blocks, or -1
 * for what lies outside of the heap: static data and the stack.
 * @typedef {object} Reference
 * @property {number} from
 * @property {number} to index into the snapshot's blocks
 * @property {number} offset of the word in the block; its address where `from` is -1
 */

/**
 * What was live at one moment.
 * @typedef {object} Snapshot
 * @property {string} label '' for those taken for the timeline
 * @property {number} milliseconds
 * @property {number} operations
 * @property {number} liveBytes as asked for
 * @property {number} liveBlocks
 * @property {number} memoryBytes of linear memory
 * @property {{stack: number, tag: number, blocks: number, bytes: number}[]} totals of what was live
 * @property {Block[] | null} blocks in order of address; null where only totals were taken
 * @property {Reference[] | null} references null where memory was not searched
 */

/**
 * @typedef {object} Profile
 * @property {'heaplet-profile'} format
 * @property {number} version
 * @property {string} program its name
 * @property {string} buildId of the .wasm that offsets and symbols belong to; '' where not known
 * @property {'sampled' | 'sites' | 'exact' | 'trace'} mode how it was made: stacks of samples; the
 *   exact place of each call of an allocator; exact stacks; read from a trace
 * @property {number} samplingBytes mean distance of samples; 0: every allocation was counted
 * @property {number} startedAt milliseconds since 1970
 * @property {number} milliseconds how long it took
 * @property {number} operations allocations and frees, reallocs counted once
 * @property {number} liveBytes at the end, as asked for
 * @property {number} liveBlocks at the end
 * @property {number} allocatedBytes ever
 * @property {number} allocatedBlocks ever
 * @property {number} peakBytes the highest that liveBytes ever was
 * @property {number} peakBlocks live at that moment
 * @property {number} peakMilliseconds when that was
 * @property {number} memoryBytes of linear memory at the end
 * @property {string[]} strings
 * @property {Frame[]} frames
 * @property {number[][]} stacks each a list of frames, leaf first
 * @property {Total[]} totals at most one for a pair of stack and tag
 * @property {Growth[]} growths in order of time
 * @property {Moment[]} timeline in order of time; thinned out when it grows long
 * @property {Snapshot[]} snapshots in order of time
 */

/**
 * A profile of nothing.
 * @param {Partial<Profile>} [known]
 * @returns {Profile}
 */
export function emptyProfile(known = {}) {
  return {
    format: PROFILE_FORMAT,
    version: PROFILE_VERSION,
    program: '',
    buildId: '',
    mode: 'exact',
    samplingBytes: 0,
    startedAt: 0,
    milliseconds: 0,
    operations: 0,
    liveBytes: 0,
    liveBlocks: 0,
    allocatedBytes: 0,
    allocatedBlocks: 0,
    peakBytes: 0,
    peakBlocks: 0,
    peakMilliseconds: 0,
    memoryBytes: 0,
    strings: [''],
    frames: [],
    stacks: [[]],
    totals: [],
    growths: [],
    timeline: [],
    snapshots: [],
    ...known,
  };
}

const MOMENT = ['milliseconds', 'operations', 'liveBytes', 'liveBlocks', 'memoryBytes'];
const COUNTED = ['allocatedBlocks', 'allocatedBytes', 'liveBlocks', 'liveBytes', 'peakBlocks'];
/** What is a number in each part of a profile. */
const NUMBERS = {
  profile: [...MOMENT, ...COUNTED, 'samplingBytes', 'startedAt', 'peakBytes', 'peakMilliseconds'],
  frames: ['line', 'column', 'functionIndex', 'offset'],
  totals: [
    ...[...COUNTED, 'peakBytes', 'maxBlocks', 'maxBytes', 'lifetimeOperations'],
    ...['temporaryBlocks', 'temporaryBytes'],
  ],
  growths: ['milliseconds', 'operations', 'beforeBytes', 'afterBytes', 'askedBytes', 'alignment'],
  timeline: [...MOMENT, 'allocatedBytes'],
  snapshots: MOMENT,
  held: ['blocks', 'bytes'],
  blocks: ['address', 'bytes', 'serial'],
  references: ['from', 'to', 'offset'],
};

/** A profile that is not one: `message` says where and why. */
export class ProfileError extends Error {
  /** @param {string} reason */
  constructor(reason) {
    super(`not a valid profile: ${reason}`);
    this.name = 'ProfileError';
  }
}

/**
 * Reads what JSON.stringify wrote, and refuses what is not a whole profile.
 * @param {string} text
 * @returns {Profile}
 */
export function parseProfile(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ProfileError(`it is not JSON: ${/** @type {Error} */ (error).message}`);
  }
  checkProfile(value);
  return value;
}

/**
 * Throws a ProfileError for the first index that leads nowhere, or a missing part.
 * @param {any} profile
 */
export function checkProfile(profile) {
  const demand = (/** @type {unknown} */ condition, /** @type {string} */ reason) => {
    if (!condition) throw new ProfileError(reason);
  };
  demand(profile?.format === PROFILE_FORMAT, `its format is ${JSON.stringify(profile?.format)}`);
  demand(
    profile.version === PROFILE_VERSION,
    `its version is ${profile.version}; this reader knows ${PROFILE_VERSION}`,
  );
  const numbers = (
    /** @type {any} */ item,
    /** @type {keyof NUMBERS} */ kind,
    where = /** @type {string} */ (kind),
  ) => {
    demand(item && typeof item === 'object', `${where} is no object`);
    for (const name of NUMBERS[kind]) {
      const value = item[name];
      const isOne = typeof value === 'number' && value >= -1 && value <= Number.MAX_SAFE_INTEGER;
      const isPlace = kind !== 'frames' || Number.isInteger(value); // others may be estimates
      demand(isOne && isPlace, `${where}: ${name} is ${JSON.stringify(value)}`);
    }
  };
  const all = (/** @type {any[]} */ list, /** @type {keyof NUMBERS} */ kind) =>
    list.forEach((item, i) => numbers(item, kind, `${kind}[${i}]`));
  numbers(profile, 'profile');
  for (const name of ['program', 'buildId']) {
    demand(typeof profile[name] === 'string', `${name} is no string`);
  }
  const lists = ['strings', 'frames', 'stacks', 'totals', 'growths', 'timeline', 'snapshots'];
  for (const name of lists) demand(Array.isArray(profile[name]), `${name} is not a list`);
  const { strings, frames, stacks, totals, growths, timeline, snapshots } = profile;
  const notString = strings.findIndex((/** @type {unknown} */ each) => typeof each !== 'string');
  demand(notString < 0, `strings[${notString}] is no string`);
  demand(strings[0] === '', 'strings[0] is not the empty string');
  demand(stacks[0]?.length === 0, 'stacks[0] is not the empty stack');
  const within = (/** @type {number} */ index, /** @type {unknown[]} */ list) =>
    Number.isInteger(index) && index >= 0 && index < list.length;
  const named = (/** @type {any} */ item, /** @type {string} */ where) => {
    demand(within(item?.stack, stacks), `${where}: there is no stack ${item?.stack}`);
    demand(within(item.tag, strings), `${where}: there is no string ${item.tag}`);
  };
  frames.forEach((/** @type {any} */ frame, /** @type {number} */ i) => {
    demand(within(frame?.function, strings), `frames[${i}]: there is no string ${frame?.function}`);
    demand(within(frame.file, strings), `frames[${i}]: there is no string ${frame.file}`);
  });
  all(frames, 'frames');
  all(timeline, 'timeline');
  all(totals, 'totals');
  all(growths, 'growths');
  stacks.forEach((/** @type {any} */ stack, /** @type {number} */ i) => {
    demand(Array.isArray(stack), `stacks[${i}] is not a list`);
    const wrong = stack.find((/** @type {number} */ frame) => !within(frame, frames));
    demand(wrong === undefined, `stacks[${i}]: there is no frame ${wrong}`);
  });
  totals.forEach((/** @type {any} */ item, /** @type {number} */ i) => named(item, `totals[${i}]`));
  growths.forEach((/** @type {any} */ item, /** @type {number} */ i) =>
    named(item, `growths[${i}]`),
  );
  snapshots.forEach((/** @type {any} */ snapshot, /** @type {number} */ at) => {
    const where = `snapshots[${at}]`;
    numbers(snapshot, 'snapshots', where);
    const { label, totals: held, blocks, references } = snapshot;
    demand(typeof label === 'string', `${where}: label is no string`);
    demand(Array.isArray(held), `${where}: totals is not a list`);
    for (const list of [blocks, references]) {
      demand(list === null || Array.isArray(list), `${where}: neither a list nor null`);
    }
    for (const item of held) numbers(item, 'held', `${where}.totals`);
    for (const item of blocks ?? []) numbers(item, 'blocks', `${where}.blocks`);
    for (const item of [...held, ...(blocks ?? [])]) named(item, where);
    for (const item of references ?? []) {
      numbers(item, 'references', `${where}.references`);
      const known =
        within(item.to, blocks ?? []) && (item.from === -1 || within(item.from, blocks));
      demand(known, `${where}: a reference from ${item.from} to ${item.to}`);
    }
  });
}
