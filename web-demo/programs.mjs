// SPDX-License-Identifier: MIT
// Builds the programs that visitors give scripts to: what the main job builds, linked to the bench's
// recorder, so that the page can replay what a script made them allocate.

import { join } from 'node:path';
import { linkRecorder } from '../bench/record/link-recorder.mjs';
import { emscripten } from '../scripts/emscripten.mjs';
import { buildPrograms } from '../tests/programs/build.mjs';
import { programSources } from '../tests/programs/sources.mjs';

const PROGRAMS = ['lua', 'sqlite', 'quickjs'];
const FLAGS = ['-sENVIRONMENT=worker', '-sMODULARIZE=1', '-sEXPORT_ES6=1', '-sEXIT_RUNTIME=1'];

/** Resolves with the paths of the modules and their .wasm files. */
export async function buildRecordedPrograms(compiler, target) {
  const folder = await buildPrograms({
    toolchain: await emscripten(),
    sources: await programSources(),
    allocators: ['emmalloc'],
    programs: PROGRAMS,
  });
  const paths = [];
  for (const program of PROGRAMS) {
    const module = join(target, `${program}.mjs`);
    await linkRecorder(compiler, folder, program, module, FLAGS);
    paths.push(module, module.replace(/mjs$/, 'wasm'));
  }
  return paths;
}
