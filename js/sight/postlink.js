// SPDX-License-Identifier: MIT
//
// Post-link: puts a few instructions before each call of an allocator in a linked .wasm, so that every
// allocation can be told the place it was asked for at: after all optimisation, so that places that the
// compiler inlined into one function stay apart, and without a change to the source.
//
//   i32.const &control.context   i32.const 17   i32.store   call $malloc      a site: number 17
//
// With `contexts` the way that led there is known too, as a hash, V' = 3V + call (Bond and McKinley,
// 2007): each function that can reach an allocator keeps its V in a local and leaves V' in a global
// before a call. Functions that JavaScript may call put V back afterwards, or it would drift.
//
// Allocators are found without names: heaplet::profiler has a list of them in its control structure,
// by their place in the function table, and the structure begins with 16 bytes that nothing else has.

import { ALLOCATORS_OFFSET, CONTROL_MAGIC, Word } from './control.js';
import { Output } from './wasm-output.js';
import { WasmModule } from './wasm-module.js';
import { OffsetMap } from './offset-map.js';
import { Section, WasmReader, skipInstruction } from './wasm.js';

/** The custom section that tells what was done to a module. */
const SECTION = 'heaplet.sites';

/**
 * What was done to a module.
 * @typedef {object} Sites
 * @property {string} buildId of the module as it was linked
 * @property {boolean} contexts
 * @property {{functionIndex: number, offset: number}[]} list places of calls of allocators; site n is
 *   the n-th. Offsets are those of the linked module.
 * @property {OffsetMap} offsets from places in the new module to those in the linked one
 */

const CALL = 0x10;
const CALL_INDIRECT = 0x11;
const RETURN_CALL = 0x12;
const RETURN_CALL_INDIRECT = 0x13;

/**
 * Rewrites a linked module.
 * @param {Uint8Array} bytes of a program that is linked with heaplet::profiler
 * @param {{contexts?: boolean}} [options]
 * @returns {{wasm: Uint8Array, sites: Sites}}
 */
export function tagSites(bytes, { contexts = false } = {}) {
  const module = new WasmModule(bytes);
  if (module.custom(SECTION)) throw new TypeError('this .wasm has been through tagSites() before');
  const plan = new Plan(module, contexts);
  const output = new Output();
  /** @type {Sites} */
  const sites = { buildId: module.buildId, contexts, list: [], offsets: new OffsetMap() };
  output.copy(bytes, 0, 8);
  for (const section of module.sections) {
    if (section.id === Section.code) writeCode(module, plan, sites, output);
    else if (section.id === Section.global && contexts) writeGlobals(module, section, output);
    // Offsets in these are those of the code as it was.
    else if (!/^\.debug_|^sourceMappingURL$|^external_debug_info$/.test(section.name)) {
      output.copy(bytes, section.start, section.end);
    }
  }
  const { buildId, list, offsets } = sites;
  const text = JSON.stringify({ buildId, contexts, list, offsets: offsets.toJSON() });
  output.custom(SECTION, new TextEncoder().encode(text));
  return { wasm: output.bytes(), sites };
}

/**
 * What tagSites() did to a module, or undefined.
 * @param {Uint8Array | WebAssembly.Module} wasm
 * @returns {Sites | undefined}
 */
export function readSites(wasm) {
  let contents;
  if (wasm instanceof WebAssembly.Module) {
    [contents] = WebAssembly.Module.customSections(wasm, SECTION);
  } else {
    const place = new WasmModule(wasm).custom(SECTION);
    contents = place && wasm.subarray(place.begin, place.end);
  }
  if (!contents) return undefined;
  const { offsets, ...rest } = JSON.parse(new TextDecoder().decode(contents));
  return { ...rest, offsets: OffsetMap.from(offsets) };
}

