// SPDX-License-Identifier: MIT
//
// What exporters read: a profile whose numbers are whole and whose stacks say everything. A tag
// becomes the outermost frame, an unknown stack a frame that says so, and equal stacks become one.
//
//   Profile ──resolve()──► { places, stacks: [leaf … root] of places, rows, snapshots, growths }

/** @typedef {import('../profile.js').Profile} Profile */

/**
 * A frame with its strings.
 * @typedef {object} Place
 * @property {string} name never ''
 * @property {string} file '' where not known
 * @property {number} line 0 where not known
 * @property {number} column 0 where not known
 * @property {number} offset from the first byte of the .wasm; 0 where not known
 * @property {boolean} inlined into the next place of the stack
 */

/**
 * What one stack allocated, as in a profile's totals but without the tag, in whole numbers.
 * @typedef {object} Row
 * @property {number} stack
 * @property {number} allocatedBlocks
 * @property {number} allocatedBytes
 * @property {number} liveBlocks
 * @property {number} liveBytes
 * @property {number} maxBlocks
 * @property {number} maxBytes
 * @property {number} peakBlocks
 * @property {number} peakBytes
 * @property {number} lifetimeOperations
 * @property {number} temporaryBlocks
 * @property {number} temporaryBytes
 */

/** What stands for an empty stack. @type {Place} */
export const UNKNOWN = {
  name: '(stack not known)',
  file: '',
  line: 0,
  column: 0,
  offset: 0,
  inlined: false,
};

/** @typedef {{stack: number, blocks: number, bytes: number}} Held what a stack held at one moment */

/**
 * @typedef {object} Resolved
 * @property {Profile} profile
 * @property {string} program never ''
 * @property {Place[]} places
 * @property {number[][]} stacks each a list of places, leaf first, never empty
 * @property {Row[]} rows one for each stack that allocated
 * @property {Held[][]} held for each of the profile's snapshots, what was live by stack
 * @property {(stack: number, tag: number) => number} stackOf index into `stacks` for a pair of the
 *   profile's own indices
 */

const SUMS = /** @type {const} */ ([
  'allocatedBlocks',
  'allocatedBytes',
  'liveBlocks',
  'liveBytes',
  'maxBlocks',
  'maxBytes',
  'peakBlocks',
  'peakBytes',
  'lifetimeOperations',
  'temporaryBlocks',
  'temporaryBytes',
]);

/**
 * @param {Profile} profile
 * @returns {Resolved}
 */
export function resolve(profile) {
  const places = profile.frames.map((_, index) => placeOf(profile, index));
  /** @type {number[][]} */
  const stacks = [];
  const pseudo = namedPlaces(places);
  const stackOf = interned(stacks, (stack, tag) => {
    const frames = profile.stacks[stack];
    const known = frames.length > 0 ? frames : [pseudo(UNKNOWN.name)];
    return tag === 0 ? known : [...known, pseudo(`tag: ${profile.strings[tag]}`)];
  });
  const rows = profile.totals.map((total) => {
    const row = /** @type {Row} */ ({ stack: stackOf(total.stack, total.tag) });
    for (const sum of SUMS) row[sum] = Math.round(total[sum]);
    return row;
  });
  const held = profile.snapshots.map(({ totals }) =>
    merged(
      totals.map(({ stack, tag, blocks, bytes }) => ({
        stack: stackOf(stack, tag),
        blocks: Math.round(blocks),
        bytes: Math.round(bytes),
      })),
      ['blocks', 'bytes'],
    ),
  );
  const program = profile.program || 'program';
  return { profile, program, places, stacks, rows: merged(rows, SUMS), held, stackOf };
}

/**
 * The sum of one column.
 * @template {string} Key
 * @param {Record<Key, number>[]} rows
 * @param {Key} key
 */
export function sumOf(rows, key) {
  return rows.reduce((sum, row) => sum + row[key], 0);
}

/**
 * A place as most viewers print it: `name (file:line)`.
 * @param {Place} place
 */
export function labelOf({ name, file, line }) {
  if (file === '') return name;
  return `${name} (${file}${line > 0 ? `:${line}` : ''})`;
}

/**
 * A frame of a profile with its strings.
 * @param {Profile} profile
 * @param {number} index
 * @returns {Place}
 */
export function placeOf({ strings, frames }, index) {
  const frame = frames[index];
  const { line, column, offset, inlined, functionIndex } = frame;
  const unnamed = functionIndex >= 0 ? `wasm-function[${functionIndex}]` : '(not known)';
  const name = strings[frame.function] || unnamed;
  return { name, file: strings[frame.file], line, column, offset, inlined };
}

/** Adds places that stand for no code, each once. */
function namedPlaces(/** @type {Place[]} */ places) {
  /** @type {Map<string, number>} */
  const known = new Map();
  return (/** @type {string} */ name) => {
    let index = known.get(name);
    if (index === undefined) {
      index = places.push({ ...UNKNOWN, name }) - 1;
      known.set(name, index);
    }
    return index;
  };
}

/** Lists of places by their content, each once; pairs already seen are not built again. */
function interned(
  /** @type {number[][]} */ stacks,
  /** @type {(stack: number, tag: number) => number[]} */ build,
) {
  /** @type {Map<string, number>} */
  const pairs = new Map();
  /** @type {Map<string, number>} */
  const contents = new Map();
  return (/** @type {number} */ stack, /** @type {number} */ tag) => {
    const pair = `${stack} ${tag}`;
    let index = pairs.get(pair);
    if (index !== undefined) return index;
    const list = build(stack, tag);
    const content = list.join(' ');
    index = contents.get(content) ?? stacks.push(list) - 1;
    contents.set(content, index);
    pairs.set(pair, index);
    return index;
  };
}

/**
 * One row for each stack.
 * @template {{stack: number}} T
 * @param {T[]} rows
 * @param {readonly (keyof T)[]} sums
 */
function merged(rows, sums) {
  /** @type {Map<number, any>} */
  const byStack = new Map();
  for (const row of rows) {
    const before = byStack.get(row.stack);
    if (before === undefined) byStack.set(row.stack, row);
    else for (const sum of sums) before[sum] += row[sum];
  }
  return /** @type {T[]} */ ([...byStack.values()]);
}
