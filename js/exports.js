// SPDX-License-Identifier: MIT
//
// What both entries of the package export beside loadHeaplet().

export { Arena, ArenaItem, Checkpoint } from './arena.js';
export { Box, Rc, Shared, Weak } from './box.js';
export { Cell, Ref, RefCell, RefMut } from './cell.js';
export { CellCheckpoint } from './cells.js';
export * from './errors.js';
export { ERROR_CODES, explain } from './explain.js';
export { Heaplet } from './heaplet.js';
export { Layout, owned, weak } from './layout.js';
export { Bundle, Scope, drop, move } from './lifetime.js';
export { Outside, OutsideBox } from './outside.js';
export { Owned } from './owned.js';
export { Pool, PoolItem } from './pool.js';
export { Slab } from './slab.js';
export { Tracked, tracked } from './tracked.js';
export { Foreign, Unsafe } from './unsafe.js';
export { arrayOf, bytes, Slice, Text } from './views.js';
export { text } from './types.js';
