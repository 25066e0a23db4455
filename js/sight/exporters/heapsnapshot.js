// SPDX-License-Identifier: MIT
//
// Chrome's .heapsnapshot, with blocks of linear memory for objects: opens in the Memory panel of
// Chrome's and Edge's DevTools, which compute retainers and retained sizes and compare two snapshots.
//
//   (root) ─┬─ (static data and stack) ── +address ──► block ── +offset ──► block …
//           └─ (nothing points here: leak suspects) ──► block …
//
// References come from a conservative scan: any word that looks like a pointer counts as one, and a
// pointer that only a local variable of a function holds is not seen. Blocks that nothing points to
// hang together under one node; of a ring of blocks that only point to each other, the first does.

import { ExportError } from './error.js';
import { labelOf, resolve } from './resolved.js';

/** @typedef {import('../profile.js').Snapshot} Snapshot */

// As V8 writes it. A node is seven numbers, an edge three.
const META = {
  node_fields: ['type', 'name', 'id', 'self_size', 'edge_count', 'trace_node_id', 'detachedness'],
  node_types: [
    [
      'hidden',
      'array',
      'string',
      'object',
      'code',
      'closure',
      'regexp',
      'number',
      'native',
      'synthetic',
      'concatenated string',
      'sliced string',
      'symbol',
      'bigint',
      'object shape',
    ],
    'string',
    'number',
    'number',
    'number',
    'number',
    'number',
  ],
  edge_fields: ['type', 'name_or_index', 'to_node'],
  edge_types: [
    ['context', 'element', 'property', 'internal', 'hidden', 'shortcut', 'weak'],
    'string_or_number',
    'node',
  ],
  trace_function_info_fields: ['function_id', 'name', 'script_name', 'script_id', 'line', 'column'],
  trace_node_fields: ['id', 'function_info_index', 'count', 'size', 'children'],
  sample_fields: ['timestamp_us', 'last_assigned_id'],
  location_fields: ['object_index', 'script_id', 'line', 'column'],
};
const NATIVE = META.node_types[0].indexOf('native');
const SYNTHETIC = META.node_types[0].indexOf('synthetic');
const ELEMENT = META.edge_types[0].indexOf('element');
const PROPERTY = META.edge_types[0].indexOf('property');
const NODE_FIELDS = META.node_fields.length;

/** Nodes before the first block: the root and what it holds. */
const ROOT = 0;
const STATIC = 1;
const SUSPECTS = 2;
const FIRST_BLOCK = 3;

/**
 * @param {import('../profile.js').Profile} profile
 * @param {{snapshot?: string}} [options] the label of the snapshot; else the last that lists blocks
 * @returns {string}
 */
export function exportHeapSnapshot(profile, { snapshot: label } = {}) {
  const { blocks, references } = chosen(profile, label);
  const { places, stacks, stackOf } = resolve(profile);
  const strings = new Map([['', 0]]);
  const string = (/** @type {string} */ text) => {
    const index = strings.get(text) ?? strings.size;
    strings.set(text, index);
    return index;
  };
  /** @type {[type: number, name: number, to: number][][]} */
  const edges = Array.from({ length: FIRST_BLOCK + blocks.length }, () => []);
  edges[ROOT].push([ELEMENT, 1, STATIC], [ELEMENT, 2, SUSPECTS]);
  for (const { from, to, offset } of references ?? []) {
    const name = string(`+0x${offset.toString(16)}`);
    edges[from < 0 ? STATIC : FIRST_BLOCK + from].push([PROPERTY, name, FIRST_BLOCK + to]);
  }
  suspects(edges).forEach((node, index) => edges[SUSPECTS].push([ELEMENT, index, node]));

  const nodes = [
    [SYNTHETIC, string(''), 1, 0, edges[ROOT].length, 0, 0],
    [SYNTHETIC, string('(static data and stack)'), 3, 0, edges[STATIC].length, 0, 0],
    [SYNTHETIC, string(suspectsName(references)), 5, 0, edges[SUSPECTS].length, 0, 0],
    ...blocks.map(({ bytes, stack, tag, serial }, index) => {
      const name = string(labelOf(places[stacks[stackOf(stack, tag)][0]]));
      // Ids are those of allocations, as addresses are used again; V8's are odd, too.
      const edgeCount = edges[FIRST_BLOCK + index].length;
      return [NATIVE, name, serial * 2 + 5, bytes, edgeCount, 0, 0];
    }),
  ];
  const flat = edges.flat();
  return JSON.stringify({
    snapshot: {
      meta: META,
      node_count: nodes.length,
      edge_count: flat.length,
      trace_function_count: 0,
    },
    nodes: nodes.flat(),
    edges: flat.flatMap(([type, name, to]) => [type, name, to * NODE_FIELDS]),
    trace_function_infos: [],
    trace_tree: [],
    samples: [],
    locations: [],
    strings: [...strings.keys()],
  });
}

function chosen(
  /** @type {import('../profile.js').Profile} */ { snapshots },
  /** @type {string | undefined} */ label,
) {
  const listing = snapshots.filter(({ blocks }) => blocks !== null);
  const found = label === undefined ? listing.at(-1) : listing.find((one) => one.label === label);
  if (found) return { ...found, blocks: found.blocks ?? [] };
  const labels = listing.map((one) => JSON.stringify(one.label)).join(', ');
  throw new ExportError(
    label === undefined
      ? 'a heap snapshot shows blocks, and no snapshot of this profile lists them'
      : `no snapshot of blocks is called ${JSON.stringify(label)}`,
    label === undefined || labels === ''
      ? 'take one with blocks and references while the program runs (heaplet run does, in mode exact)'
      : `there are: ${labels}`,
  );
}

function suspectsName(/** @type {Snapshot['references']} */ references) {
  return references === null
    ? '(memory was not searched for pointers)'
    : '(nothing points here: leak suspects)';
}

/** Nodes that the root must hold for every block to be reached: as few of a group as will do. */
function suspects(/** @type {[number, number, number][][]} */ edges) {
  const seen = new Uint8Array(edges.length);
  const reach = (/** @type {number} */ start) => {
    const waiting = [start];
    seen[start] = 1;
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      for (const [, , to] of edges[node]) {
        if (seen[to]) continue;
        seen[to] = 1;
        waiting.push(to);
      }
    }
  };
  reach(ROOT);
  const pointedAt = new Uint8Array(edges.length);
  edges.forEach((list, from) => {
    if (!seen[from]) for (const [, , to] of list) if (to !== from) pointedAt[to] = 1;
  });
  /** @type {number[]} */
  const found = [];
  for (const onlyHeads of [true, false]) {
    for (let node = FIRST_BLOCK; node < edges.length; node++) {
      if (seen[node] || (onlyHeads && pointedAt[node])) continue;
      found.push(node);
      reach(node);
    }
  }
  return found;
}
