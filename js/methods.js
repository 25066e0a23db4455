// SPDX-License-Identifier: MIT
//
// Methods of C++ objects that are called without Embind (raw_method() of include/heaplet/embind.hpp):
// the owner and the arguments are checked, and then the module's function is called itself.

import { badArgument } from './errors.js';
import { recheck } from './owned.js';

/** @typedef {import('./core.js').Core} Core */
/** @typedef {import('./types.js').PayloadType<any, any>} PayloadType */

/**
 * What a method is called on.
 * @typedef {{core: Core, type: PayloadType, name: string}} Receiver
 */

const PREFIX = 'heapletRaw_';

/** The least and the greatest of each kind of integers, by the characters of raw_kind() in C++. */
const RANGES = /** @type {Record<string, [number, number, string]>} */ ({
  c: [-128, 127, 'an i8'],
  C: [0, 255, 'a u8'],
  s: [-32768, 32767, 'an i16'],
  S: [0, 65535, 'a u16'],
  i: [-(2 ** 31), 2 ** 31 - 1, 'an i32'],
  I: [0, 2 ** 32 - 1, 'a u32'],
});

// What a result becomes.
const AS_IT_IS = 0;
const UNSIGNED = 1;
const BOOLEAN = 2;

/**
 * The raw methods of a class by name, frozen.
 * @param {Core} core
 * @param {any} Class of Embind
 * @param {PayloadType} type that of the class's objects here
 * @param {(index: number) => (...args: number[]) => number} functionAt
 */
export function methodsOf(core, Class, type, functionAt) {
  const names = Object.keys(Class).filter((name) => name.startsWith(PREFIX));
  const methods = names.map((name) => {
    const at = core.toAddress(Class[name]());
    const call = core.pointerAt(at);
    const kinds = core.pointerAt(at + core.pointerBytes);
    const end = core.u8.indexOf(0, kinds);
    const [result, ...parameters] = String.fromCharCode(...core.u8.subarray(kinds, end));
    const called = name.slice(PREFIX.length);
    return [called, method({ core, type, name: called }, functionAt(call), result, parameters)];
  });
  return Object.freeze(Object.fromEntries(methods));
}

/**
 * @param {Receiver} receiver
 * @param {(...args: number[]) => number} call
 * @param {string} result kind
 * @param {string[]} parameters kinds
 */
function method(receiver, call, result, parameters) {
  const { core, type, name } = receiver;
  const how = result === 'b' ? BOOLEAN : 'CSI'.includes(result) ? UNSIGNED : AS_IT_IS;
  const checks = parameters.map(
    (kind) => (/** @type {unknown} */ value) => checked(kind, value, name),
  );
  const [first, second] = checks;
  // Without arguments of unknown number, which engines put into arrays.
  switch (checks.length) {
    case 0:
      return (/** @type {any} */ owner) =>
        converted(how, call(addressOf(core, type, owner, receiver)));
    case 1:
      return (/** @type {any} */ owner, /** @type {any} */ a) => {
        const number = first(a);
        return converted(how, call(addressOf(core, type, owner, receiver), number));
      };
    case 2:
      return (/** @type {any} */ owner, /** @type {any} */ a, /** @type {any} */ b) => {
        const one = first(a);
        const two = second(b);
        return converted(how, call(addressOf(core, type, owner, receiver), one, two));
      };
    default:
      return (/** @type {any} */ owner, /** @type {any[]} */ ...args) => {
        const numbers = checks.map((check, at) => check(args[at]));
        return converted(how, call(addressOf(core, type, owner, receiver), ...numbers));
      };
  }
}

/**
 * Where an owner's object is.
 * @param {Core} core
 * @param {PayloadType} type
 * @param {any} owner
 * @param {Receiver} receiver
 */
function addressOf(core, type, owner, receiver) {
  // Only owners have a _type, and only this class's, in this instance, have this one.
  if (owner?._type === type && core.u32[owner._slot] === owner._generation) {
    return core.objectOf(owner._slot);
  }
  return addressOfCold(receiver, owner);
}

/** After memory has grown, or an error. @param {Receiver} receiver @param {any} owner */
function addressOfCold({ core, type, name }, owner) {
  if (owner?._type !== type) {
    throw badArgument(`an owner of a ${type.name} to call ${name}()`, owner);
  }
  recheck(owner, `call ${name}() of`);
  return core.objectOf(owner._slot);
}

/** @param {number} how @param {number} value */
function converted(how, value) {
  if (how === AS_IT_IS) return value;
  return how === UNSIGNED ? value >>> 0 : value !== 0;
}

/** @param {string} kind @param {any} value @param {string} name of the method @returns {number} */
function checked(kind, value, name) {
  if (kind === 'b') {
    if (typeof value === 'boolean') return value ? 1 : 0;
    throw badArgument(`true or false for ${name}()`, value);
  }
  if (typeof value === 'number') {
    if (kind === 'd' || kind === 'f') return value;
    const [least, most] = RANGES[kind];
    if (value >= least && value <= most && value === Math.trunc(value)) return value;
  }
  throw badArgument(`${RANGES[kind]?.[2] ?? 'a number'} for ${name}()`, value);
}
