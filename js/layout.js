// SPDX-License-Identifier: MIT
//
// Layout: structs as C lays them out, and what that costs.

import { BoundsError, UseAfterMoveError, badArgument, throwDropErrors } from './errors.js';
import { WIDE, checkScalar, readScalar, writeScalar } from './scalars.js';
import { PayloadType, Scalar, toType } from './types.js';
import { recheckPlace } from './views.js';

/** @typedef {import('./core.js').Core} Core */
/** @typedef {import('./types.js').Place} Place */

/**
 * One field of a layout. `paddingBytes` are the unused ones in front of it.
 * @typedef {{name: string, type: string, offset: number, bytes: number, paddingBytes: number}} Field
 */

/** A field that owns another value, or observes it. */
export class OwnedField {
  /**
   * @internal
   * @param {() => PayloadType<any, any>} target
   * @param {boolean} isWeak
   */
  constructor(target, isWeak) {
    this.find = target;
    this.isWeak = isWeak;
    /** @type {PayloadType<any, any> | undefined} */
    this.found = undefined;
  }

  /** The type it refers to; asks the user's function once. */
  target() {
    return (this.found ??= this.find());
  }
}

/** @param {unknown} type */
function toTarget(type) {
  return typeof type === 'function' ? () => toType(type()) : () => toType(type);
}

/**
 * A field that owns a value of `type` (or is null): dropped with the struct, in order of fields.
 * A function stands for a type that is not there yet, as in a list: `owned(() => Node)`.
 * @param {unknown} type
 */
export function owned(type) {
  return new OwnedField(toTarget(type), false);
}

/**
 * A field that observes a value of `type` without keeping it alive.
 * @param {unknown} type
 */
export function weak(type) {
  return new OwnedField(toTarget(type), true);
}

const HANDLE_BYTES = 8;
const HANDLE_ALIGNMENT = 4;

/** @typedef {{name: string, type: Scalar<any> | OwnedField, bytes: number, alignment: number}} Shape */

/** @param {string} name @param {unknown} type @returns {Shape} */
function toShape(name, type) {
  if (type instanceof OwnedField) {
    return { name, type, bytes: HANDLE_BYTES, alignment: HANDLE_ALIGNMENT };
  }
  const payload = toType(type);
  if (!(payload instanceof Scalar)) {
    throw badArgument(
      'a scalar, owned(…) or weak(…) as a field',
      type,
      `own it: ${name}: owned(…)`,
    );
  }
  return { name, type: payload, bytes: payload.elementBytes, alignment: payload.alignment };
}

/** @param {Shape[]} shapes */
function checkNames(shapes) {
  for (const { name } of shapes) {
    if (name === '__proto__' || name === 'toJSON') {
      throw badArgument(
        'another name for a field',
        name,
        'every struct has a property of this name',
      );
    }
    if (/^\d+$/.test(name)) {
      throw badArgument(
        'a name for a field',
        name,
        'JavaScript would put numbers before all others',
      );
    }
  }
}

/** @param {Shape[]} shapes */
function place(shapes) {
  let end = 0;
  let alignment = 1;
  const fields = shapes.map(({ name, type, bytes, alignment: own }) => {
    const offset = Math.ceil(end / own) * own;
    const paddingBytes = offset - end;
    end = offset + bytes;
    alignment = Math.max(alignment, own);
    const typeName = type instanceof OwnedField ? (type.isWeak ? 'weak' : 'owned') : type.name;
    return { name, type: typeName, offset, bytes, paddingBytes };
  });
  return { fields, alignment, bytes: Math.max(Math.ceil(end / alignment) * alignment, 1), end };
}

/**
 * A struct's type. Reading a value of it gives a view: `box.value.x = 1` writes to memory.
 * @template {Record<string, unknown>} [F=any]
 * @extends {PayloadType<import('./inference.js').StructValue<F>, import('./inference.js').StructInit<F>>}
 */
export class Layout extends PayloadType {
  #View;
  /** For modules for wasm64. @type {any} */
  #WideView = null;
  #shapes;

