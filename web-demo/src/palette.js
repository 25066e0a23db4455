// SPDX-License-Identifier: MIT
//
// The colours of memory, from the style sheet, where light and dark are settled.

import { AGE_BOUNDS, BUCKET, CLASS_BOUNDS, State } from './engine/cells.js';
import { texturesOf } from './paint.js';

/** Names of the states in the style sheet (`--live`) and in words. */
export const STATES = [
  { state: State.live, name: 'live', words: 'live' },
  { state: State.slab, name: 'slab', words: 'live, in a slab' },
  { state: State.mixed, name: 'mixed', words: 'less than half live' },
  { state: State.free, name: 'free', words: 'not live: free, or the allocator’s own' },
  { state: State.cached, name: 'cached', words: 'free, kept in a slab' },
  { state: State.metadata, name: 'metadata', words: 'metadata of the heap' },
  { state: State.untouched, name: 'untouched', words: 'never touched' },
  { state: State.program, name: 'program', words: 'stack and statics' },
];

const STEPS = 9; // --step-0 … --step-8, dark to light or light to dark

/** '#rrggbb' as a pixel of ImageData on a little-endian machine. */
export function toPixel(hex) {
  const value = parseInt(hex.slice(1), 16);
  const [red, green, blue] = [value >> 16, (value >> 8) & 255, value & 255];
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** The step of the scale for bucket `index` of `buckets`. */
export const stepOf = (index, buckets) => Math.round((index * (STEPS - 1)) / (buckets - 1));

/** @param {'state' | 'class' | 'age' | 'site'} colour */
export const bucketsOf = (colour) => (colour === 'age' ? AGE_BOUNDS : CLASS_BOUNDS).length; // nine sites

/**
 * The lookup for paint(), from the style sheet as it is now.
 * @param {'state' | 'class' | 'age' | 'site'} colour what live cells are coloured by
 */
export function readPalette(colour = 'state') {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => toPixel(style.getPropertyValue(`--${name}`).trim());
  const colours = new Map(
    STATES.map(({ state, name }) => [state, [read(name), read(`${name}-mark`)]]),
  );
  const buckets = bucketsOf(colour);
  return texturesOf((value) => {
    if (value >= BUCKET) {
      const step = read(`step-${stepOf(Math.min(value - BUCKET, buckets - 1), buckets)}`);
      return [step, step];
    }
    return colours.get(value) ?? [0, 0];
  });
}
