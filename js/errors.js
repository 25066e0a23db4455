// SPDX-License-Identifier: MIT
//
// Errors: one family with stable codes, worded like rustc's. Codes that begin with E mean what they
// mean in Rust; those that begin with H are heaplet's own. explain.js has a page for each.

/**
 * What every error of heaplet is. `code` is stable; the wording of `message` is not.
 */
export class HeapletError extends Error {
  /**
   * @param {string} code
   * @param {string} what one line: what was refused, and for which value
   * @param {{notes?: string[], help?: string, cause?: unknown}} [details]
   */
  constructor(code, what, { notes = [], help, cause } = {}) {
    const lines = [`error[${code}]: ${what}`, ...notes.map((note) => `  = note: ${note}`)];
    if (help) lines.push(`  = help: ${help}`);
    lines.push(`  = for more: explain('${code}')`);
    super(lines.join('\n'), cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    /** A stable code, such as `E0382`. @readonly */
    this.code = code;
    /** What to do instead, if there is one thing to do. @readonly */
    this.help = help;
  }
}

/** E0382: the value was moved elsewhere. */
export class UseAfterMoveError extends HeapletError {}

/** E0382, E0716: the value was dropped, or its scope has ended. */
export class UseAfterFreeError extends HeapletError {}

/** E0499, E0502, E0505: another borrow is in the way. */
export class BorrowError extends HeapletError {}

/** E0597: a view or a guard is used after its owner has gone. */
export class OutlivedError extends HeapletError {}

/** H0001: the module has no memory left. Nothing has changed. */
export class OutOfMemoryError extends HeapletError {}

/** H0002, H0003: an index is outside of a view, or inside of a character. */
export class BoundsError extends HeapletError {}

/** H0004, H0005, H0014: the value belongs to another instance, or to one that was closed or broken. */
export class InstanceError extends HeapletError {}

/** H0006: an argument is of the wrong type or out of range. */
export class ArgumentError extends HeapletError {}

/** H0007: values were alive that should have been dropped. */
export class LeakError extends HeapletError {}

/** H0008: memory was handed to an allocator that it did not come from. */
export class WrongAllocatorError extends HeapletError {}

/** H0009: a count is at its limit. */
export class CountOverflowError extends HeapletError {}

/** H0010: the module could not be loaded, or is of another version. */
export class LoadError extends HeapletError {}

/** H0011: destructors failed; `errors` has what they threw. Everything was dropped all the same. */
export class DropError extends HeapletError {
  /** @param {unknown[]} errors */
  constructor(errors) {
    const count = errors.length === 1 ? 'a drop callback' : `${errors.length} drop callbacks`;
    super('H0011', `${count} failed`, { notes: errors.map(String), cause: errors[0] });
    /** @readonly */
    this.errors = errors;
  }
}

/** H0012: this thread must not wait. */
export class WouldBlockError extends HeapletError {}

/** H0013: a holder of the lock failed or died while it could write. */
export class PoisonError extends HeapletError {}

/**
 * Throws what drop callbacks threw since the last time, if any did: everything is done.
 * @param {{dropErrors: unknown[], takeDropErrors(): unknown[]}} core
 */
export function throwDropErrors(core) {
  if (core.dropErrors.length > 0) throw new DropError(core.takeDropErrors());
}

/**
 * @param {string} expected
 * @param {unknown} value
 * @param {string} [help]
 */
export function badArgument(expected, value, help) {
  return new ArgumentError('H0006', `expected ${expected}, got ${describe(value)}`, { help });
}

/**
 * A value in a few words. Runs no code of the value's: it may be why something was refused.
 * @param {unknown} value
 */
export function describe(value) {
  if (typeof value === 'string') return `the string ${JSON.stringify(value.slice(0, 40))}`;
  if (typeof value === 'object' && value !== null) return `a ${kindOf(value)}`;
  if (typeof value === 'function') return 'a function';
  return String(value) + (typeof value === 'bigint' ? 'n' : '');
}

/** The name of an object's class, asked for without getters. @param {object} value */
function kindOf(value) {
  try {
    const prototype = Object.getPrototypeOf(value);
    const { value: Kind } = Object.getOwnPropertyDescriptor(prototype ?? {}, 'constructor') ?? {};
    const { value: name } = Object.getOwnPropertyDescriptor(Kind ?? {}, 'name') ?? {};
    if (typeof name === 'string' && name !== '') return name.slice(0, 40);
  } catch {
    // A proxy that refuses.
  }
  return 'object';
}

/**
 * A whole number from `least` to `most`, or an error that says so.
 * @param {string} name
 * @param {unknown} value
 * @param {number} [least]
 * @param {number} [most]
 * @returns {number}
 */
export function wholeNumber(name, value, least = 0, most = 2 ** 31 - 1) {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) {
    return value;
  }
  throw badArgument(`${name} to be a whole number from ${least} to ${most}`, value);
}