  /**
   * @param {F} fields names and types, in order
   * @param {string} [name] for messages and reports
   */
  constructor(fields, name = 'struct') {
    if (typeof fields !== 'object' || fields === null || Object.keys(fields).length === 0) {
      throw badArgument('an object of fields', fields, "Layout.of({ x: 'f32', y: 'f32' })");
    }
    const shapes = Object.entries(fields).map(([field, type]) => toShape(field, type));
    checkNames(shapes);
    const placed = place(shapes);
    super({
      name,
      elementBytes: placed.bytes,
      alignment: placed.alignment,
      ownedOffsets: placed.fields
        .filter(({ type }) => type === 'owned')
        .map(({ offset }) => offset),
    });
    this.#shapes = shapes;
    /** @readonly @type {readonly Field[]} */
    this.fields = placed.fields;
    /** Unused bytes, between fields and at the end. @readonly */
    this.paddingBytes = placed.bytes - shapes.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#View = makeViewClass(this, shapes, 0);
  }

  /**
   * @template {Record<string, unknown>} const F
   * @param {F} fields
   * @param {string} [name]
   * @returns {Layout<F>}
   */
  static of(fields, name) {
    return new Layout(fields, name);
  }

  /** Bytes of one struct. */
  get bytes() {
    return this.elementBytes;
  }

  /** @param {string} name */
  offsetOf(name) {
    const field = this.fields.find((candidate) => candidate.name === name);
    if (!field) throw new BoundsError('H0002', `${this.name} has no field ${JSON.stringify(name)}`);
    return field.offset;
  }

  /** The order of fields that wastes least, and its size; the same fields, largest alignment first. */
  get suggestion() {
    const order = [...this.#shapes].sort((a, b) => b.alignment - a.alignment);
    return { order: order.map(({ name }) => name), bytes: place(order).bytes };
  }

  /**
   * @override
   * @internal
   * @param {Core} core
   * @param {number} address
   * @param {Place} place
   * @returns {import('./inference.js').StructValue<F>}
   */
  read(core, address, place) {
    const View = core.wide === 0 ? this.#View : this.#wideView();
    return /** @type {any} */ (new View(core, place.slot, place.generation, address));
  }

  #wideView() {
    return (this.#WideView ??= makeViewClass(this, this.#shapes, WIDE));
  }

  /**
   * The fields' values in order, each read once and checked; undefined where nothing is to be written.
   * @override
   * @internal
   * @param {Core} core
   * @param {import('./inference.js').StructInit<F>} [init]
   */
  prepare(core, init = {}) {
    if (typeof init !== 'object' || init === null)
      throw badArgument(`the fields of ${this.name}`, init);
    for (const name of Object.keys(init)) this.offsetOf(name);
    const values = this.#shapes.map(({ name }) => fieldOf(init, name));
    const given = new Set();
    this.#shapes.forEach(({ type }, i) => {
      if (values[i] === undefined) return;
      if (type instanceof Scalar) return checkScalar(type.code, values[i]);
      ownedFields.check(core, type, values[i]);
      if (values[i] !== null && given.has(values[i]) && !type.isWeak) {
        throw new UseAfterMoveError('E0382', `cannot move ${values[i]} into two fields`, {
          help: 'give each field an owner of its own: clone() an Rc',
        });
      }
      given.add(values[i]);
    });
    return values;
  }

  /**
   * @override
   * @internal
   * @param {Core} core
   * @param {number} address
   * @param {unknown[]} values
   * @param {Place} [place]
   */
  write(core, address, values, place) {
    this.#shapes.forEach(({ type }, i) => {
      if (values[i] === undefined) return;
      // Dropping what a field owned runs callbacks, which may end the struct.
      if (place && i > 0) recheckPlace(core, place.slot, place.generation, `this ${this.name}`);
      const at = address + this.fields[i].offset;
      if (type instanceof Scalar) writeScalar(core, type.code | core.wide, at, values[i]);
      else ownedFields.write(core, at, type, values[i]);
    });
    throwDropErrors(core);
  }

  /**
   * Drops what the fields of the struct at `address` own, in order, and empties them. What callbacks
   * throw is left for throwDropErrors().
   * @internal
   * @param {Core} core
   * @param {number} address
   */
  dropOwned(core, address) {
    this.#shapes.forEach(({ type }, i) => {
      if (type instanceof OwnedField && !type.isWeak) {
        ownedFields.write(core, address + this.fields[i].offset, type, null);
      }
    });
  }
}

