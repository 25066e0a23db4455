// SPDX-License-Identifier: MIT
// What is drawn over the map: the cell that is pointed at, and the block there.

import { cellBytes, outline } from './map-view.js';

/**
 * @param {HTMLCanvasElement} overlay
 * @param {{columns: number, rows: number, from: number, zoom: number}} view
 * @param {number} size of a cell, in pixels
 * @param {number | null} cursor an address
 * @param {{address: number, bytes?: number} | null} block
 */
export function drawOutline(overlay, view, size, cursor, block) {
  const context = overlay.getContext('2d');
  context.clearRect(0, 0, overlay.width, overlay.height);
  if (cursor === null) return;
  const style = getComputedStyle(document.documentElement);
  const draw = (parts, colour, width) => {
    context.strokeStyle = style.getPropertyValue(colour);
    context.lineWidth = width;
    for (const { column, row, columns, rows } of parts) {
      const [x, y] = [column * size, row * size];
      context.strokeRect(x - 1, y - 1, columns * size + 2, rows * size + 2);
    }
  };
  const parts = block?.bytes ? outline(view, block.address, block.bytes) : [];
  draw(parts, '--paper', 4);
  draw(parts, '--alarm', 2);
  draw(outline(view, cursor, cellBytes(view)), '--ink', 2);
}
