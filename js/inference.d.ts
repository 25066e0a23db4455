// SPDX-License-Identifier: MIT
//
// What TypeScript works out from a type given as a value: the values it holds, and what makes one.

import type { OwnedField } from './layout.js';
import type { ScalarName } from './scalars.js';
import type { PayloadType } from './types.js';

/** What a scalar is in JavaScript. */
export type ScalarValue<S extends ScalarName> = S extends 'i64' | 'u64'
  ? bigint
  : S extends 'bool'
    ? boolean
    : number;

/** Anything that stands for a payload type. */
export type AnyType = ScalarName | PayloadType<any, any>;

/** What reading a value of a type gives. */
export type ValueOf<T> = T extends ScalarName
  ? ScalarValue<T>
  : T extends PayloadType<infer Value, any>
    ? Value
    : never;

/** What makes a value of a type. */
export type InitOf<T> = T extends ScalarName
  ? ScalarValue<T>
  : T extends PayloadType<any, infer Init>
    ? Init
    : never;

type FieldValue<T> = T extends ScalarName
  ? ScalarValue<T>
  : T extends OwnedField
    ? any
    : ValueOf<T>;

/** A view of a struct. */
export type StructValue<F> = { -readonly [K in keyof F]: FieldValue<F[K]> } & {
  toJSON(): Record<string, number | bigint | boolean>;
};

/** The fields of a new struct; those left out are zero. */
export type StructInit<F> = { -readonly [K in keyof F]?: FieldValue<F[K]> };