/**
 * A field of `init`; what every object inherits is none.
 * @param {any} init
 * @param {string} name
 */
function fieldOf(init, name) {
  if (name in Object.prototype && !Object.hasOwn(init, name)) {
    return isStructView(init) ? init[name] : undefined;
  }
  return init[name];
}

/** @type {WeakSet<object>} */
const viewPrototypes = new WeakSet();

/** @param {object} value */
function isStructView(value) {
  return viewPrototypes.has(Object.getPrototypeOf(value) ?? value);
}

/** How an owned field is read and written; fields.js, which knows the owners, sets it. */
export const ownedFields = {
  /** @type {(core: Core, address: number, field: OwnedField) => any} */
  read: () => null,
  /** Throws when `value` cannot be put there. @type {(core: Core, field: OwnedField, value: any) => void} */
  check: () => {},
  /** Takes what check() has accepted. @type {(core: Core, address: number, field: OwnedField, value: any) => void} */
  write: () => {},
};

/**
 * A class whose instances look at one struct: an accessor a field on the prototype, so that engines
 * see one shape for all of them.
 * @param {Layout<any>} layout
 * @param {Shape[]} shapes
 * @param {number} wide what scalars' codes are joined with
 */
function makeViewClass(layout, shapes, wide) {
  class StructView {
    #core;
    #slot;
    #generation;
    #address;

    /**
     * @param {Core} core
     * @param {number} slot
     * @param {number} generation
     * @param {number} address
     */
    constructor(core, slot, generation, address) {
      this.#core = core;
      this.#slot = slot;
      this.#generation = generation;
      this.#address = address;
    }

    /** A copy of the scalar fields. */
    toJSON() {
      const self = /** @type {any} */ (this);
      const scalars = shapes.filter(({ type }) => type instanceof Scalar);
      return Object.fromEntries(scalars.map(({ name }) => [name, self[name]]));
    }

    #check() {
      recheckPlace(this.#core, this.#slot, this.#generation, `this view of ${layout.name}`);
    }

    /** @param {Scalar<any>} type @param {number} offset */
    static scalarField(type, offset) {
      const code = type.code | wide;
      return {
        /** @this {StructView} */
        get() {
          if (this.#core.u32[this.#slot] !== this.#generation) this.#check();
          return readScalar(this.#core, code, this.#address + offset);
        },
        /** @this {StructView} @param {any} value */
        set(value) {
          if (this.#core.u32[this.#slot] !== this.#generation) this.#check();
          writeScalar(this.#core, code, this.#address + offset, value);
        },
      };
    }

    /** @param {OwnedField} field @param {number} offset */
    static ownedField(field, offset) {
      return {
        /** @this {StructView} */
        get() {
          field.target();
          if (this.#core.u32[this.#slot] !== this.#generation) this.#check();
          return ownedFields.read(this.#core, this.#address + offset, field);
        },
        /** @this {StructView} @param {any} value */
        set(value) {
          ownedFields.check(this.#core, field, value);
          // Only now: the check may have asked the user's function for the type.
          if (this.#core.u32[this.#slot] !== this.#generation) this.#check();
          ownedFields.write(this.#core, this.#address + offset, field, value);
          throwDropErrors(this.#core);
        },
      };
    }
  }
  for (const { name, type } of shapes) {
    const offset = layout.offsetOf(name);
    const accessors =
      type instanceof OwnedField
        ? StructView.ownedField(type, offset)
        : StructView.scalarField(type, offset);
    Object.defineProperty(StructView.prototype, name, { ...accessors, enumerable: true });
  }
  viewPrototypes.add(StructView.prototype);
  return StructView;
}
