// SPDX-License-Identifier: MIT
//
// Chrome's .heapprofile, the file of DevTools' allocation sampling: a tree from root to leaf with the
// bytes that each node itself holds. Opens in DevTools' Memory panel, in speedscope and in VS Code.

import { resolve } from './resolved.js';

/**
 * @typedef {object} Node
 * @property {{functionName: string, scriptId: string, url: string, lineNumber: number,
 *   columnNumber: number}} callFrame lines and columns from 0
 * @property {number} selfSize
 * @property {number} id
 * @property {Node[]} children
 */

/**
 * @param {import('../profile.js').Profile} profile
 * @param {{value?: import('./index.js').Value}} [options]
 * @returns {string}
 */
export function exportHeapProfile(profile, { value = 'live' } = {}) {
  const { program, places, stacks, rows } = resolve(profile);
  let ids = 0;
  const nodeOf = (/** @type {Node['callFrame']} */ callFrame) =>
    /** @type {Node} */ ({ callFrame, selfSize: 0, id: ++ids, children: [] });
  const head = nodeOf(callFrame('(root)', '0', '', 0, 0));
  /** @type {Map<Node, Map<number, Node>>} */
  const childrenOf = new Map([[head, new Map()]]);
  const samples = [];

  for (const row of rows) {
    const size = row[`${value}Bytes`];
    if (size === 0) continue;
    let node = head;
    for (const index of [...stacks[row.stack]].reverse()) {
      const siblings = /** @type {Map<number, Node>} */ (childrenOf.get(node));
      let child = siblings.get(index);
      if (child === undefined) {
        const { name, file, line, column } = places[index];
        child = nodeOf(callFrame(name, '1', file || program, line, column));
        siblings.set(index, child);
        childrenOf.set(child, new Map());
        node.children.push(child);
      }
      node = child;
    }
    node.selfSize += size;
    samples.push({ size, nodeId: node.id, ordinal: samples.length + 1 });
  }
  return JSON.stringify({ head, samples });
}

function callFrame(
  /** @type {string} */ functionName,
  /** @type {string} */ scriptId,
  /** @type {string} */ url,
  /** @type {number} */ line,
  /** @type {number} */ column,
) {
  return { functionName, scriptId, url, lineNumber: line - 1, columnNumber: column - 1 };
}
