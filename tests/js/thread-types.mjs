// SPDX-License-Identifier: MIT
import { Layout } from '../../js/shared.js';

/** A type that threads make each for themselves. */
export const Pair = Layout.of({ x: 'i32', y: 'i32' }, 'Pair');