/** What is to be done where. */
class Plan {
  /**
   * @param {WasmModule} module
   * @param {boolean} contexts
   */
  constructor(module, contexts) {
    this.contexts = contexts;
    const control = findControl(module);
    this.contextAddress = control.address + Word.context * 4;
    this.chainAddress = control.address + Word.chain * 4;
    const imports = module.imports();
    this.imported = imports.functions;
    this.defined = module.definedFunctions();
    const table = module.tableFunctions();
    this.allocators = new Set();
    for (const entry of control.allocators) {
      const index = table.get(entry);
      if (index !== undefined) this.allocators.add(index);
    }
    if (this.allocators.size === 0) {
      throw new TypeError('the allocators are not in the function table of this .wasm');
    }
    const types = module.types();
    this.allocatorTypes = new Set([...this.allocators].map((index) => types[this.typeOf(index)]));
    this.types = types;
    this.exported = new Set(module.exportedFunctions());
    this.entered = new Set([...this.exported, ...table.values()]);
    this.reaching = contexts ? this.#reaching(module) : new Set();
    this.global = imports.globals + globalCount(module);
  }

  /** @param {number} index of a function */
  typeOf(index) {
    const { imported, defined } = this;
    return index < imported.length ? imported[index] : defined[index - imported.length];
  }

  /**
   * Whether a call may be one of an allocator: for certain, or by its type.
   * @param {Call} call
   */
  allocates(call) {
    return call.target >= 0
      ? this.allocators.has(call.target)
      : this.allocatorTypes.has(this.types[call.type]);
  }

  /**
   * Whether a call may lead to one of an allocator. Imports may call back.
   * @param {Call} call
   */
  leadsOn(call) {
    return (
      call.target < this.imported.length ||
      this.reaching.has(call.target) ||
      this.allocators.has(call.target)
    );
  }

  /** @param {WasmModule} module */
  #reaching(module) {
    /** @type {Map<number, number[]>} */
    const callers = new Map();
    const reaching = new Set();
    const first = this.imported.length;
    bodies(module, (index, reader) => {
      eachCall(reader, ({ target }) => {
        if (target < first || this.allocators.has(target)) reaching.add(first + index);
        else if (callers.has(target)) callers.get(target)?.push(first + index);
        else callers.set(target, [first + index]);
      });
    });
    for (const index of reaching) {
      for (const caller of callers.get(index) ?? []) reaching.add(caller);
    }
    for (const index of this.allocators) reaching.delete(index);
    return reaching;
  }
}

/**
 * @typedef {object} Call
 * @property {number} target index of a function, -1 for an indirect call
 * @property {number} type of an indirect call
 * @property {boolean} returns whether the function goes on after it
 * @property {number} at offset of its opcode
 * @property {number} end offset after it
 */

/**
 * @param {WasmReader} reader at a body's first instruction
 * @param {(call: Call) => void} visit
 */
function eachCall(reader, visit) {
  while (reader.at < reader.end) {
    const at = reader.at;
    const code = skipInstruction(reader);
    if (code < CALL || code > RETURN_CALL_INDIRECT) continue;
    const index = new WasmReader(reader.bytes, at + 1).u32();
    const direct = code === CALL || code === RETURN_CALL;
    const returns = code === CALL || code === CALL_INDIRECT;
    visit({ target: direct ? index : -1, type: index, returns, at, end: reader.at });
  }
}

/**
 * Calls `visit` for each function body, with a reader at its first instruction and the places of its
 * locals.
 * @param {WasmModule} module
 * @param {(index: number, reader: WasmReader, body: {begin: number, instructions: number,
 *   end: number, localGroups: number, localCount: number, afterGroups: number}) => void} visit
 */
function bodies(module, visit) {
  module.list(Section.code, (reader, index) => {
    const size = reader.u32();
    const begin = reader.at;
    const end = begin + size;
    const localGroups = reader.u32();
    const afterGroups = reader.at;
    let localCount = 0;
    for (let i = 0; i < localGroups; i++) {
      localCount += reader.u32();
      reader.skip();
    }
    const instructions = reader.at;
    const body = { begin, instructions, end, localGroups, localCount, afterGroups };
    visit(index, new WasmReader(module.bytes, instructions, end), body);
    reader.at = end;
  });
}

/**
 * @param {WasmModule} module
 * @param {Plan} plan
 * @param {Sites} sites
 * @param {Output} output
 */
