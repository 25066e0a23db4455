// SPDX-License-Identifier: MIT
// The programs of the main job: what each runs, on which data, and how much of it.

import path from 'node:path';
import { repository } from '../../scripts/run.mjs';

const here = path.join(repository, 'tests/programs');
const script = (name) => path.join(here, 'scripts', name);

/** Allocators in the order of the table; results are compared with the reference's. */
export const ALLOCATORS = ['heaplet', 'heaplet-tiny', 'dlmalloc', 'emmalloc', 'mimalloc'];
export const REFERENCE = 'dlmalloc';

/**
 * The data are real texts that come with the sources: SQLite's header, which is mostly its manual,
 * and Lua's manual. `scale` goes to the script and sets how much it does.
 */
export function programs(sources) {
  const header = path.join(sources.sqlite, 'sqlite3.h');
  const manual = path.join(sources.lua, 'doc/manual.html');
  return [
    {
      name: 'sqlite',
      title: 'SQLite',
      files: { 'script.sql': script('sqlite.sql'), 'data.txt': header },
      args: (scale) => ['script.sql', `${scale}`],
      scale: { short: 1, full: 4 },
    },
    {
      name: 'lua',
      title: 'Lua',
      files: { 'script.lua': script('lua.lua'), 'data.txt': manual },
      args: (scale) => ['script.lua', 'data.txt', `${scale}`],
      scale: { short: 1, full: 3 },
    },
    {
      name: 'quickjs',
      title: 'QuickJS',
      files: { 'script.js': script('quickjs.js'), 'data.txt': header },
      args: (scale) => ['script.js', `${scale}`],
      scale: { short: 1, full: 8 },
    },
  ];
}
