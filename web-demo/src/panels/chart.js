// SPDX-License-Identifier: MIT
// What the page's charts have in common: colours of the style sheet, and axes of bytes.

import { bytes } from '../format.js';

/** Ticks of bytes lie at powers of two. */
const STEPS = Array.from({ length: 32 }, (_, log2) => 2 ** log2);

/** Colours and axes as the theme has them now. */
export function chartStyle() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--soft'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  const byteAxis = {
    ...axis,
    size: 70,
    incrs: STEPS,
    values: (u, ticks) => ticks.map((tick) => (tick ? bytes(tick) : '0')),
  };
  return { colour, axis, byteAxis };
}

/** As wide as its frame. */
export const widthOf = (frame) => Math.max(200, Math.floor(frame.clientWidth));