function writeCode(module, plan, sites, output) {
  const { bytes } = module;
  let calls = 0;
  const code = new Output();
  code.number(plan.defined.length);
  bodies(module, (index, reader, body) => {
    const functionIndex = plan.imported.length + index;
    const written = new Output();
    const tracks = plan.reaching.has(functionIndex);
    const parameters = plan.types[plan.defined[index]].split('->')[0];
    const own = (parameters === '' ? 0 : parameters.split(',').length) + body.localCount;
    if (tracks) {
      written.number(body.localGroups + 1);
      written.copy(bytes, body.afterGroups, body.instructions);
      written.push(1, 0x7f); // one more local, an i32
      if (!plan.exported.has(functionIndex)) written.globalGet(plan.global).localSet(own);
    } else written.copy(bytes, body.begin, body.instructions);
    let copied = body.instructions;
    const upTo = (/** @type {number} */ end) => {
      written.copy(bytes, copied, end);
      copied = end;
    };
    if (!plan.allocators.has(functionIndex)) {
      eachCall(reader, (call) => {
        const allocates = plan.allocates(call);
        const chains = tracks && plan.leadsOn(call);
        if (!allocates && !chains) return;
        calls++;
        upTo(call.at);
        if (allocates) {
          const site = sites.list.push({ functionIndex, offset: call.at });
          written.store(plan.contextAddress, () => written.constant(site));
        }
        const chain = () => written.chain(own, scattered(calls));
        if (tracks && allocates) written.store(plan.chainAddress, chain);
        if (chains) {
          chain();
          written.globalSet(plan.global);
        }
        if (!call.returns) return;
        const restores = chains && plan.entered.has(functionIndex);
        if (allocates || restores) upTo(call.end);
        // Or what JavaScript allocates next would pass for this.
        if (allocates) written.store(plan.contextAddress, () => written.constant(0));
        if (tracks && allocates) written.store(plan.chainAddress, () => written.constant(0));
        if (restores) written.localGet(own).globalSet(plan.global);
      });
    }
    upTo(body.end);
    code.number(written.length);
    code.append(written);
  });
  output.section(Section.code, code, sites.offsets);
}

/**
 * A number for a call that looks like chance (the end of MurmurHash3): sums of threefold numbers in a
 * row would be the same for many ways.
 * @param {number} call
 */
function scattered(call) {
  let hash = Math.imul(call ^ (call >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/**
 * One more global, a variable i32.
 * @param {WasmModule} module
 * @param {{begin: number, end: number}} section
 * @param {Output} output
 */
function writeGlobals(module, section, output) {
  const reader = module.reader(section);
  const globals = new Output();
  globals.number(reader.u32() + 1);
  globals.copy(module.bytes, reader.at, section.end);
  globals.push(0x7f, 1, 0x41, 0, 0x0b);
  output.section(Section.global, globals);
}

/** @param {WasmModule} module */
function globalCount(module) {
  const place = module.section(Section.global);
  if (!place) throw new TypeError('this .wasm has no globals: it is not a program of Emscripten');
  return module.reader(place).u32();
}

/** @param {WasmModule} module */
function findControl(module) {
  const segments = module.segments();
  const magic = new TextEncoder().encode(CONTROL_MAGIC);
  for (const { address, bytes } of segments) {
    if (address === undefined) continue;
    for (let at = bytes.indexOf(magic[0]); at >= 0; at = bytes.indexOf(magic[0], at + 1)) {
      if (!magic.every((byte, i) => bytes[at + i] === byte)) continue;
      const word = (/** @type {number} */ offset) => wordAt(segments, address + at + offset);
      const count = word(Word.allocatorCount * 4);
      const allocators = Array.from({ length: count }, (_, i) => word(ALLOCATORS_OFFSET + i * 4));
      return { address: address + at, allocators: allocators.filter((entry) => entry !== 0) };
    }
  }
  throw new TypeError(
    'this .wasm has no profiler in it: link heaplet::profiler (and not with -pthread)',
  );
}

/**
 * A word of memory at the start; wasm-opt cuts segments where they are zero.
 * @param {{address: number | undefined, bytes: Uint8Array}[]} segments
 * @param {number} place
 */
function wordAt(segments, place) {
  let word = 0;
  for (let i = 3; i >= 0; i--) {
    const at = place + i;
    const segment = segments.find(
      ({ address, bytes }) => address !== undefined && at >= address && at < address + bytes.length,
    );
    word = word * 256 + (segment ? segment.bytes[at - (segment.address ?? 0)] : 0);
  }
  return word;
}
