// SPDX-License-Identifier: MIT
// Memory does not depend on time or machine: each figure is measured once and remembered.

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildFolder } from './compile.mjs';
import { measureMemory } from './measure.mjs';
import { collectGarbage, loadReplay } from './node.mjs';

/**
 * measureMemory of one allocator on many traces, remembered by what module and trace are made of.
 * @param {{name: string, module: string, wasm: string, fingerprint: string}} built
 */
export async function exactMemory(built, traces, passes) {
  const path = join(buildFolder, 'memory-cache.json');
  const cache = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  const results = [];
  let module;
  for (const trace of traces) {
    const key = `${built.name} ${built.fingerprint} ${trace.meta.name} ${trace.fingerprint} ${passes}`;
    if (!cache[key]) {
      module ??= await loadReplay(built);
      cache[key] = await measureMemory(module, trace, passes);
      collectGarbage();
    }
    results.push(cache[key]);
  }
  for (const key of Object.keys(cache)) {
    const [name, fingerprint] = key.split(' ');
    if (name === built.name && fingerprint !== built.fingerprint) delete cache[key];
  }
  // Renamed into place: another run may be reading.
  writeFileSync(`${path}.${process.pid}`, JSON.stringify(cache));
  renameSync(`${path}.${process.pid}`, path);
  return results;
}
