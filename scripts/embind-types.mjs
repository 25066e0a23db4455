// SPDX-License-Identifier: MIT
// Generates js/embind.d.ts, the types of heaplet.js, as Emscripten sees them; a test compares it.
//
//   node scripts/embind-types.mjs

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { buildPreset } from './cmake.mjs';
import { emscripten } from './emscripten.mjs';
import { nodeModules } from './node-modules.mjs';
import { main, repository, run, say } from './run.mjs';

export const EMBIND_TYPES = path.join(repository, 'js', 'embind.d.ts');

/** The types of heaplet.js as it is built in `folder`. */
export async function embindTypes(folder) {
  const { emxx, env, version } = await emscripten();
  const programs = await nodeModules();
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'heaplet-types-'));
  try {
    const inputs = [
      'bindings/CMakeFiles/heaplet_embind.dir/embind.cpp.o',
      'bindings/libheaplet_bindings.a',
      'src/libheaplet.a',
    ].map((name) => path.join(folder, name));
    const flags = ['-lembind', '-sMODULARIZE=1', '-sEXPORT_ES6=1', '--no-entry'];
    const out = path.join(scratch, 'heaplet');
    // Emscripten looks for tsc on the PATH.
    const PATH = `${programs}${path.delimiter}${env.PATH}`;
    await run(emxx, [...inputs, ...flags, '--emit-tsd', `${out}.d.ts`, '-o', `${out}.mjs`], {
      env: { ...env, PATH },
      label: 'generating the types of Embind',
    });
    const licence = `// SPDX-License-Identifier: MIT\n// Emscripten ${version}\n`;
    return await format(licence + withoutAbi(await readFile(`${out}.d.ts`, 'utf8')));
  } finally {
    await rm(scratch, { recursive: true });
  }
}

/** heaplet.h has the C ABI, with names and meanings for its arguments. */
function withoutAbi(types) {
  return types.replace(/^ {2}_heaplet_.*\n/gm, '');
}

async function format(source) {
  const { default: prettier } = await import('prettier');
  const options = await prettier.resolveConfig(EMBIND_TYPES);
  return prettier.format(source, { ...options, filepath: EMBIND_TYPES });
}

await main(import.meta, async () => {
  const { folder } = await buildPreset('wasm', { targets: ['heaplet_embind'] });
  await writeFile(EMBIND_TYPES, await embindTypes(folder));
  say(path.relative(repository, EMBIND_TYPES));
});
