// SPDX-License-Identifier: MIT
//
// What the page shows of one run at one moment: figures, cells, a block, the free memory. Pure but
// for carrying out operations that the moment needs.

import { Cells, ageOf, classOf } from './cells.js';
import { freeMemory } from './free-memory.js';
import { Kind, kindOf } from './ledger.js';
import { TOUCH_BYTES } from './run.js';

/** heaplet::Block::State */
export const BlockState = { live: 0, free: 1, metadata: 2, fresh: 3 };

/**
 * @typedef {object} CellsWanted
 * @property {number} from the first address
 * @property {number} cellBytes
 * @property {number} count
 * @property {'state' | 'class' | 'age' | 'site'} [colour] what live cells are coloured by
 */

/**
 * @param {import('./run.js').Run} run
 * @param {{position: number, lane?: CellsWanted, map?: CellsWanted, free?: boolean,
 *   series?: boolean}} wanted `series` is what the timeline draws: the whole run so far
 */
export function snapshot(run, { position, lane, map, free, series }) {
  const moment = run.at(position);
  const { ledger } = moment;
  return {
    position: moment.position,
    frontier: run.frontier,
    liveBytes: ledger.liveBytes,
    liveBlocks: ledger.liveBlocks,
    allocatedBytes: ledger.allocatedBytes,
    refused: ledger.refused,
    memoryBytes: moment.memoryBytes,
    heapTop: moment.heapTop,
    heapBase: run.heapBase,
    growthCount: moment.growthCount,
    lane: lane && cellsOf(run, moment, lane),
    map: map && cellsOf(run, moment, map),
    free: free ? freeMemory(run, moment) : undefined,
    series: series ? { samples: run.samples, growths: run.growths } : undefined,
  };
}

const bucketOf = {
  class: (run, position, birth, size) => classOf(size),
  age: (run, position, birth) => ageOf(position - birth),
  site: (run, position, birth) => run.trace.sites?.[birth] ?? 0,
};

function cellsOf(run, moment, { from, cellBytes, count, colour = 'state' }) {
  const cells = new Cells(from, cellBytes, count);
  const byBucket = colour !== 'state';
  const liveFromHeap = run.canWalk && !byBucket;
  if (run.canWalk) {
    run.walk(moment.position, (address, bytes, state, inSlab) => {
      if (state === BlockState.live) {
        if (liveFromHeap) cells.live(address, bytes, inSlab, 0);
      } else if (state === BlockState.metadata) cells.metadata(address, bytes);
      else if (state === BlockState.fresh) return;
      else if (inSlab) cells.cached(address, bytes);
      else cells.free(address, bytes);
    });
  }
  if (!liveFromHeap) {
    const { address, size, birth, usedSlots } = moment.ledger;
    for (let slot = 0; slot < usedSlots; slot++) {
      if (address[slot] === 0) continue;
      const bucket = bucketOf[colour]?.(run, moment.position, birth[slot], size[slot]) ?? 0;
      cells.live(address[slot], Math.max(size[slot], 1), 0, bucket);
    }
  }
  const wasUsed = (begin, end) => {
    const last = Math.floor((end - 1) / TOUCH_BYTES);
    for (let piece = Math.floor(begin / TOUCH_BYTES); piece <= last; piece++) {
      if (run.wasTouched(piece, moment.position)) return true;
    }
    return false;
  };
  return cells.finish({
    heapBase: run.heapBase,
    memoryBytes: moment.memoryBytes,
    byBucket,
    wasUsed,
  });
}

const STATE_NAMES = ['live', 'free', 'metadata', 'untouched'];
const CALLS = { [Kind.malloc]: 'malloc', [Kind.calloc]: 'calloc', [Kind.realloc]: 'realloc' };
Object.assign(CALLS, { [Kind.aligned]: 'memalign', [Kind.reallocNew]: 'realloc' });

/**
 * What lies at `address`: a block, or the memory around it.
 * @param {import('./run.js').Run} run
 */
export function blockAt(run, position, address) {
  const moment = run.at(position);
  if (address >= moment.memoryBytes) return { state: 'outside', address };
  if (address < run.heapBase) {
    return { state: 'program', address: 0, bytes: run.heapBase };
  }
  let found = { state: 'not live', address };
  if (run.canWalk) {
    run.walk(moment.position, (begin, bytes, state, inSlab) => {
      if (address < begin || address >= begin + bytes) return;
      found = { state: STATE_NAMES[state], address: begin, bytes, inSlab: inSlab !== 0 };
      if (state === BlockState.free && inSlab) found.state = 'cached';
    });
  } else if (!run.wasTouched(Math.floor(address / TOUCH_BYTES), moment.position)) {
    found.state = 'untouched';
  }
  const { ledger } = moment;
  const slot = ledger.slotAt(address);
  if (slot < 0) return found;
  const birth = ledger.birth[slot];
  return {
    ...found,
    state: 'live',
    address: ledger.address[slot],
    bytes: found.bytes ?? ledger.size[slot],
    requested: ledger.size[slot],
    call: CALLS[kindOf(ledger.operations[2 * birth])],
    birth,
    age: moment.position - birth,
    slot,
    site: run.trace.sites?.[birth],
  };
}

/** The block that begins first in a cell and lies in it; else what is at the cell's start. */
export function blockIn(run, position, address, cellBytes) {
  const at = blockAt(run, position, address);
  if (at.state === 'live' || cellBytes <= 8) return at;
  const { ledger } = run.at(position);
  let first = Infinity;
  for (let slot = 0; slot < ledger.usedSlots; slot++) {
    const begin = ledger.address[slot];
    if (begin >= address && begin < address + cellBytes && begin < first) first = begin;
  }
  return first === Infinity ? at : blockAt(run, position, first);
}
