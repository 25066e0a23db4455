// SPDX-License-Identifier: MIT
//
// Stacks: captured as the engine's text, which costs 4 to 60 µs and is the reason why nothing here is
// done per allocation; then told apart by the text itself, and read only the first time.

/**
 * @typedef {object} RawFrame
 * @property {number} functionIndex -1 for JavaScript
 * @property {number} offset in the .wasm; 0 where the engine does not tell
 * @property {string} name as the engine has it, '' where it has none
 * @property {string} file of JavaScript
 * @property {number} line of JavaScript
 * @property {number} column of JavaScript
 */

const DEPTH = 48;

/** V8's part of Error, which others leave alone. */
const engine = /** @type {{stackTraceLimit?: number, prepareStackTrace?: unknown}} */ (Error);

/**
 * @param {unknown} _error
 * @param {object[]} sites
 */
function asV8Does(_error, sites) {
  return sites.map((site) => `    at ${site}`).join('\n');
}

/** The stack as text, the caller of this function first. */
export function captureStack() {
  const { stackTraceLimit, prepareStackTrace } = engine;
  // Hooks of the program or of its host may make anything of `stack`; V8 alone asks this one.
  engine.prepareStackTrace = asV8Does;
  engine.stackTraceLimit = DEPTH;
  const text = new Error().stack;
  engine.stackTraceLimit = stackTraceLimit;
  engine.prepareStackTrace = prepareStackTrace;
  return text ?? '';
}

const WASM = 'wasm-function[';

/**
 * The frames of a stack's text, leaf first: those of V8, of SpiderMonkey and of JavaScriptCore. By hand:
 * regular expressions take a hundred times as long as the capture.
 * @param {string} text
 * @returns {RawFrame[]}
 */
export function parseStack(text) {
  const frames = [];
  for (const line of text.split('\n')) {
    const [name, place] = halves(line.trim());
    const wasm = line.lastIndexOf(WASM);
    if (wasm >= 0) {
      const at = line.indexOf(']:0x', wasm);
      const offset = at >= 0 ? parseInt(line.slice(at + 4), 16) : 0;
      const functionIndex = parseInt(line.slice(wasm + WASM.length), 10);
      frames.push(frame({ functionIndex, offset, name: withoutModule(name) }));
      continue;
    }
    const column = place.lastIndexOf(':');
    const row = place.lastIndexOf(':', column - 1);
    if (row <= 0 || !(parseInt(place.slice(row + 1), 10) > 0)) continue;
    frames.push(
      frame({
        name,
        file: place.slice(0, row),
        line: parseInt(place.slice(row + 1), 10),
        column: parseInt(place.slice(column + 1), 10) || 0,
      }),
    );
  }
  return frames;
}

/**
 * Name and place of one line: `at name (place)`, `at place` or `name@place`.
 * @param {string} line
 * @returns {[string, string]}
 */
function halves(line) {
  if (line.startsWith('at ')) {
    const rest = line.startsWith('at async ') ? line.slice(9) : line.slice(3);
    const open = rest.lastIndexOf(' (');
    return open < 0 ? ['', rest] : [rest.slice(0, open), rest.slice(open + 2, -1)];
  }
  const at = line.indexOf('@');
  return at < 0 ? ['', ''] : [line.slice(0, at), line.slice(at + 1)];
}

/**
 * A function's name without the module's, which V8 writes before it.
 * @param {string} name
 */
function withoutModule(name) {
  const module = name.indexOf('.wasm.');
  const bare = module >= 0 && !name.slice(0, module).includes(' ') ? name.slice(module + 6) : name;
  return bare.includes(WASM) ? '' : bare;
}

/**
 * @param {Partial<RawFrame>} known
 * @returns {RawFrame}
 */
function frame(known) {
  return { functionIndex: -1, offset: 0, name: '', file: '', line: 0, column: 0, ...known };
}

/**
 * The frames above the allocator's own and the profiler's.
 * @param {RawFrame[]} frames
 * @param {Set<number>} allocators function indices of malloc's family
 */
export function callersOf(frames, allocators) {
  let first = frames.findIndex((frame) => frame.functionIndex >= 0);
  frames.slice(0, 12).forEach((frame, i) => {
    if (allocators.has(frame.functionIndex)) first = i + 1;
  });
  return frames.slice(Math.max(0, first));
}

/** Strings, frames and stacks of a profile, each kept once. */
export class StackTable {
  strings = [''];
  /** @type {import('./profile.js').Frame[]} */
  frames = [];
  /** @type {number[][]} */
  stacks = [[]];
  #strings = new Map([['', 0]]);
  /** @type {Map<string, number>} */
  #frames = new Map();
  /** @type {Map<string, number>} */
  #stacks = new Map([['', 0]]);
  /** @type {Map<string, number>} */
  #texts = new Map();

  /** @param {string} text */
  string(text) {
    return known(this.#strings, text, () => this.strings.push(text) - 1);
  }

  /** @param {RawFrame} raw */
  frame({ functionIndex, offset, name, file, line, column }) {
    const key = `${functionIndex}:${offset}:${file}:${line}:${column}:${offset ? '' : name}`;
    return known(this.#frames, key, () => {
      const names = { function: this.string(name), file: this.string(file) };
      const place = { line, column, functionIndex, offset };
      return this.frames.push({ ...names, ...place, inlined: false }) - 1;
    });
  }

  /**
   * @param {RawFrame[]} frames leaf first
   * @returns {number} the stack's index
   */
  stack(frames) {
    const indices = frames.map((raw) => this.frame(raw));
    return known(this.#stacks, indices.join(), () => this.stacks.push(indices) - 1);
  }

  /**
   * The stack of an engine's text, which is read only when it was not met before.
   * @param {string} text
   * @param {(frames: RawFrame[]) => RawFrame[]} clean what to keep of it
   */
  fromText(text, clean) {
    return known(this.#texts, text, () => this.stack(clean(parseStack(text))));
  }
}

/**
 * @param {Map<string, number>} map
 * @param {string} key
 * @param {() => number} make
 */
function known(map, key, make) {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
