// SPDX-License-Identifier: MIT
//
// attachHeaplet: ownership over a module that Emscripten generated and that links heaplet::bindings, with
// the Embind classes that it hands over (include/heaplet/embind.hpp).

import { backUp, checkBackstop } from './backstop.js';
import { Diagnostics } from './diagnostics.js';
import { BorrowError, LoadError, badArgument } from './errors.js';
import { Heaplet } from './heaplet.js';
import { methodsOf } from './methods.js';
import { OutsideBox, Outside, createOutside, hasOwner } from './outside.js';
import { DISPOSE } from './owned.js';
import { PayloadType } from './types.js';
import { createCore } from './wide.js';

/**
 * How objects of a C++ class are made: as a Box, which has one owner, or an Rc, which has several. The
 * arguments are the constructor's; `value` is the Embind object, which is deleted with its last owner.
 * @template {abstract new (...args: any) => any} Class
 * @typedef {object} OwnedClass
 * @property {(...args: ConstructorParameters<Class>) => OutsideBox<InstanceType<Class>>} box
 * @property {(...args: ConstructorParameters<Class>) => Outside<InstanceType<Class>>} rc
 * @property {number} bytes what an object takes, without what it allocates
 * @property {RawMethods<Class>} methods called with an owner and the arguments; what
 *   heaplet::raw_method() registered
 */

/**
 * Methods that are called without Embind: what to call them on comes first.
 * @template {abstract new (...args: any) => any} Class
 * @typedef {{readonly [Name in keyof Class as Name extends `heapletRaw_${infer Method}` ? Method : never]:
 *   Name extends `heapletRaw_${infer Method}` ? RawMethod<InstanceType<Class>, Method> : never}} RawMethods
 */

/**
 * @template Value
 * @template Name
 * @typedef {Name extends keyof Value ? Value[Name] extends (...args: infer Args) => infer Result ?
 *   (owner: OutsideBox<Value> | Outside<Value>, ...args: Args) => Result : never : never} RawMethod
 */

/**
 * The classes of a module that heaplet::owned_class() registered.
 * @template Module
 * @typedef {{readonly [Name in keyof Module as Module[Name] extends {heapletBytes(): number} ? Name :
 *   never]: Module[Name] extends abstract new (...args: any) => any ? OwnedClass<Module[Name]> : never}}
 *   OwnedClasses
 */

/**
 * @typedef {object} AttachOptions
 * @property {import('./diagnostics.js').DiagnosticsLevel} [diagnostics] what is remembered for
 *   messages and reports; nothing if left out
 * @property {import('./backstop.js').BackstopLevel} [backstop] `sampled` drops and reports what the
 *   garbage collector finds of every 64th owner; nothing if left out
 */

/** @typedef {import('./core.js').Core} Core */

/** Classes whose objects keepFromHands() has seen to. @type {WeakSet<object>} */
const kept = new WeakSet();

/** What a module was attached as. @type {WeakMap<object, Attached<any>>} */
const attached = new WeakMap();

/**
 * An instance of heaplet in somebody's module, beside what else the module is.
 * @template Module
 */
export class Attached extends Heaplet {
  /** @internal @param {Core} core @param {Module} module */
  constructor(core, module) {
    super(core);
    /** What Emscripten generated: the module's other functions and classes. @readonly */
    this.module = module;
    /** Classes whose objects can be owned. @readonly @type {OwnedClasses<Module>} */
    this.classes = ownedClasses(core, module);
  }
}

/**
 * Ownership in a module's memory. The same module gives the same instance each time, until that is
 * closed.
 * @template {object} Module
 * @param {Module} module what the factory that Emscripten generated resolved with
 * @param {AttachOptions} [options]
 * @returns {Attached<Module>}
 */
export function attachHeaplet(module, { diagnostics = 'off', backstop = 'off' } = {}) {
  if (typeof module !== 'object' || module === null) {
    throw badArgument('a module', module, 'await the factory that Emscripten generated');
  }
  const before = attached.get(module);
  if (before?.isOpen) return before;
  checkBackstop(backstop);
  const exports = exportsOf(module);
  const remembered = new Diagnostics(diagnostics);
  exports.heaplet_attach();
  const host = /** @type {any} */ (module);
  const core = createCore(exports, { memory: host.heapletMemory, diagnostics: remembered });
  host.heapletOnDrop = (
    /** @type {number} */ slot,
    /** @type {number} */ generation,
    /** @type {number} */ at,
  ) => core.onDrop(slot >>> 0, generation, at);
  const heaplet = new Attached(core, module);
  backUp(heaplet, backstop);
  attached.set(module, heaplet);
  return heaplet;
}

/** The C ABI, by the names of heaplet.h. @param {object} module */
function exportsOf(module) {
  /** @type {Record<string, any>} */
  const exports = {};
  for (const [name, value] of Object.entries(module)) {
    if (name.startsWith('_heaplet_')) exports[name.slice(1)] = value;
  }
  if (exports.heaplet_attach === undefined) {
    throw new LoadError('H0010', 'this module has no heaplet in it', {
      help: 'link heaplet::bindings, and name a class with heaplet::owned_class()',
    });
  }
  return exports;
}

/**
 * @template Module
 * @param {Core} core
 * @param {Module} module
 */
function ownedClasses(core, module) {
  const classes = Object.entries(/** @type {object} */ (module)).filter(
    ([, value]) => typeof value === 'function' && Object.hasOwn(value, 'heapletBytes'),
  );
  /** @param {any} Class @param {PayloadType<any, any>} type @param {typeof Outside | typeof OutsideBox} Owner */
  const maker = (Class, type, Owner) => {
    const bytes = Class.heapletBytes();
    return (/** @type {any[]} */ ...args) => {
      core.checkOpen();
      const object = new Class(...args);
      try {
        const address = Class.heapletAddress(object);
        return createOutside(core, Owner, object, { bytes, type, address });
      } catch (error) {
        object.delete();
        throw error;
      }
    };
  };
  const { heapletFunction } = /** @type {any} */ (module);
  /** @param {string} name @param {any} Class */
  const ownedClass = (name, Class) => {
    keepFromHands(Class);
    const type = new PayloadType({ name, elementBytes: 0, alignment: 8 });
    return Object.freeze({
      box: maker(Class, type, OutsideBox),
      rc: maker(Class, type, Outside),
      bytes: Class.heapletBytes(),
      methods: methodsOf(core, Class, type, heapletFunction),
    });
  };
  return /** @type {OwnedClasses<Module>} */ (
    Object.freeze(
      Object.fromEntries(classes.map(([name, Class]) => [name, ownedClass(name, Class)])),
    )
  );
}

/**
 * Objects that have an owner are ended by it alone: raw methods know where they are.
 * @param {any} Class
 */
function keepFromHands(Class) {
  if (kept.has(Class)) return;
  kept.add(Class);
  const { delete: inherited } = Class.prototype;
  /** @this {object} */
  function end() {
    if (!hasOwner(this)) return inherited.call(this);
    throw new BorrowError('E0505', `this ${Class.name} cannot be deleted: it has an owner`, {
      help: 'drop its owner',
    });
  }
  for (const name of ['delete', DISPOSE]) {
    Object.defineProperty(Class.prototype, name, {
      value: end,
      configurable: true,
      writable: true,
    });
  }
}
